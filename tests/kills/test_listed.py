"""The judge of lists is judged: a fair run has no fault, and each thing broken by hand is found."""

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

import pytest

from tests.kills.listed import Listing, listed
from tests.kills.past import Aftermath
from tests.kills.standing import stood, waited
from tests.kills.wishes import Row, Was, Wish

LIST = "list"
ROWS = (
    Row("canary.ana@fabrikam.com", Was.NEW),
    Row("canary.ben@fabrikam.com", Was.ACCEPTED),
    Row("canary.cy@fabrikam.com", Was.GONE),
    Row("canary.di@fabrikam.com", Was.HAS),
    Row("canary.eve@adatum.com", Was.ELSEWHERE),
    Row("canary.fay", Was.BAD),
    Row("canary.ana@fabrikam.com", Was.TWICE),
)
VERDICTS = (
    "new",
    "already-a-guest",
    "already-a-guest",
    "already-has-the-app",
    "new",
    "not-an-address",
    "duplicate",
)
ENDED = {"delivered": 2, "failed": 0, "skipped": 1, "stopped": False}
FILE = (
    ("done", "R-1002"),
    ("done", "R-1003"),
    ("failed", ""),
    ("not-asked", ""),
    ("left-out", ""),
    ("not-asked", ""),
    ("not-asked", ""),
)
CARD = "Delivered: 2 of 3\n2\ndelivered and read back\n1\nnot asked for\n2\nsent"
ENTRIES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    (LIST, "request.approved", {}),
    ("ana", "request.listed", {"approved_by": "alex"}),
    ("ben", "request.listed", {"approved_by": "alex"}),
    (LIST, "list.paused", {}),
    (LIST, "list.resumed", {}),
    ("ana", "step.done", {"step": "invite"}),
    (LIST, "list.ended", ENDED),
    (LIST, "list.retried", {}),
    (LIST, "list.ended", ENDED),
    (LIST, "list.saving", {}),
)
EFFECTS = (
    ("user.created", {"guest": "1", "address": ROWS[0].written}),
    ("invitation.created", {"guest": "1", "address": ROWS[0].written}),
    ("member.added", {"guest": "1", "address": ROWS[0].written}),
    ("member.added", {"guest": "2", "address": ROWS[1].written}),
    ("mail.sent", {"to": [ROWS[0].written], "linkIsNewest": True}),
    ("mail.sent", {"to": [ROWS[1].written], "linkIsNewest": None}),
)
Broken = Callable[[dict[str, Any]], object]


def world() -> dict[str, Any]:
    """Return what is known of a fair run, to be broken."""
    bulk = {
        "list_id": LIST,
        "run": "running",
        "last_row": 5,
        "left_out": ["adatum.com"],
        "made": 3,
        "skipped": [[3, "guest-gone"]],
    }
    rows = {"ana": (1, 1002, ROWS[0].written), "ben": (2, 1003, ROWS[1].written)}
    bodies: dict[str, Any] = {
        of: {
            "number": number,
            "state": "delivered",
            "kind": "invite",
            "address": address,
            "listed": {"list_id": LIST, "row": row},
        }
        for of, (row, number, address) in rows.items()
    }
    bodies[LIST] = {"number": 1001, "state": "deliveryFailed", "kind": "bulk", "address": "", "bulk": bulk}
    judged = zip(ROWS, VERDICTS, strict=True)
    return deepcopy(
        {
            "bodies": bodies,
            "entries": [*ENTRIES],
            "effects": [*EFFECTS],
            "heads": {},
            "kept": [
                {"number": number, "written": row.written, "address": row.written, "verdict": verdict}
                for number, (row, verdict) in enumerate(judged, 1)
            ],
            "file": [
                {"row": str(number), "outcome": what, "request": label}
                for number, (what, label) in enumerate(FILE, 1)
            ],
            "cards": [CARD],
            "mailed": 2,
        }
    )


def found(broken: Broken) -> list[str]:
    known = world()
    broken(known)
    chain = [
        {"seq": seq, "what": what, "request_id": of, "actor": "alex", "detail": json.dumps(detail)}
        for seq, (of, what, detail) in enumerate(known["entries"], 1)
    ]
    ledger = [
        {"seq": seq, "kind": kind, "detail": detail} for seq, (kind, detail) in enumerate(known["effects"], 1)
    ]
    heads = {event["seq"]: len(chain) for event in ledger} | known["heads"]
    after = Aftermath(chain=chain, ledger=ledger, heads=heads, bodies=known["bodies"], guests=[])
    wish = Wish(ROWS, by_role=False, as_file=False, does=(), justification="canary-why x", list_id=LIST)
    wish.label, wish.files = "R-1001", [known["file"]]
    return listed(after, [Listing(wish, known["kept"], known["cards"], known["mailed"])])


def test_what_is_right_is_not_told() -> None:
    assert found(lambda _: None) == []


def _again(known: dict[str, Any]) -> None:
    known["bodies"]["two"] = deepcopy(known["bodies"]["ana"])


def _other(known: dict[str, Any]) -> None:
    known["bodies"]["other"] = deepcopy(known["bodies"][LIST])


def _late(known: dict[str, Any]) -> None:
    known["entries"].insert(3, known["entries"].pop(0))


def _bulk(**more: Any) -> Broken:
    return lambda known: known["bodies"][LIST]["bulk"].update(more)


def _entry(what: str, **detail: Any) -> Broken:
    return lambda known: known["entries"].append((LIST, what, detail))


def _effect(kind: str, row: int, **detail: Any) -> Broken:
    about = {"guest": f"x{row}", "address": ROWS[row].written, "to": [ROWS[row].written]}
    return lambda known: known["effects"].append((kind, about | detail))


BROKEN: Mapping[str, Broken] = {
    "and nobody wished for it": _other,
    "its rows are not those that were sent": lambda known: known["kept"].pop(),
    "row 6 goes, which is no address": lambda known: known["kept"][5].update(verdict="new"),
    "row 1 is 2 requests": _again,
    "row 5 is a request about": lambda known: known["bodies"]["ben"].update(
        listed={"list_id": LIST, "row": 5}
    ),
    "row 2 was skipped and made": _bulk(skipped=[[3, "guest-gone"], [2, "guest-gone"]]),
    "row 3 is waiting": _bulk(skipped=[]),
    "row 1 has failed": lambda known: known["bodies"]["ana"].update(state="deliveryFailed"),
    "it is delivered, and some": lambda known: known["bodies"][LIST].update(state="delivered"),
    "row 1, new: 2 directory objects": _effect("user.created", 0),
    "row 2, accepted: 2 ways in": _effect("member.added", 1),
    "row 1, new: 2 mails": _effect("mail.sent", 0, linkIsNewest=True),
    "row 1, new: 0 ways in": lambda known: known["effects"].pop(2),
    "row 5, of the domain that may be left out: 1 mails": _effect("mail.sent", 4, linkIsNewest=True),
    "row 4, has the app: touched": _effect("mail.drafted", 3),
    "row 1: invited 2 times": _effect("invitation.created", 0),
    "row 2: invited though": _effect("invitation.created", 1),
    "row 1: the mail's link": lambda known: known["effects"][4][1].update(linkIsNewest=False),
    "2 approvals": _entry("request.approved"),
    "row 1 was made before the approval": _late,
    "row 2 begins with": lambda known: known["entries"].pop(2),
    "row 1: something was done before": lambda known: known["heads"].update({1: 1}),
    "list.resumed, and the run was running": _entry("list.resumed"),
    "it ended twice": _entry("list.ended", **ENDED),
    "it has not ended by the chain": _entry("list.retried"),
    "4 rows are counted": _bulk(made=4),
    "its end tells of 2 delivered": lambda known: known["bodies"].pop("ben"),
    "nobody has a card": lambda known: known["cards"].clear(),
    "2 delivered and read back, and a card says 1": lambda known: known.update(
        cards=[CARD.replace("2\nd", "1\nd")]
    ),
    "2 sent, and a card says nothing": lambda known: known.update(cards=[CARD.replace("\n2\nsent", "")]),
    "0 queued, and a card says 1": lambda known: known.update(cards=[f"{CARD}\n1\nqueued"]),
    "the file of results differs": lambda known: known["file"][0].update(outcome="failed"),
    "the file of results differs ": lambda known: known["file"].pop(),
    "the audit tells of 0": lambda known: known["entries"].pop(),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_each_fault_is_told(fault: str) -> None:
    assert any(fault.strip() in one for one in found(BROKEN[fault])), found(BROKEN[fault])


def test_how_long_lists_stood_still_is_read_from_the_trail() -> None:
    trail = [
        {"pid": 1, "what": "ready", "due": 3, "at": 10.0},
        {"pid": 1, "what": "list-step", "at": 10.5},
        {"pid": 1, "what": "hit", "at": 12.0},
        {"pid": 1, "what": "dead", "due": 2, "at": 12.1},
        {"pid": 2, "what": "ready", "due": 2, "at": 14.0},
        {"pid": 2, "what": "list-step", "at": 14.25},
        {"pid": 2, "what": "killed", "at": 20.0},
        {"pid": 2, "what": "dead", "due": 0, "at": 20.1},
        {"pid": 3, "what": "ready", "due": 0, "at": 21.0},
        {"pid": 3, "what": "list-step", "at": 29.0},
    ]
    assert waited(trail) == [0.5, 0.25]
    assert stood(trail) == [2.25]
