"""The judge is judged: a run in which all is well passes, and each thing broken by hand is found."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from access.rules.audit import BEFORE_THE_FIRST, link
from access.rules.model import AuditFact, ObjectId, RequestId
from tests.kills.crowd import Guest
from tests.kills.evidence import Entry, Evidence, Output
from tests.kills.judge import judge

ANA = Guest("canary.ana@fabrikam.com", "Canary Ana", "canary-why ana", True, False, True)
BEN = Guest("canary.ben@fabrikam.com", "Canary Ben", "canary-why ben", False, True, False)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
POST = "/connector/v3/conversations/channel/activities"
Told = Sequence[tuple[str, str, Mapping[str, Any]]]
TOLD: Told = (
    ("one", "request.submitted", {}),
    ("two", "request.submitted", {}),
    ("one", "request.approved", {}),
    ("two", "request.denied", {}),
    ("one", "step.begun", {"step": "invite"}),
    ("one", "step.done", {"step": "invite", "cause": "new-guest"}),
    ("one", "step.begun", {"step": "give"}),
    ("one", "step.begun", {"step": "mail"}),
    ("one", "request.delivered", {}),
    ("one", "guest.accepted", {}),
)


def chain(told: Told = TOLD, step: timedelta = timedelta(seconds=1)) -> list[Entry]:
    rows: list[Entry] = []
    previous = BEFORE_THE_FIRST
    for seq, (request, what, detail) in enumerate(told, 1):
        fact = AuditFact(what=what, request_id=RequestId(request), actor=ObjectId("alex"), detail=detail)
        entry = link(previous, seq, NOON + seq * step, fact)
        ticks = (entry.at - EPOCH) // timedelta(microseconds=1)
        row = {"seq": seq, "at": ticks, "what": what, "request_id": request, "actor": "alex", "subject": None}
        rows.append({**row, "detail": json.dumps(detail), "previous": previous, "hash": entry.hash})
        previous = entry.hash
    return rows


def ledger(*events: tuple[str, Mapping[str, Any]]) -> list[Entry]:
    return [{"seq": seq, "kind": kind, "detail": detail} for seq, (kind, detail) in enumerate(events, 1)]


def card(
    kind: str, text: str, conversation: str = "channel", message: str = "1"
) -> tuple[str, Mapping[str, Any]]:
    return f"card.{kind}", {"conversation": conversation, "activityId": message, "fallbackText": text}


HERE = {"address": ANA.address}
SENT = {"to": [ANA.address], "linkIsNewest": True}
CALLED = ("connector.call", {"path": POST})
EVENTS = (
    card("posted", "Megan asks you to approve R-1001"),
    CALLED,
    card("posted", "Megan asks you to approve R-1002", message="2"),
    CALLED,
    card("updated", "Denied. R-1002", message="2"),
    ("user.created", HERE),
    ("invitation.created", HERE),
    ("graph.call", {"method": "POST", "path": "/invitations"}),
    ("member.added", HERE),
    ("mail.drafted", {"to": [ANA.address]}),
    ("mail.sent", SENT),
    card("updated", "Delivered. R-1001"),
    card("posted", "Canary Ana accepted the invitation to Health Records", message="3"),
    CALLED,
)
HEADS = {6: 5, 7: 5, 9: 7, 10: 8, 11: 8}
FINE = Evidence(
    guests=[ANA, BEN],
    ledger=ledger(*EVENTS),
    heads=HEADS,
    chain=chain(),
    requests=[("one", 1001, "delivered", ANA.address), ("two", 1002, "denied", BEN.address)],
    decisions=["one", "two"],
    trail=[
        {"pid": 1, "what": "posting", "key": "one/0/thread"},
        {"pid": 1, "what": "hit", "point": "after-post thread"},
        {"pid": 2, "what": "posting", "key": "one/0/thread"},
        {"pid": 2, "what": "noted", "key": "one/0/thread"},
        {"pid": 1, "what": "posting", "key": "one/0/thread"},
        {"pid": 1, "what": "failed", "key": "one/0/thread", "error": "LeaseLost"},
        {"pid": 2, "what": "posting", "key": "two/0/thread"},
        {"pid": 2, "what": "noted", "key": "two/0/thread"},
    ],
    outputs=[Output("the log", "R-1001 is delivered", [ANA.address, "a-token"])],
)


def with_events(*more: tuple[str, Mapping[str, Any]]) -> Evidence:
    return replace(FINE, ledger=ledger(*EVENTS, *more), heads={**HEADS, 15: 8, 16: 8})


def without(kind: str) -> Evidence:
    return replace(FINE, ledger=[event for event in FINE.ledger if event["kind"] != kind])


def with_told(*told: tuple[str, str, Mapping[str, Any]]) -> Evidence:
    return replace(FINE, chain=chain([*TOLD, *told]))


def with_trail(*lines: Entry) -> Evidence:
    return replace(FINE, trail=[*FINE.trail, *lines])


def with_state(state: str) -> Evidence:
    return replace(FINE, requests=[("one", 1001, state, ANA.address), *FINE.requests[1:]])


def edited() -> Evidence:
    rows = [{**row, "actor": "mallory"} if row["seq"] == 3 else row for row in FINE.chain]
    return replace(FINE, chain=rows)


BROKEN: Mapping[str, tuple[Callable[[], Evidence], str]] = {
    "two requests for a guest": (
        lambda: replace(FINE, requests=[*FINE.requests, ("six", 1003, "denied", ANA.address)]),
        "2 requests",
    ),
    "a request that was lost": (lambda: replace(FINE, requests=FINE.requests[1:]), "0 requests"),
    "a request that never ends": (lambda: with_state("delivering"), "has not ended"),
    "a delivery that fails": (lambda: with_state("deliveryFailed"), "has not ended"),
    "two approvals": (lambda: with_told(("one", "request.approved", {})), "2 approvals"),
    "two decisions": (lambda: replace(FINE, decisions=["one", "one", "two"]), "2 decisions"),
    "a denial beside an approval": (lambda: with_told(("one", "request.denied", {})), "1 denials"),
    "two directory objects": (lambda: with_events(("user.created", HERE)), "2 directory objects"),
    "no directory object": (lambda: without("user.created"), "0 directory objects"),
    "two memberships": (lambda: with_events(("member.added", HERE)), "2 memberships"),
    "no membership": (lambda: without("member.added"), "0 memberships"),
    "a role that nobody asked for": (
        lambda: with_events(("assignment.created", HERE)),
        "1 app role assignments",
    ),
    "a membership in the place of a role": (
        lambda: replace(FINE, guests=[replace(ANA, by_role=True), BEN]),
        "0 app role assignments",
    ),
    "two mails": (lambda: with_events(("mail.sent", SENT)), "2 mails"),
    "no mail": (lambda: without("mail.sent"), "0 mails"),
    "a mail with a dead link": (
        lambda: replace(
            without("mail.sent"),
            ledger=[
                *without("mail.sent").ledger,
                {"seq": 11, "kind": "mail.sent", "detail": {**SENT, "linkIsNewest": False}},
            ],
        ),
        "not the newest",
    ),
    "a second invitation without a cause": (
        lambda: with_events(("invitation.created", HERE)),
        "invited 2 times",
    ),
    "something for who was denied": (
        lambda: with_events(("member.added", {"address": BEN.address})),
        "R-1002: 1 memberships",
    ),
    "an effect before its approval": (
        lambda: replace(FINE, heads={**HEADS, 6: 2}),
        "before the entry of its approval",
    ),
    "an effect before its audit entry": (
        lambda: replace(FINE, heads={**HEADS, 9: 6}),
        "before the entry of its give",
    ),
    "an effect that nobody asked for": (
        lambda: with_events(("member.added", {"address": "eve@fabrikam.com"})),
        "eve@fabrikam.com: member.added",
    ),
    "an unknown write": (
        lambda: with_events(("graph.call", {"method": "DELETE", "path": "/users/1"})),
        "an unknown write",
    ),
    "an entry that was edited": (edited, "breaks at entry 3"),
    "an entry that is gone": (
        lambda: replace(FINE, chain=[*FINE.chain[:4], *FINE.chain[5:]]),
        "breaks at entry",
    ),
    "time that goes back": (
        lambda: replace(FINE, chain=chain(step=timedelta(minutes=-1))),
        "time went back",
    ),
    "an acceptance noted twice": (lambda: with_told(("one", "guest.accepted", {})), "noted 2 times"),
    "a card that goes back": (
        lambda: with_events(card("updated", "Delivering. R-1001"), CALLED),
        "a card went back",
    ),
    "a card that stays behind": (
        lambda: replace(FINE, ledger=[event for event in FINE.ledger if event["seq"] != 12]),
        "R-1001: no card says how it ended",
    ),
    "a notice shown twice": (
        lambda: with_events(card("posted", "Canary Ana accepted the invitation to", message="4"), CALLED),
        "shown 2 times",
    ),
    "a card posted again after it was noted": (
        lambda: with_trail({"pid": 3, "what": "posting", "key": "one/0/thread"}),
        "though that was noted",
    ),
    "a card posted by two at once": (
        lambda: with_trail(
            {"pid": 3, "what": "posting", "key": "six/0/thread"},
            {"pid": 4, "what": "posting", "key": "six/0/thread"},
            {"pid": 3, "what": "killed"},
        ),
        "posted again, for no cause",
    ),
    "a card shown twice by one posting": (
        lambda: with_events(card("posted", "Denied. R-1002", message="5"), CALLED),
        "R-1002: 2 cards for 1 postings",
    ),
    "an address in a log": (
        lambda: replace(FINE, outputs=[Output("the log", f"x {ANA.address.upper()}", [ANA.address])]),
        "the log holds canary",
    ),
    "a probe without an answer": (
        lambda: replace(FINE, faults=["replica a did not answer"]),
        "did not answer",
    ),
}


def test_a_run_in_which_all_is_well_is_passed() -> None:
    assert judge(FINE) == []


@pytest.mark.parametrize("broken", BROKEN)
def test_the_judge_finds(broken: str) -> None:
    doctor, words = BROKEN[broken]

    assert [fault for fault in judge(doctor()) if words in fault], judge(doctor())
