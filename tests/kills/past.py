"""What has become of guests, read once: the chain and its steps, what was given, and what it all came to."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any

from tests.kills.evidence import Entry

ACCESS = frozenset({"invite", "assign"})
ADDS = {"member.added", "assignment.created"}
TAKES = {"member.removed", "assignment.removed"}
_ENDS = {"step.done", "step.failed", "step.begun"}
_ACCOUNTS = {"blocked", "deleted", "restoring", "restored", "gone"}
Holding = tuple[str, str]
"""A guest's address, and the app or group that they have."""


May = Callable[[str, str, Mapping[str, Any], frozenset[str]], bool]


def anybody(*_: Any) -> bool:
    """Let rights be judged elsewhere."""
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Aftermath:
    """What is known when all is quiet; `bodies` are the requests as they are stored."""

    chain: Sequence[Entry]
    ledger: Sequence[Entry]
    heads: Mapping[int, int]
    bodies: Mapping[str, Mapping[str, Any]]
    guests: Sequence[Mapping[str, Any]]
    """Those in the directory, as the sandbox shows it."""
    logged: Sequence[Mapping[str, Any]] = ()
    """What Entra's own log says that Guestlist did."""
    cards: Sequence[tuple[str, str]] = ()
    """Each card of the outbox: its request, and the message that holds it."""
    known: Mapping[str, str] = field(default_factory=dict)
    """The addresses of the guests who were there before, by object id."""
    may: May = anybody
    """Tells whether a person may do an act on a request, of a guest who has these apps and groups."""


@dataclass(slots=True)
class Told:
    """What the chain says that a request has come to."""

    has: bool = False
    left: str = ""
    under: str = ""
    """`ending` or `returning`, from the act until it is read back."""
    lost: bool = False
    """It ended with the guest's account alone: who restores the account restores it too."""
    account: str = ""


@dataclass(frozen=True, slots=True)
class Begun:
    """A step from its entry until the next about it."""

    request: str
    step: str
    since: int
    until: float
    entry: Entry
    end: Entry | None = None


@dataclass(slots=True)
class Past:
    """The chain and the ledger, read once."""

    after: Aftermath
    entries: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    steps: list[Begun] = field(default_factory=list)
    addresses: dict[str, str] = field(default_factory=dict)
    """Of every guest there was, by object id."""
    moves: list[tuple[int, Holding, bool]] = field(default_factory=list)
    """What was given and taken by anybody: after which entry, what, and whether it was given."""

    @classmethod
    def read(cls, after: Aftermath) -> "Past":
        past = cls(after)
        past.addresses |= after.known
        for entry in after.chain:
            past.entries[entry["request_id"]].append(entry)
        for request, mine in past.entries.items():
            past.steps += _steps(request, mine)
        head = 0
        for event in after.ledger:
            detail = event["detail"]
            head = max(head, after.heads.get(event["seq"], 0))
            if detail.get("guest") and detail.get("address"):
                past.addresses[detail["guest"]] = detail["address"]
            if event["kind"] in ADDS | TAKES and detail.get("address"):
                holding = (detail["address"], detail.get("group") or detail["app"])
                past.moves.append((after.heads.get(event["seq"], head), holding, event["kind"] in ADDS))
        return past

    def had(self, address: str, before: float) -> frozenset[str]:
        """Return what a guest had been given, and had not lost, when an entry was written."""
        found: set[str] = set()
        for head, (whose, what), given in self.moves:
            if whose == address and head < before:
                (found.add if given else found.discard)(what)
        return frozenset(found)

    def address_of(self, event: Entry) -> str:
        detail = event["detail"]
        who = detail.get("guest") or detail.get("id") or ""
        return str(detail.get("address") or self.addresses.get(who, ""))


def _steps(request: str, mine: Sequence[Entry]) -> Iterator[Begun]:
    for place, entry in enumerate(mine):
        if entry["what"] != "step.begun":
            continue
        step = detail_of(entry)["step"]
        later = (one for one in mine[place + 1 :] if one["what"] in _ENDS)
        end = next((one for one in later if detail_of(one).get("step") == step), None)
        yield Begun(request, step, entry["seq"], end["seq"] if end else inf, entry, end)


def what_of(body: Mapping[str, Any]) -> str:
    """Return what a request gives, as the ledger names it: a group, or an app of which it gives a role."""
    return str(body["give"]["name"] if body["give"]["kind"] == "group" else body["app"]["name"])


def told(mine: Sequence[Entry], body: Mapping[str, Any]) -> Told:
    """Return what a request has come to by its entries."""
    found = Told()
    for entry in mine:
        family, _, what = entry["what"].partition(".")
        if entry["what"] == "request.delivered" and body["kind"] in ACCESS:
            found.has = True
        elif family == "assignment" and what in {"ending", "returning"}:
            found.under = what
        elif family == "assignment" and what in {"ended", "returned"}:
            left = str(detail_of(entry).get("left", ""))
            lost = what == "ended" and left == "guest-gone" and not found.under
            found = Told(has=what == "returned", left=left, lost=lost, account=found.account)
        elif found.lost and entry["what"] == "assignment.resumed":
            found = Told(has=True, account=found.account)
        elif family == "account" and what in _ACCOUNTS:
            found.account = what
    return found


def detail_of(entry: Entry) -> Mapping[str, Any]:
    detail: Mapping[str, Any] = json.loads(entry["detail"])
    return detail
