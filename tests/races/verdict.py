"""What may have come of a race, by the store, the audit and the directory; how it came about is not asked."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.kills.evidence import Entry, Evidence
from tests.races.people import identity, name_of
from tests.races.races import ANSWER, APPROVE, CANCEL, CHANGED, DENY, Round

_ONCE = {"user.created": 1, "invitation.created": 1, "assignment.created": 1, "mail.sent": 1}
_ENDED = {
    "request.approved": "delivered",
    "request.denied": "denied",
    "request.canceled": "canceled",
    "request.expired": "expired",
}
_REFUSED = (
    *("changed nothing", "There is no such request", "was not sent", "was not made"),
    *("Look at what is new", "have approved already", "would fail"),
)
_NOT_YOUR_TURN = ("You have approved already", "You decide at stage", "Look at what is new")
"""What is told to somebody whom nobody has forestalled."""
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
        *_approved(now, mine, body),
        *_counted(now, mine, decisions),
        *_answered(now, mine),
        *_done(now, evidence.ledger, str(body["state"])),
    ):
        yield f"{now.race} {now.case.label}: {fault}"


def _decided(now: Round, mine: Sequence[Entry], body: Mapping[str, Any]) -> Iterator[str]:
    """There is one end, and it is what was decided."""
    ends = [entry["what"] for entry in mine if entry["what"] in CHANGED]
    if len(ends) != 1:
        yield f"ended {len(ends)} times: {ends}"
    elif body["state"] != _ENDED[ends[0]]:
        yield f"{ends[0]} and is {body['state']}"


def _approved(now: Round, mine: Sequence[Entry], body: Mapping[str, Any]) -> Iterator[str]:
    """Each stage has its quorum of different people who may, of the plan as it is delivered."""
    stages = now.lane.stages(now.case.app)
    given: list[tuple[int, str, str]] = []
    for entry in mine:
        if entry["what"] in _VOID:
            given = []
        if entry["what"] in {"stage.approved", "request.approved", "request.denied"}:
            detail = json.loads(entry["detail"])
            stage = int(detail.get("stage", 1))
            may = {identity(who) for who in stages[stage - 1][0]} - {identity(who) for who in now.barred}
            if entry["actor"] not in may:
                yield f"{entry['what']} by somebody who may not decide at stage {stage}"
            if entry["what"] != "request.denied":
                given.append((stage, entry["actor"], detail["plan"]))
    if not any(entry["what"] == "request.approved" for entry in mine):
        return
    for stage, (_, needed) in enumerate(stages, start=1):
        people = [actor for at, actor, _ in given if at == stage]
        if len(people) != needed or len(set(people)) != needed:
            who = f"{len(set(people))} people"
            yield f"{who} approved {len(people)} times at stage {stage}, which needs {needed}"
    if {plan for *_, plan in given} != {body["plan"]["hash"]}:
        yield "what is delivered is not the plan that everybody approved"


def _counted(now: Round, mine: Sequence[Entry], decisions: Sequence[Any]) -> Iterator[str]:
    """What presses say that they did is what is written, no more and no less; so are their refusals."""
    said = Counter(entry["what"] for entry in mine)
    reviews = said["stage.approved"] + said["request.approved"] + said["request.denied"]
    if len(decisions) != reviews:
        yield f"{len(decisions)} decisions stand in the store and {reviews} in the audit"
    if now.race == "typed" or any(press.unanswered for press in now.presses):
        return
    did = Counter(press.act for press in now.presses if press.real and _did(press))
    for act, told in (
        (APPROVE, said["stage.approved"] + said["request.approved"]),
        (DENY, said["request.denied"]),
        (CANCEL, said["request.canceled"]),
    ):
        if did[act] != told:
            yield f"{did[act]} presses of {act} were told that they did it, and {told} did"
    real = [press for press in now.presses if press.real]
    least = sum(not _did(press) for press in real)
    most = least + 2 * sum(bool(press.twice) for press in real)
    if not least <= said["act.refused"] <= most:
        yield f"{said['act.refused']} refusals are written, and {least} were told"


def _did(press: Any) -> bool:
    return not all(refused(said) for said in press.twice or (press.said,))


def _answered(now: Round, mine: Sequence[Entry]) -> Iterator[str]:
    """Every press has an answer; who came too late is told who decided, and who may not that they may not."""
    actors = {entry["actor"] for entry in mine if entry["what"] != "act.refused" and entry["actor"]}
    names = [name_of(who) for who in now.lane.people if identity(who) in actors]
    for press in now.presses:
        if press.status != 200 and press.real:
            yield f"{press.who} pressed {press.act} and was answered {press.status}"
            continue
        if press.twice and press.twice[0] != press.twice[2]:
            yield f"the client of {press.who} retried and was answered otherwise"
        may = press.who in now.lane.approvers and press.who not in now.barred
        if not may and press.act in {APPROVE, DENY} and not refused(press.said):
            yield f"{press.who}, who may not, pressed {press.act} and was told: {press.said[:60]}"
        told = any(words in press.said for words in (*names, *_NOT_YOUR_TURN))
        if may and press.real and press.act in {APPROVE, DENY} and refused(press.said) and not told:
            yield f"{press.who} was not told who decided: {press.said[:80]}"
        if press.act == ANSWER and not press.said:
            yield f"{press.who} answered and was told nothing"


def _done(now: Round, ledger: Sequence[Entry], state: str) -> Iterator[str]:
    """What was approved was done once, and nothing else."""
    kinds = Counter(event["kind"] for event in ledger if now.case.address in str(event["detail"]))
    for kind, once in _ONCE.items():
        wanted = once if state == "delivered" else 0
        if kinds[kind] != wanted:
            yield f"{kinds[kind]} of {kind}, where {wanted} belongs to {state}"
