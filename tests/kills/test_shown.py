"""The judge of cards is judged: what one card hides behind the others, it finds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.kills.crowd import Before
from tests.kills.evidence import Evidence
from tests.kills.judge import judge
from tests.kills.test_judge import (
    ANA,
    CALLED,
    EVENTS,
    FINE,
    HERE,
    PLACES,
    SENT,
    TOLD,
    card,
    chain,
    heads,
    ledger,
    told,
    with_events,
)

Event = tuple[str, Mapping[str, Any]]
REFUSED: Event = ("connector.call", {"path": f"/connector/v3/conversations/{PLACES['nia']}/a", "status": 403})


def seen(events: Sequence[Event], **more: Any) -> Evidence:
    found = ledger(*events)
    return replace(FINE, ledger=found, heads=heads(found), **more)


def without_card(whose: str, label: str, texts: Sequence[str]) -> list[Event]:
    """Return what happened but for what one card of a request was to say."""
    gone = [
        card(kind, f"{text}{label}", PLACES[whose], f"{label} {whose}") for kind, text in map(_kind, texts)
    ]
    return [event for event in EVENTS if event not in gone]


def _kind(text: str) -> tuple[str, str]:
    return ("posted" if text.startswith("Megan") else "updated"), text


ASKED, UNDER_WAY = "Megan asks you to approve ", "Delivering: step 3 of 5. "
AFTER_ASKING = (UNDER_WAY, "Delivered. ", "Accepted. ")
POSTED_AGAIN = [
    {"pid": 3, "what": "posting", "key": "one/0/approver/nia"},
    {"pid": 3, "what": "noted", "key": "one/0/approver/nia"},
]


def copied(text: str) -> list[Event]:
    """Return a card of Nia's, shown again as another message; the first was never heard of."""
    return [card("posted", f"{text}R-1001", PLACES["nia"], "R-1001 nia again"), CALLED]


BROKEN: Mapping[str, tuple[Callable[[], Evidence], str]] = {
    "an approver's card that stays behind the others": (
        lambda: seen(without_card("nia", "R-1001", AFTER_ASKING)),
        "R-1001: the card of nia does not say Accepted: Megan asks",
    ),
    "the requestor's card that stays behind the approvers'": (
        lambda: seen(without_card("megan", "R-1002", ["Denied. "])),
        "R-1002: the card of megan does not say Denied: Megan asks",
    ),
    "a thread's card that does not hear of the acceptance": (
        lambda: seen(without_card("channel", "R-1001", ["Accepted. "])),
        "R-1001: the card of channel does not say Accepted: Delivered",
    ),
    "an approver who is never shown a request": (
        lambda: seen(without_card("alex", "R-1002", [ASKED, "Denied. "])),
        "R-1002: no card for alex",
    ),
    "a card that goes back from denied to a decision": (
        lambda: with_events(
            *told("updated", "R-1002", ASKED, "nia"), *told("updated", "R-1002", "Denied. ", "nia")
        ),
        "R-1002: the card of nia went back from Denied",
    ),
    "a card that goes back from accepted to delivered": (
        lambda: with_events(*told("updated", "R-1001", "Delivered. ", "alex")),
        "R-1001: the card of alex went back from Accepted",
    ),
    "a card that goes back to an earlier step": (
        lambda: seen([*EVENTS[:18], *told("updated", "R-1001", "Delivering: step 4 of 5. "), *EVENTS[18:]]),
        "went back from Delivering: step 4",
    ),
    "a card that ends twice": (
        lambda: with_events(
            *told("updated", "R-1002", "Delivered. "), *told("updated", "R-1002", "Denied. ")
        ),
        "ended twice, as Denied and as Delivered",
    ),
    "a newest copy that is older than the first": (
        lambda: with_events(*copied("Delivering: step 3 of 5. ")),
        "R-1001: the card of nia does not say Accepted: Delivering",
    ),
    "a card given up though Teams refused nobody": (
        lambda: seen(without_card("nia", "R-1001", AFTER_ASKING), given_up=[("one", "nia")]),
        "R-1001: the card of nia does not say Accepted",
    ),
    "a sponsor for whom an invitation has already named one": (
        lambda: with_events(("sponsor.added", {"guest": "ana-id", "sponsor": "megan"})),
        "ana-id: sponsor.added before",
    ),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_the_judge_of_cards_finds(broken: str) -> None:
    doctor, words = BROKEN[broken]

    assert [fault for fault in judge(doctor()) if words in fault], judge(doctor())


def test_a_card_of_whom_teams_refuses_for_good_may_stay_behind() -> None:
    events = [*without_card("nia", "R-1001", AFTER_ASKING), REFUSED]

    assert judge(seen(events, given_up=[("one", "nia")])) == []


def test_a_copy_whose_answer_was_lost_may_stay_behind_when_a_newer_one_does_not() -> None:
    """Nobody heard that the first copy was posted, so none of the updates was for it."""
    events = without_card("nia", "R-1001", AFTER_ASKING)
    trail = [*FINE.trail, *POSTED_AGAIN]
    lost = [line | {"what": "unnoted"} if _is_nias_note(line) else line for line in map(dict, trail[:-2])]

    assert judge(seen([*events, *copied("Accepted. ")], trail=[*lost, *trail[-2:]])) == []


def _is_nias_note(line: Mapping[str, Any]) -> bool:
    return (line["what"], line.get("key")) == ("noted", "one/0/approver/nia")


def test_a_guest_who_had_accepted_before_gets_a_sponsor_and_access_but_no_invitation() -> None:
    ana = replace(ANA, before=Before.ACCEPTED, accepts=False)
    said = [
        ("one", "step.begun", {"step": "sponsor"}) if one[2].get("step") == "invite" else one for one in TOLD
    ]
    sponsored: Event = ("sponsor.added", {"guest": "ana-id", "sponsor": "megan"})
    linkless: Event = ("mail.sent", {**SENT, "linkIsNewest": None})
    turned = {"user.created": sponsored, "mail.sent": linkless}
    events = [turned.get(event[0], event) for event in EVENTS if event[0] != "invitation.created"]
    found = ledger(*events)
    evidence = replace(
        FINE,
        guests=[ana, *FINE.guests[1:]],
        chain=chain(said),
        ledger=found,
        heads=heads(found, **{"sponsor.added": 5}),
        known={"ana-id": ana.address},
    )

    assert judge(evidence) == []
    assert "R-1001: 1 directory objects" in judge(
        replace(evidence, ledger=[*found, *ledger(("user.created", HERE))])
    )
    assert "R-1001: 0 sponsors" in judge(
        replace(evidence, ledger=[event for event in found if event["kind"] != "sponsor.added"])
    )
