"""The judge of what becomes of guests after the approval: given, taken, given again, blocked, put back.

It knows the audit chain, the sandbox's ledger and its directory, and what is stored. How it came about,
and what anybody was told in words, it does not ask.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from tests.kills.evidence import Entry
from tests.kills.logged import logged, shown
from tests.kills.past import ACCESS, ADDS, TAKES, Aftermath, Begun, Holding, Past, Told, told, what_of

STEPS_OF = {
    "user.created": {"invite"},
    "invitation.created": {"invite"},
    "sponsor.added": {"sponsor", "name-sponsor", "invite", "unsponsor"},
    "sponsor.removed": {"drop-sponsors", "name-sponsor", "unsponsor"},
    **{kind: {"give", "give-again"} for kind in ADDS},
    **{kind: {"take-away"} for kind in TAKES},
    "user.changed": {"block", "unblock", "write-profile"},
    "user.signedOut": {"sign-out"},
    "user.deleted": {"delete"},
    "user.restored": {"put-back"},
}
WANTED = {
    "take-away": "assignment.ending",
    "unsponsor": "assignment.ending",
    "give-again": "assignment.returning",
    "put-back": "account.restoring",
    "unblock": "account.restoring",
    "block": "request.ordered",
    "delete": "request.ordered",
}
"""What has to stand in the chain before a step; before any other, an approval, a waiver or an order."""
_DECIDES = frozenset(WANTED.values())
_APPROVALS = ("request.approved", "request.waived", "request.ordered", "request.listed")
"""The last is of a row of a list; that the list was approved before is asked by the judge of lists."""
_GONE = {"deleted", "gone"}
_MOMENT = 3_000_000
"""Microseconds between a look at the directory and the entry of the act that it allowed."""


def lives(after: Aftermath) -> list[str]:
    """Return everything that is wrong with what became of guests, a sentence each."""
    past = Past.read(after)
    found: list[str] = []
    for rule in (_written_before, _once, _stands, _stored, _by_right, _others_first, logged, shown):
        found += rule(past)
    return found


def _written_before(past: Past) -> Iterator[str]:
    """Each effect has the entry of its step before it, and that the approval or the act; no step was over."""
    for event in past.after.ledger:
        wanted = STEPS_OF.get(event["kind"])
        if wanted is None or event["seq"] not in past.after.heads:
            continue
        address, head = past.address_of(event), past.after.heads[event["seq"]]
        mine = [one for one in past.steps if one.step in wanted and _fits(past, one, event, address)]
        open_ = [one for one in mine if one.since <= head < one.until]
        if not open_:
            yield f"{address}: {event['kind']} without a step that is under way"
        elif not any(_meant(past, one) for one in open_):
            yield f"{address}: {event['kind']} before an approval of it or an act that wants it"


def _fits(past: Past, one: Begun, event: Entry, address: str) -> bool:
    """Tell whether a step is about what an event tells of."""
    body, detail = past.after.bodies[one.request], event["detail"]
    if body["address"].casefold() != address.casefold():
        return False
    if event["kind"] in ADDS | TAKES:
        return what_of(body) == str(detail.get("group") or detail["app"])
    return True


def _meant(past: Past, one: Begun) -> bool:
    """Tell whether an entry of the request wants a step, newer than what it would take back."""
    before = [entry["what"] for entry in past.entries[one.request] if entry["seq"] < one.since]
    if one.step in WANTED:
        return [what for what in before if what in _DECIDES][-1:] == [WANTED[one.step]]
    return any(what in before for what in _APPROVALS)


def _once(past: Past) -> Iterator[str]:
    """Nobody is made twice, and what is given is what was decided: as often, and by no step twice."""
    made = Counter(past.address_of(one) for one in past.after.ledger if one["kind"] == "user.created")
    yield from (f"{address}: made {count} times" for address, count in made.items() if count > 1)
    given = Counter(holding for _, holding, adds in past.moves if adds)
    wanted = Counter[Holding]()
    for request, body in past.after.bodies.items():
        if body["kind"] in ACCESS:
            whats = [entry["what"] for entry in past.entries[request]]
            begun = any(one.step == "give" for one in past.steps if one.request == request)
            wanted[body["address"], what_of(body)] += int(begun) + whats.count("assignment.returning")
    for holding, count in given.items():
        if count > wanted[holding] + _by_hand(past, holding):
            yield f"{holding[0]}: {holding[1]} was given {count} times, and decided {wanted[holding]} times"
    mails = Counter(
        (tuple(one["detail"]["to"]), one["detail"]["key"])
        for one in past.after.ledger
        if one["kind"] == "mail.sent" and one["detail"].get("key")
    )
    yield from (f"{to}: one mail was sent {count} times" for (to, _), count in mails.items() if count > 1)


def _by_hand(past: Past, holding: Holding) -> int:
    """Return how often somebody else gave the same."""
    return sum(
        event["kind"] in ADDS
        and event["seq"] not in past.after.heads
        and (event["detail"].get("address"), event["detail"].get("group") or event["detail"]["app"])
        == holding
        for event in past.after.ledger
    )


def _stands(past: Past) -> Iterator[str]:
    """The directory is what the last decisive acts have made of it, for every guest of a request."""
    holds: dict[Holding, list[Told]] = defaultdict(list)
    accounts: dict[str, set[str]] = defaultdict(set)
    for request, body in past.after.bodies.items():
        one = told(past.entries[request], body)
        if body["kind"] in ACCESS:
            holds[body["address"], what_of(body)].append(one)
        elif body["kind"] == "remove" and one.account:
            accounts[body["address"]].add(one.account)
    there = {guest["mail"].casefold(): guest for guest in past.after.guests}
    for (address, what), all_ in holds.items():
        guest = there.get(address.casefold(), {})
        has = what in (*guest.get("groups", ()), *guest.get("assignments", ()))
        wanted = any(one.has and not one.under for one in all_) and bool(guest)
        unsure = any(one.under or one.left == "was-there" for one in all_)
        if has and not wanted and not unsure:
            yield f"{address} has {what}, which no act leaves standing"
        if wanted and not has:
            yield f"{address} has {what} by the chain, and not in the directory"
    for address in {body["address"] for body in past.after.bodies.values()}:
        yield from _account(address, there.get(address.casefold()), accounts[address])


def _account(address: str, guest: Mapping[str, Any] | None, states: set[str]) -> Iterator[str]:
    """An account is there, and enabled, as the removals of it have come to."""
    if states & _GONE and guest is not None:
        yield f"{address} is in the directory, and deleted by the chain"
    if guest is not None and not states - {"restored"} and not guest["accountEnabled"]:
        yield f"{address} is blocked, and no removal has blocked them"
    if guest is not None and "blocked" in states and guest["accountEnabled"]:
        yield f"{address} can sign in, and is blocked by the chain"


def _stored(past: Past) -> Iterator[str]:
    """What is stored, which every card is drawn from, is what the chain says, and nothing hangs."""
    for request, body in past.after.bodies.items():
        one, label = told(past.entries[request], body), f"R-{body['number']}"
        given, account = body.get("assignment") or {}, body.get("account") or {}
        failed = bool(given.get("failure") or account.get("failure"))
        if one.under and not failed:
            yield f"{label}: {one.under}, and nothing goes on with it"
        if account and account["state"] != one.account:
            yield f"{label}: the account is {one.account} by the chain, and stored as {account['state']}"
        state = given.get("state", "")
        stands = state in {"active", "suspended"}
        if body["kind"] in ACCESS and not one.under and state and stands != one.has:
            yield f"{label}: stored as {state}, which the chain does not say"


def _by_right(past: Past) -> Iterator[str]:
    """Whoever ended, gave again, removed or restored could, by what the guest had."""
    for request, body in past.after.bodies.items():
        for entry in past.entries[request]:
            acts = {"assignment.ending", "assignment.returning", "account.restoring", "request.ordered"}
            if entry["what"] not in acts or entry["actor"] is None:
                continue
            act = f"{entry['what']}/{body['kind']}"
            had = _looked_at(past, request, entry)
            if not past.after.may(entry["actor"], act, body, had):
                yield f"R-{body['number']}: {act} by somebody who may not"
        yield from _overruled(past, request, body)


def _looked_at(past: Past, request: str, entry: Entry) -> frozenset[str]:
    """Return what the guest had when that was looked at: at the block, or a moment before another act."""
    address = past.after.bodies[request]["address"]
    blocks = [one.since for one in past.steps if one.request == request and one.step == "block"]
    if blocks:
        return past.had(address, blocks[-1])
    lately = (one["seq"] for one in past.after.chain if 0 <= entry["at"] - one["at"] < _MOMENT)
    return frozenset(what for seq in lately for what in past.had(address, seq))


def _overruled(past: Past, request: str, body: Mapping[str, Any]) -> Iterator[str]:
    """Who only asked for an access does not get back what somebody else took away."""
    by = None
    for entry in past.entries[request]:
        if entry["what"] == "assignment.ending":
            by = entry["actor"]
        against = entry["what"] == "assignment.returning" and entry["actor"] != by
        if against and not past.after.may(entry["actor"], "overrule", body, frozenset()):
            yield f"R-{body['number']}: given again by who only asked, against who took it away"


def _others_first(past: Past) -> Iterator[str]:
    """No account goes while it has what is not its remover's to take: looked at the deletion, too."""
    for one in past.steps:
        if one.step != "delete":
            continue
        body, mine = past.after.bodies[one.request], past.entries[one.request]
        acts = {"request.ordered", "account.retried"}
        actors = [e["actor"] for e in mine if e["what"] in acts and e["seq"] < one.since]
        had = past.had(body["address"], one.since)
        deleted = any(
            event["kind"] == "user.deleted"
            and past.address_of(event) == body["address"]
            and one.since <= past.after.heads.get(event["seq"], -1) < one.until
            for event in past.after.ledger
        )
        if deleted and not any(past.after.may(who, "request.ordered/remove", body, had) for who in actors):
            yield f"{body['address']}: deleted with {sorted(had)}, which is not theirs who removed it"
