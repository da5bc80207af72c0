"""Checking a draft against the directory and the policy: every problem at once."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from zoneinfo import ZoneInfo

from access.ports import Clock, Directory, PolicySource
from access.rules import addresses, terms
from access.rules.draft import Draft
from access.rules.model import (
    DEFAULT_ACCESS,
    DEFAULT_NAME,
    App,
    Give,
    GiveKind,
    Group,
    Guest,
    Kind,
    Named,
    ObjectId,
    Person,
    Term,
)
from access.rules.policy import Policy, Rules
from access.rules.refusals import Field, Problem, ProblemCode
from access.rules.visible import has_letters, visible
from access.service.roster import Roster, may_ask

LONGEST_TEXT = 500
LONGEST_NAME = 100
_OBJECT_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@dataclass(frozen=True, slots=True)
class Checked:
    """A draft in which every field was understood."""

    address: str
    name: str
    app: App
    rules: Rules
    give: Give
    term: Term
    guest: Guest | None
    sponsor: Named | None
    """None where it is the requestor."""


@dataclass(frozen=True, slots=True)
class Check:
    """Reads what a draft names; nothing is sent."""

    directory: Directory
    roster: Roster
    policy: PolicySource
    clock: Clock
    zone: ZoneInfo

    async def gives_of(self, app_id: ObjectId) -> Sequence[Give]:
        """Return what can be given for an app, the policy's choice first."""
        app = await self.directory.app(app_id)
        if app is None:
            return []
        return gives_in(app, await self.directory.groups_of_app(app_id), self.policy.current())

    async def all(
        self, draft: Draft, policy: Policy, requestor: Person | None
    ) -> Checked | tuple[Problem, ...]:
        """Return the draft understood, or every problem of it at once."""
        problems: list[Problem] = []
        app = await self._app(draft.app, policy, requestor, problems)
        rules = policy.rules_for(app.object_id) if app else policy.defaults
        # Whoever may ask for nothing learns nothing of who is in the directory.
        look = app is not None or bool(requestor and await self.roster.apps_for(policy, requestor))
        address, found = await self._guest(draft, policy, problems, look=look)
        give = await self._give(draft.access, app, rules, problems) if app else None
        sponsor = await self._sponsor(draft.sponsor, requestor, problems) if look else None
        term = self._term(draft, rules, app, problems)
        _check_texts(draft, rules, problems)
        guest = found if isinstance(found, Guest) else None
        if app and give and guest and await self.directory.has(guest.object_id, app.object_id, give):
            problems.append(Problem(Field.APP, ProblemCode.HAS_ACCESS, (guest.name, app.name, give.name)))
        if problems or not (address and app and give and term):
            return tuple(sorted(problems, key=lambda problem: list(Field).index(problem.field)))
        names = (guest.name if guest else "", draft.name.strip())
        name = next(filter(has_letters, names), addresses.name_from(address))
        return Checked(address, name, app, rules, give, term, guest, sponsor)

    async def _app(
        self, text: str, policy: Policy, requestor: Person | None, problems: list[Problem]
    ) -> App | None:
        """Return the app by object id or name; what the person may not request for is said so, by name."""
        text = text.strip()
        if not text:
            problems.append(Problem(Field.APP, ProblemCode.APP_MISSING))
            return None
        wanted = text.casefold()
        apps = await self.directory.apps()
        named = next((app for app in apps if wanted in (app.object_id, app.name.casefold())), None)
        app = await self.directory.app(named.object_id) if named else None
        if app is None or app.is_graph:
            all_mine = await self.roster.apps_for(policy, requestor) if requestor else []
            mine = [one for one in all_mine if one.enabled]
            problems.append(Problem(Field.APP, ProblemCode.APP_UNKNOWN, _did_you_mean(text, mine)))
            return None
        if requestor is None or not await self.roster.may_request(policy, app, requestor):
            problems.append(Problem(Field.APP, ProblemCode.NOT_ALLOWED, (app.name,)))
            return None
        if not app.enabled:
            problems.append(Problem(Field.APP, ProblemCode.APP_DISABLED, (app.name,)))
            return None
        return app

    async def _guest(
        self, draft: Draft, policy: Policy, problems: list[Problem], *, look: bool
    ) -> tuple[str, Guest | Person | None]:
        text = draft.address.strip()
        if draft.kind is Kind.ASSIGN and look and _OBJECT_ID.fullmatch(text):
            chosen = await self.directory.guest(ObjectId(text.lower()))
            if chosen is None:
                problems.append(Problem(Field.ADDRESS, ProblemCode.NOT_A_GUEST_YET))
                return "", None
            text = chosen.address
        address = addresses.read_address(text)
        if isinstance(address, Problem):
            problems.append(address)
            return "", None
        domain = addresses.domain_of(address)
        if domain in await self.directory.own_domains():
            problems.append(Problem(Field.ADDRESS, ProblemCode.OWN_DOMAIN, (domain,)))
            return "", None
        listed = addresses.domain_matches(domain, policy.allowed_domains)
        if addresses.domain_matches(domain, policy.denied_domains) or (policy.allowed_domains and not listed):
            problems.append(Problem(Field.ADDRESS, ProblemCode.DOMAIN_DENIED, (domain,)))
            return "", None
        if not look:
            return address, None
        found = await self.directory.find_by_address(address)
        if isinstance(found, Person):
            problems.append(Problem(Field.ADDRESS, ProblemCode.IS_MEMBER, (found.name,)))
        elif found is None and draft.kind is Kind.ASSIGN:
            problems.append(Problem(Field.ADDRESS, ProblemCode.NOT_A_GUEST_YET, (address,)))
        elif found is not None and not found.enabled:
            problems.append(Problem(Field.ADDRESS, ProblemCode.GUEST_DISABLED, (found.name,)))
        return address, found

    async def _sponsor(self, text: str, requestor: Person | None, problems: list[Problem]) -> Named | None:
        """Return whom the requestor names to stand for the guest: anybody who can, but never a guest."""
        object_id = ObjectId(text.strip().lower())
        if not object_id or (requestor and object_id == requestor.object_id):
            return None
        person = await self.directory.person(object_id)
        if person is None or not may_ask(person):
            names = (person.name,) if person else ()
            problems.append(Problem(Field.SPONSOR, ProblemCode.NO_SPONSOR, names))
            return None
        return Named(person.object_id, person.name)

    async def _give(self, text: str, app: App, rules: Rules, problems: list[Problem]) -> Give | None:
        text = text.strip()
        gives = await self.gives_of(app.object_id)
        if not text:
            if len(gives) == 1 or (rules.give and gives and _is_usual(gives[0], rules.give)):
                return gives[0]
            code = ProblemCode.ACCESS_MISSING
        else:
            wanted = text.casefold()
            chosen = next((one for one in gives if wanted in (one.key.casefold(), one.name.casefold())), None)
            if chosen:
                return chosen
            code = ProblemCode.ACCESS_UNKNOWN
            for group in await self.directory.groups_of_app(app.object_id):
                if group.closed_because and group.name.casefold() == wanted:
                    problems.append(Problem(Field.ACCESS, ProblemCode.GROUP_CLOSED, (group.name,)))
                    return None
        problems.append(Problem(Field.ACCESS, code, (app.name, *(one.name for one in gives[:5]))))
        return None

    def _term(self, draft: Draft, rules: Rules, app: App | None, problems: list[Problem]) -> Term | None:
        text = f"until {draft.until.strip()}" if draft.term.strip() == "until" else draft.term
        if draft.term.strip() == "until" and not draft.until.strip():
            problems.append(Problem(Field.UNTIL, ProblemCode.TERM_MISSING))
            return None
        term = terms.read_term(text)
        under = Field.UNTIL if draft.term.strip() == "until" else Field.TERM
        if isinstance(term, ProblemCode):
            problems.append(Problem(under, term, (str(rules.term_default.days),)))
            return None
        now = self.clock.now()
        if code := terms.check_term(term, rules.term_longest, now, self.zone):
            last = (now.astimezone(self.zone) + rules.term_longest).date().isoformat()
            hints = (app.name if app else "", str(rules.term_longest.days), last)
            problems.append(Problem(under, code, hints))
            return None
        return term


def gives_in(app: App, groups: Sequence[Group], policy: Policy) -> Sequence[Give]:
    """Return what can be given for an app to which these groups are assigned, the policy's choice first."""
    roles = [Give(GiveKind.APP_ROLE, role.role_id, role.name) for role in app.roles]
    if not roles:
        roles = [Give(GiveKind.APP_ROLE, DEFAULT_ACCESS, DEFAULT_NAME)]
    open_groups = (group for group in groups if not group.closed_because)
    gives = [*(Give(GiveKind.GROUP, group.object_id, group.name) for group in open_groups), *roles]
    usual = policy.rules_for(app.object_id).give
    return sorted(gives, key=lambda give: not _is_usual(give, usual))


def _check_texts(draft: Draft, rules: Rules, problems: list[Problem]) -> None:
    justification = visible(draft.justification)
    least = rules.justification_least
    if rules.justification_required and not justification:
        problems.append(Problem(Field.JUSTIFICATION, ProblemCode.JUSTIFICATION_MISSING, (str(least),)))
    elif justification and len(justification) < least:
        problems.append(Problem(Field.JUSTIFICATION, ProblemCode.JUSTIFICATION_SHORT, (str(least),)))
    for field, text, most in (
        (Field.NAME, draft.name, LONGEST_NAME),
        (Field.JUSTIFICATION, draft.justification, LONGEST_TEXT),
        (Field.MESSAGE, draft.message, LONGEST_TEXT),
    ):
        if len(text) > most:
            problems.append(Problem(field, ProblemCode.TOO_LONG, (str(most),)))


def _did_you_mean(text: str, apps: Sequence[App]) -> tuple[str, ...]:
    """Return up to three names, only of apps that the person may request for."""
    names = {app.name.casefold(): app.name for app in apps}
    close = get_close_matches(text.casefold(), names, n=3, cutoff=0.5)
    parts = [name for name in names if text.casefold() in name and name not in close]
    return tuple(names[name] for name in [*close, *parts][:3])


def _is_usual(give: Give, usual: str) -> bool:
    return bool(usual) and usual.casefold() in {give.key.casefold(), f"{give.kind}:{give.name}".casefold()}
