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
CALLED = ("connector.call", {"path": POST, "status": 201})
PLACES = {"channel": "19:channel", "megan": "a:megan", "alex": "a:alex", "nia": "a:nia"}
HOLDERS = {"R-1001": ("channel", "alex", "nia"), "R-1002": ("megan", "alex", "nia")}
AUDIENCES = {"channel": "thread", "megan": "requestor", "alex": "approver/alex", "nia": "approver/nia"}


def told(kind: str, label: str, text: str, *only: str) -> list[tuple[str, Mapping[str, Any]]]:
    """Return a text on every card of a request, or only on those of these people."""
    holders = only or HOLDERS[label]
    return [
        one
        for who in holders
        for one in (card(kind, f"{text}{label}", PLACES[who], f"{label} {who}"), CALLED)
    ]


EVENTS = (
    *told("posted", "R-1001", "Megan asks you to approve "),
    *told("posted", "R-1002", "Megan asks you to approve "),
    *told("updated", "R-1002", "Denied. "),
    ("user.created", HERE),
    ("invitation.created", HERE),
    ("graph.call", {"method": "POST", "path": "/invitations"}),
    ("member.added", HERE),
    ("mail.drafted", {"to": [ANA.address]}),
    ("mail.sent", SENT),
    *told("updated", "R-1001", "Delivering: step 3 of 5. "),
    *told("updated", "R-1001", "Delivered. "),
    card("posted", "Canary Ana accepted the invitation to Health Records", message="notice"),
    CALLED,
    *told("updated", "R-1001", "Accepted. "),
)
STOOD = {"user.created": 5, "invitation.created": 5, "member.added": 7, "mail.drafted": 8, "mail.sent": 8}
"""What stood in the chain when each effect came in."""


def heads(events: Sequence[Entry], **stood: int) -> Mapping[int, int]:
    return {event["seq"]: stood.get(event["kind"], STOOD.get(event["kind"], 0)) for event in events}


FINE = Evidence(
    guests=[ANA, BEN],
    ledger=ledger(*EVENTS),
    heads=heads(ledger(*EVENTS)),
    known={},
    places=PLACES,
    given_up=[],
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
        *(
            {"pid": 2, "what": what, "key": f"{request}/0/{AUDIENCES[who]}"}
            for request, label in (("one", "R-1001"), ("two", "R-1002"))
            for who in HOLDERS[label]
            if (request, who) != ("one", "channel")
            for what in ("posting", "noted")
        ),
    ],
    outputs=[Output("the log", "R-1001 is delivered", [ANA.address, "a-token"])],
)


def with_events(*more: tuple[str, Mapping[str, Any]]) -> Evidence:
    events = ledger(*EVENTS, *more)
    return replace(FINE, ledger=events, heads=heads(events))


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
                {"seq": 99, "kind": "mail.sent", "detail": {**SENT, "linkIsNewest": False}},
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
        lambda: replace(FINE, heads=heads(FINE.ledger, **{"user.created": 2})),
        "before the entry of its approval",
    ),
    "an effect before its audit entry": (
        lambda: replace(FINE, heads=heads(FINE.ledger, **{"member.added": 6})),
        "before the entry of its give",
    ),
    "an effect that nobody asked for": (
        lambda: with_events(("member.added", {"address": "eve@fabrikam.com"})),
        "eve@fabrikam.com: member.added",
    ),
    "an unknown write": (
        lambda: with_events(("graph.call", {"method": "DELETE", "path": "/groups/1"})),
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
    "a notice shown twice": (
        lambda: with_events(card("posted", "Canary Ana accepted the invitation to", message="two"), CALLED),
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
        "R-1002: 4 cards for 3 postings",
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
