"""`guestlist policy …`: whether a policy file can be used, and what it says of a request."""

import re
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from zoneinfo import ZoneInfo

from access.ports import Directory
from access.rules import policy_places as places
from access.rules.addresses import read_address
from access.rules.delegating import Delegation
from access.rules.model import App, Extends, ObjectId, Person, Record, Request
from access.rules.policy import Policy, PolicyError
from access.rules.refusals import Problem
from access.rules.terms import length_of
from access.rules.waiving import key_of
from access.service.explain import Explain
from access.service.policy_anywhere import Anywhere
from access.service.policy_check import PolicyCheck
from access.service.policy_stuck import Stuck
from access.service.policy_unreached import Unreached
from access.service.policy_waivers import Idle
from access.service.roster import Roster
from access.service.stand_ins import StandIns
from access.service.waivers import Past
from bot.clock import SteadyClock
from bot.commands.answers import CHANGE_FIRST, DONE, FINDING, Answer, Document, wrong
from bot.commands.explaining import as_document, explained
from bot.commands.explaining_others import explained_otherwise
from bot.commands.opening import graph_of, opened_to_read
from bot.policy_file import UnreadPolicyError, Written
from bot.settings import Settings
from bot.store.errors import StoreError

_LABEL = re.compile(r"R-\d{1,9}", re.IGNORECASE)
_OBJECT_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_REQUEST, _WHAT = 1, 3
_NO_APP = "It names no app, so the owners and managers of none were looked at: --every-app does.\n"
_NO_GROUP = (
    "{app} gives roles, for which Guestlist needs AppRoleAssignment.ReadWrite.All. With a group of its own "
    'it does not: type /setup "{app}" in Teams.\n'
)


async def check(directory: Directory, policy: Policy, *, every_app: bool) -> Answer:
    """Say what is wrong with a policy by the directory as it is; 1 where anything is."""
    looked, roster = PolicyCheck(directory, policy), Roster(directory)
    anywhere = await Anywhere(looked, roster).findings()
    known = {one.place.partition(".")[0] for one in anywhere}
    found = [
        *await looked.findings(),
        *await Unreached(looked).findings(),
        *anywhere,
        *await Stuck(looked, roster).findings(every_app=every_app, known=known),
        *await Idle(looked, roster).findings(),
    ]
    hints = [_NO_GROUP.format(app=name) for name in await looked.without_group()]
    if not every_app and not policy.apps and not any(one.apps for one in policy.partners):
        hints.append(_NO_APP)
    told = f"{len(found)} finding(s).\n" if found else "Nothing is wrong with the policy.\n"
    text = "".join([*(f"{one}\n" for one in found), told, *hints])
    document = {"findings": [asdict(one) for one in found], "hints": [one.strip() for one in hints]}
    return Answer(text, document, FINDING if found else DONE)


async def explain(explain_: Explain, person: str, address: str, app: str, access: str) -> Answer:
    """Say what the policy says of a request that somebody could make; 2 where it is not understood."""
    directory = explain_.directory
    who, which, read = await _person(directory, person), await _app(directory, app), read_address(address)
    unknown = [f"{address!r} is no address."] if isinstance(read, Problem) else []
    unknown += [] if who else [f"There is no member {person!r}. Write an object id or an address."]
    unknown += [] if which else [f"There is no app {app!r}, or more than one. Write its name or object id."]
    if unknown or who is None or which is None or isinstance(read, Problem):
        return wrong("\n".join(unknown))
    give, gives = await explain_.chosen(which, access)
    if access and give is None:
        return wrong(f"{which.name} gives no {access!r}. It has {', '.join(one.name for one in gives)}.")
    found = await explain_.request(who, read, which, give)
    return Answer(explained(found), as_document(found))


async def explain_request(explain_: Explain, record: Record | None, label: str, zone: ZoneInfo) -> Answer:
    """Say what the policy says now of a request that was made, and whether that has changed since.

    A term until a day is counted in `zone`, as it was when it was asked for.
    """
    if record is None:
        return wrong(f"There is no request {label}.")
    if (other := await explained_otherwise(explain_, record)) is not None:
        return _of_request(other, record.request)
    request, directory = record.request, explain_.directory
    person = await directory.person(request.requestor.object_id)
    app = await directory.app(request.app.object_id)
    if person is None or app is None:
        gone = request.app.name if app is None else request.requestor.name
        said = f"{gone} is no longer in the directory, so nobody can decide on {request.label}.\n"
        return _of_request(said, request)
    since = request.extends.was if request.extends else request.submitted_at
    length = length_of(request.term, since, zone)
    found = await explain_.request(person, request.address, app, request.give, length)
    same = request.plan is not None and request.plan.parts.get("rule") == found.rules.text
    now = "Its rules are as they were" if same else "Its rules have changed since, which the next press shows"
    said = f"{request.label} is {request.state}. It was sent by {request.rule}. {now}.\n\n"
    said += _of_renewal(request.extends) if request.extends else ""
    return _of_request(f"{said}{explained(found)}", request, {**as_document(found), "same_rules": same})


def _of_request(text: str, request: Request, more: Document | None = None) -> Answer:
    lines = [line for line in text.splitlines() if line]
    document = {"request": request.label, "state": request.state, **(more or {}), "explained": lines}
    return Answer(text, document)


def _of_renewal(extends: Extends) -> str:
    """Return what of the explanation is about a renewal, which `replay` cannot compare."""
    ends = f"from {extends.was:%Y-%m-%d} to {extends.to:%Y-%m-%d}"
    return (
        f"It renews {extends.label}, {ends}: of what follows its limits and its waiver are what is said of "
        "renewals, and not the longest term. It keeps no facts of when it was asked for, so no replay tells "
        "how it would go by another policy.\n\n"
    )


async def _person(directory: Directory, text: str) -> Person | None:
    if _OBJECT_ID.fullmatch(text):
        return await directory.person(_id(text))
    found = await directory.find_by_address(text.lower())
    return found if isinstance(found, Person) else None


async def _app(directory: Directory, text: str) -> App | None:
    text = text.removeprefix("app:")
    if _OBJECT_ID.fullmatch(text):
        return await directory.app(_id(text))
    found = await directory.apps_named(text)
    return found[0] if len(found) == 1 else None


def _id(text: str) -> ObjectId:
    return ObjectId(text.lower())


def _policy(settings: Settings, ends: int = CHANGE_FIRST) -> Policy | Answer:
    """Return the policy of the file; where it was not read 2, and every mistake in it as `ends`."""
    try:
        return Written.read(settings.policy_file).taken().policy
    except UnreadPolicyError as error:
        return wrong(str(error), mistakes=error.mistakes)
    except PolicyError as error:
        said = f"{error}\n{len(error.mistakes)} mistake(s). The directory was not asked."
        return replace(wrong(said, ends, mistakes=error.mistakes), aside=ends != FINDING)


@asynccontextmanager
async def _directory(settings: Settings) -> AsyncIterator[Directory]:
    async with graph_of(settings) as graph:
        yield graph.directory


@dataclass(frozen=True, slots=True)
class _Held:
    """The delegations that held when the database was read."""

    found: Sequence[Delegation]

    async def standing(self) -> Sequence[Delegation]:
        return self.found


async def _roster(settings: Settings, directory: Directory) -> Roster:
    """Return a roster that seats whoever decides for an approver, where that can be read."""
    try:
        async with opened_to_read(settings) as book:
            held = _Held(await book.standing())
    except StoreError as error:
        sys.stderr.write(f"Who decides for whom cannot be read. {error}\n")
        return Roster(directory)
    return Roster(directory, seating=StandIns(directory, held).seat)


async def _past(settings: Settings, policy: Policy) -> Past | None:
    """Return how often the policy's waivers were used; None where it has none, or that cannot be read."""
    keys = [key_of(waiver.name) for _, waiver in places.waivers(policy)]
    if not keys:
        return None
    try:
        async with opened_to_read(settings) as book:
            return Past(await book.uses(keys), SteadyClock().now())
    except StoreError as error:
        sys.stderr.write(f"How often waivers were used cannot be read. {error}\n")
        return None


async def checked(settings: Settings, *, every_app: bool) -> Answer:
    policy = _policy(settings, FINDING)
    if isinstance(policy, Answer):
        return policy
    async with _directory(settings) as directory:
        return await check(directory, policy, every_app=every_app)


async def explained_as_asked(settings: Settings, what: Sequence[str], access: str) -> Answer:
    policy = _policy(settings)
    if isinstance(policy, Answer):
        return policy
    is_request = len(what) == _REQUEST and _LABEL.fullmatch(what[0])
    if not is_request and len(what) != _WHAT:
        return wrong("Write a request, such as R-1042, or three words: PERSON ADDRESS APP")
    async with _directory(settings) as directory:
        asked = Explain(directory, await _roster(settings, directory), policy, await _past(settings, policy))
        if not is_request:
            person, address, app = what
            return await explain(asked, person, address, app, access)
        async with opened_to_read(settings) as book:
            record = await book.numbered(int(what[0][2:]))
        return await explain_request(asked, record, what[0].upper(), settings.time_zone)
