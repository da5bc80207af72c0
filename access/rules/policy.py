"""The policy: who may request, who decides, and for how long."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any, TypeVar

from access.rules.addresses import domain_matches
from access.rules.checked import WillFail
from access.rules.form_questions import FormQuestion
from access.rules.guards import USUAL as USUAL_GUARDS
from access.rules.guards import GuardRules
from access.rules.lapses import INACTIVE, NEVER_ACCEPTED, SPONSORLESS, Lapse, LapseRule
from access.rules.model import Give, GiveKind, ObjectId
from access.rules.quiet import USUALLY, QuietHours

Limit = TypeVar("Limit", int, timedelta)


class PolicyError(ValueError):
    """The file cannot be used; `mistakes` names every one, with its place."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


class SourceKind(StrEnum):
    """Where people come from: `members` only request; the manager and a guest's sponsors only decide."""

    APP_OWNERS = "app-owners"
    GROUP_OWNERS = "group-owners"
    MANAGER = "manager"
    GUEST_SPONSORS = "guest-sponsors"
    MEMBERS = "members"
    GROUP = "group"
    PERSON = "person"
    ROLE = "role"


@dataclass(frozen=True, slots=True)
class Source:
    """One word of a list of people: `app-owners`, `group:ID`, `role:admins` and so on."""

    kind: SourceKind
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}" if self.name else str(self.kind)


@dataclass(frozen=True, slots=True)
class Stage:
    """Who decides at one stage, how many of them must approve, and who stands in where they are too few.

    `may_decide` are asked by no card. The escalation approvers decide with the others from the moment on at
    which the stage has waited for `escalate_after`.
    """

    approvers: tuple[Source, ...]
    quorum: int = 1
    fallback: tuple[Source, ...] = ()
    may_decide: tuple[Source, ...] = ()
    escalation: tuple[Source, ...] = ()
    escalate_after: timedelta | None = None

    @property
    def text(self) -> str:
        """Return the stage in the words that an approval is bound to; nothing is said of what is as usual."""
        quorum = f";quorum={self.quorum}" if self.quorum > 1 else ""
        others = f";may_decide={_listed(self.may_decide)}" if self.may_decide else ""
        escalation = f";escalation={_listed(self.escalation)}" if self.escalation else ""
        usual = f"approvers={_listed(self.approvers)};fallback={_listed(self.fallback)}"
        return f"{usual}{quorum}{others}{escalation}"


def _listed(sources: tuple[Source, ...]) -> str:
    return ",".join(map(str, sources))


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """Under what conditions nobody is asked, and how often: `most` times within any span of `per`."""

    name: str
    most: int
    per: timedelta
    requestors: tuple[Source, ...] = ()
    """Who may use it of those who may request; everybody of them, where it names nobody."""
    domains: tuple[str, ...] = ()
    """Whose guests; everybody's, where it names none."""
    longest: timedelta | None = None
    known_guests: bool = False
    """Whether the guest must be in the directory already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What holds for one request; `name` names the tables that it is from."""

    name: str
    requestors: tuple[Source, ...] = (Source(SourceKind.APP_OWNERS),)
    within: tuple[tuple[Source, ...], ...] = ()
    """Further lists of people: who requests must be in each of them, too."""
    stages: tuple[Stage, ...] = (Stage((Source(SourceKind.APP_OWNERS),)),)
    waivers: tuple[Waiver, ...] = ()
    """Those that the last table has which says who decides."""
    waives: bool = True
    """False where any table says that nobody is waived."""
    justification_required: bool = True
    justification_least: int = 10
    justification_pattern: str = ""
    justification_expected: str = ""
    """What the pattern wants, in words."""
    questions: tuple[FormQuestion, ...] = ()
    term_default: timedelta = timedelta(days=90)
    term_longest: timedelta = timedelta(days=365)
    renewals_most: int | None = None
    """How often an access may be renewed; None for as often as is asked, 0 for never."""
    renewals_longest: timedelta | None = None
    """By how much one renewal lengthens it at most; as a term is, where nothing is said."""
    renewals_total: timedelta | None = None
    """How long it lasts at most, from its delivery, with all its renewals."""
    renewals_waiver: str = ""
    """What the waiver is called by which renewals need no approval; empty where they need it."""
    closes_after: timedelta = timedelta(days=14)
    remind_after: tuple[timedelta, ...] = tuple(timedelta(days=days) for days in (1, 3, 7))
    warn_before: tuple[timedelta, ...] = tuple(timedelta(days=days) for days in (14, 3))
    """How long before the end of an access its owner and the guest are warned, each time less."""
    never_accepted: LapseRule = NEVER_ACCEPTED
    inactive: LapseRule = INACTIVE
    sponsorless: LapseRule = SPONSORLESS
    quiet_hours: QuietHours = USUALLY
    undo: timedelta = timedelta(hours=24)
    """For how long what was done can be undone; nothing where it is no time."""
    will_fail: WillFail = WillFail.SECOND_PRESS
    """What becomes of approving what will fail."""
    landing: str = "app-home"
    give: str = ""

    def of(self, lapse: Lapse) -> LapseRule:
        """Return what is done about a lapse."""
        found = {
            Lapse.NEVER_ACCEPTED: self.never_accepted,
            Lapse.INACTIVE: self.inactive,
            Lapse.SPONSORLESS: self.sponsorless,
        }
        return found[lapse]

    @property
    def open_waivers(self) -> tuple[Waiver, ...]:
        """Return the waivers that hold, in the order of the file."""
        return self.waivers if self.waives else ()

    @property
    def renewed_by(self) -> timedelta:
        """Return by how much one renewal lengthens an access at most: never by more than a term may be."""
        return min(self.renewals_longest or self.term_longest, self.term_longest)

    @property
    def renewals_open(self) -> str:
        """Return the waiver of renewals that holds, or nothing."""
        return self.renewals_waiver if self.waives else ""

    @property
    def text(self) -> str:
        """Return the rule as an approval is bound to it: who decides, not how the file is laid out."""
        people = ";then;".join(stage.text for stage in self.stages)
        return f"{self.name};{people};give={self.give};landing={self.landing}"


@dataclass(frozen=True, slots=True)
class Domains:
    """The guests' domains that a table denies, and those that it allows: all, where it lists none."""

    deny: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()

    def refuse(self, domain: str) -> bool:
        listed = domain_matches(domain, self.allow)
        return domain_matches(domain, self.deny) or (bool(self.allow) and not listed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What is said over an app's rules, of what is given or whose guests: it overrides, or narrows."""

    name: str
    says: Mapping[str, Any]
    """What it overrides, by the fields of `Rules`."""
    requestors: tuple[Source, ...] = ()
    longest: timedelta | None = None
    domains: Domains = Domains()

    def over(self, rules: Rules) -> Rules:
        within = (*rules.within, self.requestors) if self.requestors else rules.within
        longest = min(rules.term_longest, self.longest or rules.term_longest)
        found = replace(rules, **self.says, name=f"{rules.name}, {self.name}", within=within)
        return replace(
            found,
            term_longest=longest,
            term_default=min(found.term_default, longest),
            renewals_most=_least(rules.renewals_most, found.renewals_most),
            renewals_longest=_least(rules.renewals_longest, found.renewals_longest),
            renewals_total=_least(rules.renewals_total, found.renewals_total),
        )


def _least(one: Limit | None, other: Limit | None) -> Limit | None:
    """Return the narrower of two limits; what says nothing narrows nothing."""
    said = [limit for limit in (one, other) if limit is not None]
    return min(said, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner(Table):
    """An organisation whose guests are known by their domains, and get `apps` alone where there are any."""

    of: tuple[str, ...]
    apps: frozenset[ObjectId] = frozenset()


LONGEST_BLOCKED = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryRules:
    """What holds for acts on a guest's account, which is of no app."""

    delete_after: timedelta = timedelta(days=7)
    """How long an account that is removed is only blocked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The whole file. `rules_for` and `refused_by` are the one place where its tables come together."""

    roles: Mapping[str, tuple[Source, ...]]
    defaults: Rules
    apps: Mapping[ObjectId, Rules]
    """An app's own rules, the defaults overridden."""
    domains: Domains = Domains()
    app_domains: Mapping[ObjectId, Domains]
    app_roles: Mapping[tuple[ObjectId, str], Table]
    """By app, and by the name or the id of the role, in small letters."""
    groups: Mapping[ObjectId, Table]
    least_first: Mapping[ObjectId, tuple[str, ...]] = field(default_factory=dict)
    """By app, what can be given, in the words of `give`; each is less than what follows it."""
    partners: tuple[Partner, ...] = ()
    directory: DirectoryRules = DirectoryRules()
    protect: GuardRules = USUAL_GUARDS

    def rules_for(self, app_id: ObjectId | None, give: Give | None = None, domain: str = "") -> Rules:
        """Return what holds for an app, what is given in it, and a guest of this domain, as far as known.

        The defaults, the app's table over them, then that of the group or app role, then the partner's.
        """
        rules = self.defaults if app_id is None else self.apps.get(app_id, self.defaults)
        for table in self.tables(app_id, give, domain):
            rules = table.over(rules)
        return rules

    @property
    def longest_undo(self) -> timedelta:
        """Return for how long anything can be undone at all, by whichever of its tables."""
        tables = (*self.app_roles.values(), *self.groups.values(), *self.partners)
        said: list[timedelta] = [one.says["undo"] for one in tables if "undo" in one.says]
        return max([self.defaults.undo, *(one.undo for one in self.apps.values()), *said])

    def refused_by(self, app_id: ObjectId | None, give: Give | None, domain: str) -> tuple[str, ...]:
        """Return the names of all tables that keep guests of a domain out; any one of them does."""
        lists = [("domains", self.domains)]
        if app_id is not None and app_id in self.app_domains:
            lists.append((f"app {app_id}", self.app_domains[app_id]))
        tables = self.tables(app_id, give, domain)
        lists += [(table.name, table.domains) for table in tables]
        closed = [
            one.name
            for one in tables
            if isinstance(one, Partner) and app_id and one.apps and app_id not in one.apps
        ]
        return (*(name for name, domains in lists if domains.refuse(domain)), *closed)

    def partner_of(self, domain: str) -> Partner | None:
        """Return whose guest has this domain: itself goes before `*.`, the longest of these first."""
        found = [(one, text) for one in self.partners for text in one.of if domain_matches(domain, (text,))]
        return max(found, key=lambda pair: (not pair[1].startswith("*."), len(pair[1])))[0] if found else None

    def tables(self, app_id: ObjectId | None, give: Give | None, domain: str) -> list[Table]:
        """Return the tables that hold over an app's rules, in the order in which they do."""
        found: list[Table | None] = []
        if give is not None and give.kind is GiveKind.GROUP:
            found.append(self.groups.get(give.object_id))
        elif give is not None and app_id is not None:
            by_id = self.app_roles.get((app_id, give.object_id.casefold()))
            found.append(by_id or self.app_roles.get((app_id, give.name.casefold())))
        found.append(self.partner_of(domain))
        return [table for table in found if table is not None]
