"""A lesser access over HTTP: chosen on the card or typed, read by the requestor, approved as it then is."""

from tests.clinic import Clinic, spoken
from tests.journeys.acts import actions_of, audited, button, send, shown, told

ASK = (
    "/invite ana@fabrikam.com to Lab Results as Validator for 90d because she signs off the reference samples"
)


async def test_an_approver_gives_less_than_was_asked_and_the_stages_approve_that(clinic: Clinic) -> None:
    await clinic.say("megan", f"@Guestlist {ASK}", "channel")
    card = await clinic.card("lynne", "Waiting for you")
    [opened] = [one for one in actions_of(card) if one["title"] == "Give less"]
    choices = opened["card"]["body"][0]["choices"]
    assert [one["title"] for one in choices] == ["As asked: Role Validator", "Role Reader"]

    pressed = await clinic.press("lynne", card, "approval.amend", access=choices[1]["value"], term="30d")
    assert pressed["status"] == 200, pressed
    thread = spoken(await clinic.card("diego", "Lynne Robbins gave less", "channel"))
    said = "Role Reader for 30 days, and no longer Role Validator for 90 days"
    assert said in thread
    assert said in spoken(await clinic.card("megan", "Lynne Robbins gave less"))
    [entry] = await audited(clinic, "request.amended")
    assert entry["give"] == choices[1]["value"]
    assert entry["give_was"] == choices[0]["value"]
    assert "gave less, and for a shorter term: Role Reader" in await told(clinic, "megan", "/audit R-1001")

    for who in ("lynne", "adele", "isaiah"):
        asked = await clinic.card(who, "Waiting for you")
        assert (await clinic.press(who, asked, "approval.approve"))["status"] == 200
    await clinic.card("diego", "Delivered", "channel")
    [given] = await clinic.ledger("assignment.created")
    assert f"app-role:{given['detail']['role']}" == choices[1]["value"]


async def test_what_is_forged_on_a_card_or_typed_is_never_more_than_was_asked(clinic: Clinic) -> None:
    await clinic.say("megan", ASK.replace("Validator", "Reader"))
    card = await clinic.card("lynne", "Waiting for you")
    validator = next(
        role["id"]
        for app in clinic.story.raw["apps"]
        if app["displayName"] == "Lab Results"
        for role in app["appRoles"]
        if role["displayName"] == "Validator"
    )
    for access in (f"app-role:{validator}", "Validator", "group:bdec204c-40ed-5221-b43f-21005de59ad1"):
        forged = button(card, "approval.amend", access=access)
        answer = await send(clinic, "lynne", "personal", forged, inputs={"term": ""})
        assert "the policy names nothing that is less" in shown(answer), access
    assert "nothing that is less" in await told(clinic, "lynne", "/amend R-1001 as Validator")
    record = await clinic.guestlist.store.numbered(1001)
    assert record is not None
    assert record.request.give.name == "Reader"
    assert not record.request.amendments


async def test_less_can_be_typed_with_a_term_and_without(clinic: Clinic) -> None:
    await clinic.say("megan", ASK)
    await clinic.card("lynne", "Waiting for you")
    assert "What is less: Reader" in await told(clinic, "lynne", "/amend R-1001 as Owner")
    assert "somebody else decides" in await told(clinic, "megan", "/amend R-1001 as Reader")
    assert "what is less" in await told(clinic, "lynne", "/amend R-1001")
    assert "Write the term as" in await told(clinic, "lynne", "/amend R-1001 as Reader until soon")
    assert "is for less now" in await told(clinic, "lynne", '/amend R-1001 as "reader" for 30d')
    assert "nothing that is less" in await told(clinic, "lynne", "/amend R-1001 as Reader")


async def test_less_that_is_asked_for_already_is_not_asked_for_twice(clinic: Clinic) -> None:
    await clinic.say("megan", ASK)
    await clinic.card("lynne", "Waiting for you")
    await clinic.say("megan", ASK.replace("Validator", "Reader"))
    said = await told(clinic, "lynne", "/amend R-1001 as Reader")
    assert "R-1002 asks for Role Reader for this guest already" in said
