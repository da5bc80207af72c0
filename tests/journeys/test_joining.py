"""What somebody sees who adds the app when requests already wait, and what is told of a canceled one."""

from tests.clinic import INVITE, Clinic, spoken


async def test_an_approver_who_adds_the_app_sees_at_once_what_waits_for_them(clinic: Clinic) -> None:
    await clinic.say("megan", INVITE, "channel")
    await clinic.card("megan", "Guestlist cannot message Nia Chen", "channel")
    await clinic.post("/teams/control", app={"as": "nia", "action": "add"})
    listed = await clinic.card("nia", "1 request waits for your decision")
    await clinic.press("nia", listed, "approval.view")
    await clinic.card("nia", "Waiting for your decision")


async def test_whoever_adds_the_app_and_is_not_waited_for_is_welcomed(clinic: Clinic) -> None:
    await clinic.say("megan", INVITE, "channel")
    await clinic.post("/teams/control", app={"as": "joni", "action": "add"})
    await clinic.card("joni", "Bring guests into your apps")


async def test_the_welcome_needs_no_directory(clinic: Clinic) -> None:
    await clinic.fault(match={"path": "/v1.0/"}, do="503-before", times=None)
    await clinic.post("/teams/control", app={"as": "nia", "action": "add"})
    await clinic.card("nia", "Bring guests into your apps")


async def test_a_typed_cancel_says_what_it_did(clinic: Clinic) -> None:
    await clinic.say("megan", INVITE)
    await clinic.card("megan", "Waiting for approval")
    await clinic.say("megan", "/cancel R-1001")
    said = (await clinic.messages("megan"))[-1]["text"]
    assert "R-1001 is canceled and nobody can approve it any more" in said


async def test_what_is_to_change_is_listed_in_the_order_of_the_form(clinic: Clinic) -> None:
    await clinic.say("megan", "/invite ana")
    said = spoken(await clinic.card("megan", "4 things to change"))
    places = [said.index(words) for words in ("one address", "Choose an app", "Choose a term", "Write why")]
    assert places == sorted(places)
