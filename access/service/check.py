"""Checking a draft against the directory and the policy: every problem at once."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from access.ports import AccessError, Clock, Directory
from access.rules import addresses, terms
from access.rules.answering import answered
from access.rules.draft import Draft
from access.rules.draft_texts import check_texts
from access.rules.facts import Meant
from access.rules.finding import words_of
from access.rules.gives import chosen_of, gives_in
from access.rules.model import App, FormAnswer, Give, Guest, Kind, Named, ObjectId, Person, Term
from access.rules.new_addresses import accesses, for_others
from access.rules.people import may_ask
from access.rules.policy import Policy, Rules
from access.rules.refusals import Field, Problem, ProblemCode
from access.rules.visible import has_letters, visible
from access.service.roster import Roster
from access.service.search import Searches, is_called

_LONGEST_APP = 256
"""Letters that the name of an app has at most."""
_MOST_MEANT, _LIKENESS = 3, 0.5
_MOST_READ = 5
"""Apps of one name that are read again; of more it is not asked which are left."""
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
    meant: tuple[Meant, ...] = ()
    """Whom the words meant by which this person may ask."""
    answers: tuple[FormAnswer, ...] = ()
    others: bool = False
    """Whether it is a group of others, for which this person's word is not enough."""


@dataclass(frozen=True, slots=True)
class OfList:
    """What is asked for every guest of a list, understood."""

    app: App
    rules: Rules
    give: Give
    term: Term
    answers: tuple[FormAnswer, ...] = ()


@dataclass(frozen=True, slots=True)
class Wrong:
    """Every problem of a draft, the rules that it was held against, and the address as far as it is known."""

    problems: tuple[Problem, ...]
    rules: Rules
    address: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """Reads what a draft names; nothing is sent.

    What `searches` finds is a hint: it is read again, and so is who may ask for it, before it counts.
    """

    directory: Directory
    roster: Roster
    searches: Searches
    clock: Clock
    zone: ZoneInfo

    async def all(self, draft: Draft, policy: Policy, requestor: Person | None) -> Checked | Wrong:
        """Return the draft understood, or every problem of it at once."""
        problems: list[Problem] = []
        app = await self._app(draft.app, policy, requestor, problems)
        # Whoever may ask for nothing learns nothing of who is in the directory.
        look = app is not None or bool(requestor and await self.searches.may_ask_for_any(requestor.object_id))
        address, found = await self._guest(draft, policy, problems, look=look)
        give = await self._give(draft.access, app, policy, problems) if app else None
        rules = policy.rules_for(app.object_id if app else None, give, addresses.domain_of(address))
        sponsor = await self._sponsor(draft.sponsor, requestor, problems) if look else None
        term = self._term(draft, rules, app, problems)
        check_texts(draft, rules, problems)
        answers, unanswered = answered(rules.questions, draft.answers, draft.asked)
        problems += unanswered
        if app and give and address and requestor:
            problems += await self._barred(policy, rules, app, give, address, requestor)
        guest = found if isinstance(found, Guest) else None
        if app and give and guest and await self._has(guest, app, give, address):
            problems.append(Problem(Field.APP, ProblemCode.HAS_ACCESS, (guest.name, app.name, give.name)))
        if problems or not (address and app and give and term):
            problems.sort(key=lambda one: list(Field).index(one.field))
            return Wrong(tuple(problems), rules, address)
        names = (guest.name if guest else "", draft.name.strip())
        name = next(filter(has_letters, names), addresses.name_from(address))
        return Checked(address, name, app, rules, give, term, guest, sponsor, answers=answers)

    async def of_list(
        self, draft: Draft, policy: Policy, requestor: Person | None, rules_of: Callable[[App, Give], Rules]
    ) -> OfList | Wrong:
        """Return what is asked for many guests understood, or every problem of it; none is looked at."""
        problems: list[Problem] = []
        app = await self._app(draft.app, policy, requestor, problems)
        give = await self._give(draft.access, app, policy, problems) if app else None
        rules = rules_of(app, give) if app and give else policy.rules_for(app.object_id if app else None)
        term = self._term(draft, rules, app, problems)
        check_texts(draft, rules, problems)
        answers, unanswered = answered(rules.questions, draft.answers, draft.asked)
        problems += unanswered
        if (
            app
            and give
            and requestor
            and not await self.roster.is_within(policy, rules, app, give, requestor)
        ):
            problems.append(Problem(Field.APP, ProblemCode.NOT_ALLOWED, (app.name,)))
        if problems or not (app and give and term):
            return Wrong(tuple(sorted(problems, key=lambda one: list(Field).index(one.field))), rules)
        return OfList(app, rules, give, term, answers)

    async def _has(self, guest: Guest, app: App, give: Give, address: str) -> bool:
        """Tell whether a guest has the access, and not by an approval of an address that they left."""
        if not await self.directory.has(guest.object_id, app.object_id, give):
            return False
        records = await self.searches.store.of_guest(guest.object_id)
        given = [one for one in accesses(records, frozenset({app.object_id})) if one.give.key == give.key]
        return not for_others(tuple(given), guest, address)

    async def _app(
        self, text: str, policy: Policy, requestor: Person | None, problems: list[Problem]
    ) -> App | None:
        found = await self.app_for(text.strip(), policy, requestor)
        if isinstance(found, App) and not found.enabled:
            found = Problem(Field.APP, ProblemCode.APP_DISABLED, (found.name,))
        if isinstance(found, App):
            return found
        problems.append(found)
        return None

    async def app_for(
        self, text: str, policy: Policy, requestor: Person | None, *, every: bool = False
    ) -> App | Problem:
        """Return the app by object id or name, if they may request for it at this moment, or for `every` one.

        Of an id nothing is said that the requestor may not know, not even whether it is one.
        """
        if not text:
            return Problem(Field.APP, ProblemCode.APP_MISSING)
        seen = await self._seen(text, requestor)
        if len(seen) > _MOST_READ:
            return Problem(Field.APP, ProblemCode.APP_AMBIGUOUS, (seen[0].name,))
        apps = await self._read(text, seen)
        may = _usable([app for app in apps if every or await self._may_request(policy, app, requestor)])
        if len(may) > 1:
            return Problem(Field.APP, ProblemCode.APP_AMBIGUOUS, (may[0].name,))
        if may:
            return may[0]
        if apps and (seen or not _OBJECT_ID.fullmatch(text)):
            return Problem(Field.APP, ProblemCode.NOT_ALLOWED, (apps[0].name,))
        hints = await self._did_you_mean(text, requestor) if requestor else ()
        return Problem(Field.APP, ProblemCode.APP_UNKNOWN, hints)

    async def _seen(self, text: str, requestor: Person | None) -> Sequence[App]:
        """Return what the requestor could find of this id or name; a hint, so nothing where it fails."""
        if requestor is None:
            return []
        try:
            return _usable(await self.searches.called(requestor.object_id, text))
        except AccessError:
            return []

    async def _read(self, text: str, seen: Sequence[App]) -> Sequence[App]:
        """Read now what was meant: what was seen, else what has this id or name; a name needs no index."""
        asked, is_id = ObjectId(text.lower()), _OBJECT_ID.fullmatch(text)
        ids = [app.object_id for app in seen]
        if is_id and not seen and asked in (await self.searches.index.apps()).by_id:
            ids = [asked]
        read = [app for one in ids if (app := await self.directory.app(one)) and not app.is_graph]
        apps = [app for app in read if app.object_id == asked or is_called(app.name, text)]
        if apps or is_id or len(text) > _LONGEST_APP:
            return apps
        return await self.directory.apps_named(visible(text))

    async def _may_request(self, policy: Policy, app: App, requestor: Person | None) -> bool:
        return requestor is not None and await self.roster.may_request(policy, app, requestor)

    async def _did_you_mean(self, text: str, requestor: Person) -> tuple[str, ...]:
        """Return up to three names, only of apps that the person may request for."""
        person_id = requestor.object_id
        near = (await self.searches.known(person_id)).near(text, _MOST_MEANT, _LIKENESS)
        holding = await self.searches.apps(person_id, text, _MOST_MEANT) if words_of(text) else []
        names = dict.fromkeys([*near, *(app.name for app in holding)])
        return tuple(name for name in names if not is_called(name, text))[:_MOST_MEANT]

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
        if policy.domains.refuse(domain):
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

    async def _barred(
        self, policy: Policy, rules: Rules, app: App, give: Give, address: str, requestor: Person
    ) -> list[Problem]:
        """Return what the policy has against it that only app, access and guest together tell."""
        domain, problems = addresses.domain_of(address), []
        if policy.refused_by(app.object_id, give, domain):
            problems.append(Problem(Field.ADDRESS, ProblemCode.DOMAIN_DENIED_HERE, (domain, app.name)))
        if not await self.roster.is_within(policy, rules, app, give, requestor):
            problems.append(Problem(Field.APP, ProblemCode.NOT_ALLOWED, (app.name,)))
        return problems

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

    async def _give(self, text: str, app: App, policy: Policy, problems: list[Problem]) -> Give | None:
        text, rules = text.strip(), policy.rules_for(app.object_id)
        groups = await self.directory.groups_of_app(app.object_id)
        gives = gives_in(app, groups, policy)
        if chosen := chosen_of(gives, text, rules.give):
            return chosen
        code = ProblemCode.ACCESS_UNKNOWN if text else ProblemCode.ACCESS_MISSING
        for group in groups:
            if group.closed_because and group.name.casefold() == text.casefold():
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
        if isinstance(term, ProblemCode) and term is not ProblemCode.TERM_TOO_LONG:
            problems.append(Problem(under, term, (str(rules.term_default.days),)))
            return None
        now, read = self.clock.now(), term if isinstance(term, Term) else None
        code = terms.check_term(read, rules.term_longest, now, self.zone) if read else term
        if isinstance(code, ProblemCode):
            last = (now.astimezone(self.zone) + rules.term_longest).date().isoformat()
            hints = (app.name if app else "", str(rules.term_longest.days), last)
            problems.append(Problem(under, code, hints))
            return None
        return read


def _usable(apps: Sequence[App]) -> Sequence[App]:
    """Return those that are switched on, where there are any."""
    return [app for app in apps if app.enabled] or apps
