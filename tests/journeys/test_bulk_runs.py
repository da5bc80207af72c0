"""An approved list runs by itself: its card counts, and whoever may holds it up, ends it or has it go on."""

from typing import Any

from tests.clinic import Clinic, spoken, until
from tests.journeys.acts import actions_of, approve, shown, told, waiting_for
from tests.journeys.lists import sent

GUESTS = ("ana@fabrikam.com", "bo@fabrikam.com", "cy@adatum.com")
MANY = tuple(f"guest-{number}@fabrikam.com" for number in range(165))
"""Five more than are under way at once."""
HELD = {"method": "POST", "path": "/v1.0/invitations"}


def verbs(card: dict[str, Any]) -> set[str]:
    return {one["verb"] for one in actions_of(card) if "verb" in one}


async def under_way(clinic: Clinic) -> None:
    """Have a list of many approved whose invitations are held up, until no more of them begin."""
    await sent(clinic, *MANY)
    await clinic.fault(match=HELD, do="hold", times=len(MANY))
    await approve(clinic)
    await clinic.card("megan", "160\nunder way")


async def released(clinic: Clinic) -> None:
    await clinic.post("/sandbox/faults/clear")
    await clinic.post("/sandbox/held/release")


async def test_all_of_a_list_is_given_and_the_card_says_so(clinic: Clinic) -> None:
    await sent(clinic, *GUESTS)
    await approve(clinic)
    said = spoken(await clinic.card("megan", "Delivered: 3 of 3"))
    assert "delivered and read back" in said
    await clinic.card("alex", "Delivered: 3 of 3")
    assert len(await clinic.ledger("invitation.created")) == len(GUESTS)
    await until(lambda: _sent(clinic, len(GUESTS)), "all mails are sent")
    assert "Delivered" in await told(clinic, "megan", "/show R-1002")


async def _sent(clinic: Clinic, number: int) -> bool:
    return len(await clinic.ledger("mail.sent")) == number


async def test_what_an_approver_leaves_out_is_not_invited(clinic: Clinic) -> None:
    await sent(clinic, *GUESTS)
    await clinic.press("alex", await waiting_for(clinic), "approval.except", domains="adatum.com")
    await clinic.card("megan", "Delivered: 2 of 2")
    made = await clinic.ledger("invitation.created")
    assert "cy@adatum.com" not in repr(made)
    assert len(made) == 2


async def test_a_run_is_paused_and_goes_on(clinic: Clinic) -> None:
    await under_way(clinic)
    card = await clinic.card("megan", "Delivering: 0 of 165")
    assert {"list.pause", "list.stop"} <= verbs(card)
    paused = await clinic.press("megan", card, "list.pause")
    assert "Paused: 0 of 165" in shown(paused)
    assert "list.resume" in verbs(await clinic.card("alex", "Paused: 0 of 165"))
    assert "/resume R-1001" in await told(clinic, "alex", "/help R-1001")
    assert "paused already" in await told(clinic, "alex", "/pause R-1001")
    await released(clinic)
    begun = await clinic.card("megan", "Paused: 160 of 165")
    assert "under way" not in spoken(begun)
    await clinic.press("megan", begun, "list.resume")
    await clinic.card("megan", "Delivered: 165 of 165")
    assert len(await clinic.ledger("invitation.created")) == len(MANY)


async def test_a_run_is_stopped_for_good_by_a_second_press(clinic: Clinic) -> None:
    await under_way(clinic)
    card = await clinic.card("alex", "Delivering: 0 of 165")
    assert "that is for good" in spoken(card)
    assert "Stopped: 0 of 165" in shown(await clinic.press("alex", card, "list.stop"))
    assert "stopped for good" in await told(clinic, "megan", "/resume R-1001")
    await released(clinic)
    over = await clinic.card("megan", "Stopped: 160 of 165")
    assert "5 guests are not invited." in spoken(await clinic.card("megan", "Over since"))
    assert not {"list.pause", "list.resume", "list.stop"} & verbs(over)
    assert len(await clinic.ledger("invitation.created")) == len(MANY) - 5


async def test_what_failed_is_counted_by_cause_and_taken_up_again(clinic: Clinic) -> None:
    await sent(clinic, *GUESTS)
    await clinic.fault(match={"method": "POST", "path": "/invitations$"}, do="400", times=1)
    await approve(clinic)
    card = await clinic.card("megan", "Retry failed")
    said = spoken(card)
    assert "Delivered: 2 of 3" in said
    assert "1: Microsoft does not take the guest's address." in said
    assert "list.retry" in verbs(await clinic.card("alex", "Delivered: 2 of 3"))
    await clinic.press("megan", card, "list.retry")
    await clinic.card("megan", "Delivered: 3 of 3")
    assert len(await clinic.ledger("invitation.created")) == len(GUESTS)


async def test_a_mail_that_failed_is_named_with_what_can_be_typed(clinic: Clinic) -> None:
    await sent(clinic, *GUESTS)
    await clinic.fault(match={"method": "POST", "path": "/messages$"}, do="400", times=1)
    await approve(clinic)
    assert "1 mail was not sent." in spoken(await clinic.card("megan", "Retry failed"))
    assert "/retry R-1001" in await told(clinic, "megan", "/help R-1001")


async def test_nobody_else_holds_up_a_run(clinic: Clinic) -> None:
    await sent(clinic, *GUESTS)
    await clinic.fault(match=HELD, do="hold", times=len(GUESTS))
    await approve(clinic)
    for word in ("pause", "stop", "resume"):
        assert "There is no request" in await told(clinic, "lynne", f"/{word} R-1001")
    await clinic.card("megan", "Delivering: 0 of 3")
    assert "stopped for good" in await told(clinic, "lidia", "/stop R-1001"), "an admin may"
    await released(clinic)
    await clinic.card("megan", "Over since")


async def test_of_what_is_no_list_nothing_is_paused(clinic: Clinic) -> None:
    await clinic.say("megan", "/invite ana@fabrikam.com to Health Records for 90d because of the March audit")
    await waiting_for(clinic)
    assert "Only the run of a list" in await told(clinic, "megan", "/pause R-1001")
    assert "/pause R-1042" in await told(clinic, "megan", "/pause")
