"""What may have come of a race, by the store, the audit and the directory; how it came about is not asked."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Any

from tests.kills.evidence import Entry, Evidence
from tests.races.people import LESS, identity, name_of, role_id
from tests.races.rounds import AMEND, ANSWER, APPROVE, CANCEL, CHANGED, DENY, Round

_ONCE = {"user.created": 1, "invitation.created": 1, "assignment.created": 1, "mail.sent": 1}
_ENDED = {
    "request.approved": "delivered",
    "request.denied": "denied",
    "request.canceled": "canceled",
    "request.expired": "expired",
}
_REFUSED = (
    *("changed nothing", "There is no such request", "was not sent", "was not made"),
    *("Look at what is new", "have approved already", "Approved already", "it would fail"),
)
_APPROVED_ALREADY = "You have approved already"
_NOT_YOUR_TURN = (_APPROVED_ALREADY, "You decide at stage", "Look at what is new")
"""What is told to somebody whom nobody has forestalled."""
_AT_ANOTHER_TIME = ("can do this", "There is no such request")
"""What is told to somebody who may decide once they are called in, or while it is delegated to them."""
_TIME_IS_UP = "Nobody decided by"
_VOID = {"plan.moved", "request.amended"}


def refused(said: str) -> bool:
    """Tell whether an answer says that nothing came of the press."""
    return any(words in said for words in _REFUSED)


def verdict(
    now: Round, evidence: Evidence, decisions: Sequence[Any], body: Mapping[str, Any]
) -> Iterator[str]:
    """Yield everything that is wrong with a round, a sentence each."""
    mine = [entry for entry in evidence.chain if entry["request_id"] == now.case.request]
    for fault in (
        *_decided(now, mine, body),
        *_approved(now, mine, evidence, body),
        *_lessened(now, mine, evidence.ledger, body),
        *_counted(now, mine, decisions),
        *_answered(now, mine),
        *_done(now, evidence.ledger, body),
    ):
        yield f"{now.race} {now.case.label}: {fault}"


def _decided(now: Round, mine: Sequence[Entry], body: Mapping[str, Any]) -> Iterator[str]:
    """There is one end, and it is what was decided."""
    ends = [entry["what"] for entry in mine if entry["what"] in CHANGED]
    if len(ends) != 1:
        yield f"ended {len(ends)} times: {ends}"
    elif body["state"] != _ENDED[ends[0]]:
        yield f"{ends[0]} and is {body['state']}"


def _approved(
    now: Round, mine: Sequence[Entry], evidence: Evidence, body: Mapping[str, Any]
) -> Iterator[str]:
    """Each stage has its quorum of different people who may, of the plan as it is delivered."""
    given: list[tuple[int, str, str, str]] = []
    escalated = False
    for entry in mine:
        escalated |= entry["what"] == "request.escalated"
        if entry["what"] in _VOID:
            given = []
        if entry["what"] in {"stage.approved", "request.approved", "request.denied"}:
            detail = json.loads(entry["detail"])
            stage, seat = int(detail.get("stage", 1)), str(detail.get("on_behalf_of", entry["actor"]))
            may = now.lane.stages(now.case.app, escalated=escalated)[stage - 1][0]
            barred = seat in {identity(who) for who in now.barred}
            sits = seat == entry["actor"] or _stands_in(now, entry, seat, evidence.chain)
            if barred or not sits or seat not in {identity(who) for who in may}:
                yield f"{entry['what']} by somebody who may not decide at stage {stage}"
            if entry["what"] != "request.denied":
                given.append((stage, entry["actor"], seat, detail["plan"]))
    if any(entry["what"] == "request.approved" for entry in mine):
        yield from _passed(now, given, body)


def _passed(now: Round, given: Sequence[tuple[int, str, str, str]], body: Mapping[str, Any]) -> Iterator[str]:
    """Each stage of the policy that the plan was made by has who it needs, and all of them this plan."""
    otherwise = bool(now.rule) and body["plan"]["parts"]["rule"] != now.rule
    for stage, (may, needed) in enumerate(now.lane.stages(now.case.app, otherwise=otherwise), start=1):
        people = [actor for at, actor, _, _ in given if at == stage]
        seats = {seat for at, _, seat, _ in given if at == stage}
        different = min(len(set(people)), len(seats))
        if otherwise and not seats <= {identity(who) for who in may}:
            yield f"approved at stage {stage} by somebody who may not by the policy that it is delivered by"
        if len(people) != needed or different != needed:
            yield f"{different} people approved {len(people)} times at stage {stage}, which needs {needed}"
    if {plan for *_, plan in given} != {body["plan"]["hash"]}:
        yield "what is delivered is not the plan that everybody approved"


def _stands_in(now: Round, entry: Entry, seat: str, chain: Sequence[Entry]) -> bool:
    """Tell whether somebody was to decide for an approver, and that stood in the chain before they did."""
    wanted = {(identity(to), identity(whose)) for to, whose in now.delegates.items()}
    before = takewhile(lambda one: one is not entry, chain)
    made = any(one["what"] == "delegation.made" and one["actor"] == seat for one in before)
    return made and (entry["actor"], seat) in wanted


def _lessened(
    now: Round, mine: Sequence[Entry], ledger: Sequence[Entry], body: Mapping[str, Any]
) -> Iterator[str]:
    """What is given is the plan as it was made last, and no more than anybody was told that they gave."""
    plans = [json.loads(entry["detail"])["plan"] for entry in mine if entry["what"] in _VOID]
    if plans and plans[-1] != body["plan"]["hash"]:
        yield "the plan is not the one that was made last"
    for press in now.presses:
        if press.act != AMEND or not _did(press):
            continue
        if (days := press.data.get("term")) and int(days.removesuffix("d")) < body["term"]["days"]:
            yield f"{press.who} was told that they gave {days}, and it is {body['term']['days']} days"
        less = role_id(now.case.app, LESS)
        if press.data.get("access", "").endswith(less) and body["give"]["object_id"] != less:
            yield f"{press.who} was told that they gave less, and it is {body['give']['name']}"
    roles = [
        event["detail"]["role"]
        for event in ledger
        if event["kind"] == "assignment.created" and event["detail"].get("address") == now.case.address
    ]
    if any(role != body["give"]["object_id"] for role in roles):
        yield "the app role that was given is not the one of the plan"


def _counted(now: Round, mine: Sequence[Entry], decisions: Sequence[Any]) -> Iterator[str]:
    """What presses say that they did is what is written, no more and no less; so are their refusals."""
    said = Counter(entry["what"] for entry in mine)
    reviews = said["stage.approved"] + said["request.approved"] + said["request.denied"]
    if len(decisions) != reviews:
        yield f"{len(decisions)} decisions stand in the store and {reviews} in the audit"
    if now.race == "typed":
        return
    # Whoever was not answered pressed again: of those presses more may have been done than was told.
    again = Counter[str]()
    for press in now.presses:
        again[press.act] += press.unanswered
    did = Counter(press.act for press in now.presses if press.real and _did(press))
    for act, told in (
        (APPROVE, said["stage.approved"] + said["request.approved"]),
        (DENY, said["request.denied"]),
        (CANCEL, said["request.canceled"]),
        (AMEND, said["request.amended"]),
    ):
        if not did[act] <= told <= did[act] + again[act]:
            yield f"{did[act]} presses of {act} were told that they did it, and {told} did"
    real = [press for press in now.presses if press.real]
    least = sum(not _did(press) for press in real)
    most = least + 2 * sum(bool(press.twice) for press in real) + again.total()
    if not least <= said["act.refused"] <= most:
        yield f"{said['act.refused']} refusals are written, and {least} were told"


def _did(press: Any) -> bool:
    return not all(refused(said) for said in press.twice or (press.said,))


def _answered(now: Round, mine: Sequence[Entry]) -> Iterator[str]:
    """Every press has an answer; who came too late is told who decided, and who may not that they may not."""
    deciders = {entry["actor"] for entry in mine if entry["what"] in {*CHANGED, "stage.approved"}}
    names = [name_of(who) for who in now.lane.people if identity(who) in deciders]
    if any(entry["what"] == "request.expired" for entry in mine):
        names.append(_TIME_IS_UP)
    for press in now.presses:
        if press.status != 200 and press.real:
            yield f"{press.who} pressed {press.act} and was answered {press.status}"
            continue
        if press.twice and press.twice[0] != press.twice[2]:
            yield f"the client of {press.who} retried and was answered otherwise"
        may = press.who in {*now.lane.approvers, *now.delegates} and now.may_press(press.who)
        never = not may and press.who not in now.left
        if never and press.act in {APPROVE, DENY} and not refused(press.said):
            yield f"{press.who}, who may not, pressed {press.act} and was told: {press.said[:60]}"
        told = any(words in press.said for words in (*names, *_NOT_YOUR_TURN, *_not_now(now, press.who)))
        if may and press.real and press.act in {APPROVE, DENY} and refused(press.said) and not told:
            yield f"{press.who} was not told who decided: {press.said[:80]}"
        if _APPROVED_ALREADY in press.said and not _has_approved(press.who, mine):
            yield f"{press.who}, who has approved nothing, was told that they have"
        if press.act == ANSWER and not press.said:
            yield f"{press.who} answered and was told nothing"


def _has_approved(who: str, mine: Sequence[Entry]) -> bool:
    """Tell whether somebody has approved, or a delegate in their place."""
    given = [one for one in mine if one["what"] in {"stage.approved", "request.approved"}]
    seats = {json.loads(one["detail"]).get("on_behalf_of") for one in given}
    return identity(who) in seats | {one["actor"] for one in given}


def _not_now(now: Round, who: str) -> Sequence[str]:
    """Return what may be told to a delegate, to whom an escalation calls in, or who decides by one policy."""
    either = (now.lane.stages(now.case.app, otherwise=one) for one in (False, True))
    always = set[str].intersection(*({one for may, _ in stages for one in may} for stages in either))
    return () if who in always else _AT_ANOTHER_TIME


def _done(now: Round, ledger: Sequence[Entry], body: Mapping[str, Any]) -> Iterator[str]:
    """What was approved was done once, and nothing else; who was there already was not made anew."""
    state = str(body["state"])
    kinds = Counter(event["kind"] for event in ledger if now.case.address in str(event["detail"]))
    there = {"user.created": 0, "invitation.created": int("invite" in body["plan"].get("steps", ()))}
    for kind, once in (_ONCE | (there if kinds["user.byHand"] else {})).items():
        wanted = once if state == "delivered" else 0
        if kinds[kind] != wanted:
            yield f"{kinds[kind]} of {kind}, where {wanted} belongs to {state}"
