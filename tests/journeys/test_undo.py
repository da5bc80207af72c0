"""An undo over HTTP: what stays is read first, and what a request did is taken back, or that is refused."""

from datetime import timedelta
from typing import Any

from tests.clinic import INVITE, Clinic, spoken, until
from tests.journeys.acts import a_delivery_fails_at_its_proof, audited, button, send, settled, shown, told
from tests.journeys.test_access_ends import ages, taken_away

ANA = "ana@fabrikam.com"
UNDO = f'/undo {ANA} from "Health Records"'
NONE = "you have no guest with this address and such an access"
EXTEND = f'/extend {ANA} in "Health Records" by 90d because the audit goes on until summer'


async def enabled(clinic: Clinic) -> list[bool]:
    guests = (await clinic.get("/sandbox/state"))["guests"]
    return [one["accountEnabled"] for one in guests if one["mail"] == ANA]


async def members(clinic: Clinic) -> dict[str, list[str]]:
    groups = (await clinic.get("/sandbox/state"))["groups"]
    return {one["displayName"]: sorted(one["members"]) for one in groups}


async def added(clinic: Clinic) -> int:
    return len(await clinic.ledger("assignment.added")) + len(await clinic.ledger("member.added"))


async def newest(clinic: Clinic) -> dict[str, Any]:
    return [one for one in await clinic.messages("megan") if one["card"]][-1]


async def pressed(clinic: Clinic) -> str:
    press = button(await newest(clinic), "undo.undo")
    return shown(await send(clinic, "megan", "personal", press))


async def opened(clinic: Clinic) -> str:
    """Press the button of the first row of the list."""
    body = (await newest(clinic))["card"]["body"]
    press = next(one for one in body if one["type"] == "ActionSet")["actions"][0]
    return shown(await send(clinic, "megan", "personal", press))


async def test_megan_reads_what_stays_and_a_press_takes_the_invitation_and_its_account_back(
    given: Clinic,
) -> None:
    listed = await told(given, "megan", "/undo")
    assert "You can undo 1 thing" in listed
    assert "; can be undone until " in listed, "which is not how long the access lasts"
    assert "R-1001" in listed
    before = await opened(given)
    assert before.index("What cannot be undone") < before.index("What is undone")
    assert "The mail was sent" in before
    assert "is blocked now, and deleted in 7 days" in before
    assert await taken_away(given) == []
    await told(given, "megan", UNDO)
    assert "R-1001" in await pressed(given)
    card = await given.card("diego", "Undone", "channel")
    assert "Megan Bowen undid it" in spoken(card)
    await settled(given)
    assert len(await taken_away(given)) == 1

    async def blocked() -> bool:
        return await enabled(given) == [False]

    await until(blocked, "the account is blocked")
    [begins] = await audited(given, "assignment.ending")
    assert (begins["why"], begins["actor"]) == ("undone", given.story.person("megan")["id"])
    whats = [entry.fact.what async for entry in given.guestlist.store.audit_entries()]
    assert whats.index("assignment.ending") < whats.index("assignment.ended")
    assert "It is undone already" in await told(given, "megan", "/undo R-1001 now")
    assert "Megan Bowen undid it" in await told(given, "megan", "/audit R-1001")


async def test_a_card_pressed_twice_undoes_once(given: Clinic) -> None:
    await told(given, "megan", "/undo R-1001")
    cards = [one for one in await given.messages("megan") if one["card"]]
    press = button(cards[-1], "undo.undo")
    await send(given, "megan", "personal", press)
    again = shown(await send(given, "megan", "personal", press))
    assert "undid nothing" in again or "look again" in again
    await settled(given)
    assert len(await taken_away(given)) == 1
    assert len(await audited(given, "assignment.ending")) == 1


async def test_what_was_removed_is_given_again_by_one_line_with_its_old_end(given: Clinic) -> None:
    (record, *_) = await given.guestlist.store.requested_by(given.story.person("megan")["id"], 1)
    await told(given, "megan", "/remove R-1001")
    await given.card("diego", "Ended", "channel")
    await settled(given)
    asked = await told(given, "alex", "/undo R-1001")
    assert "was without access since" in asked
    assert "as was approved" in asked
    assert "is being given again" in await told(given, "alex", "/undo R-1001 now")
    await settled(given)
    (now, *_) = await given.guestlist.store.requested_by(given.story.person("megan")["id"], 1)
    assert now.request.ends_at == record.request.ends_at
    assert await added(given) == 2
    assert "Delivered" in await told(given, "megan", "/requests")
    [back] = await audited(given, "assignment.returning")
    assert back["actor"] == given.story.person("alex")["id"]


async def test_in_the_requests_own_channel_all_read_what_was_undone_and_nobody_else_what_the_guest_keeps(
    given: Clinic,
) -> None:
    await told(given, "megan", "@Guestlist /undo R-1001", "channel")
    assert not any("cannot be undone" in one for one in await read_by_diego(given))
    await told(given, "megan", "@Guestlist /undo", "channel")
    assert not any("Ana" in one and "/undo" in one for one in await read_by_diego(given))
    await told(given, "megan", "@Guestlist /undo R-1001 now", "channel")
    said = [str(one["text"]) for one in await given.messages("diego", "channel") if not one["card"]]
    assert any("The access is being taken away. R-1001" in one for one in said)


async def read_by_diego(clinic: Clinic) -> list[str]:
    """Return what somebody else reads in the channel."""
    found = await clinic.messages("diego", "channel")
    return [spoken(one) if one["card"] else str(one["text"]) for one in found if one["from"]["bot"]]


async def test_the_line_that_gives_again_typed_twice_and_a_second_card_take_nothing_away(
    given: Clinic,
) -> None:
    await told(given, "megan", "/remove R-1001")
    await given.card("diego", "Ended", "channel")
    await settled(given)
    await told(given, "megan", "/undo R-1001")
    second = button(await newest(given), "undo.undo")
    await told(given, "megan", "/undo R-1001 now")
    await settled(given)
    for again in (
        await told(given, "megan", "/undo R-1001 now"),
        await told(given, "megan", f"{UNDO} now"),
        shown(await send(given, "megan", "personal", second)),
    ):
        assert "You undid nothing" in again
        assert "given back by an undo" in again
        assert "To take the access away, type /remove R-1001" in again
    await settled(given)
    assert len(await taken_away(given)) == 1
    assert await enabled(given) == [True]


async def test_a_renewal_is_undone_and_the_access_ends_when_it_did(given: Clinic) -> None:
    await given.say("megan", f"@Guestlist {EXTEND}", "channel")
    await given.press("alex", await given.card("alex", "New end", "personal"), "approval.approve")
    await given.card("diego", "Renewed", "channel")
    await settled(given)
    shown_first = await told(given, "megan", f"{UNDO} now")
    assert "Nothing is undone yet" in shown_first, "two things can be meant"
    assert "R-1002" in shown_first, "the renewal was done last"
    assert "The renewal is being undone" in await told(given, "megan", "/undo R-1002 now")
    await given.card("diego", "The access ends when it did before the renewal.", "channel")
    [back] = await audited(given, "assignment.shortened")
    assert back["ends_at"] < back["was"]
    again = await told(given, "megan", "/undo R-1002 now")
    assert "It is undone already" in again
    assert "/remove" not in again, "that would take the whole access away"


async def test_a_delivery_that_failed_half_way_is_given_up_and_the_directory_has_what_it_had(
    clinic: Clinic,
) -> None:
    groups = await members(clinic)
    await a_delivery_fails_at_its_proof(clinic)
    assert (await added(clinic), await enabled(clinic)) == (1, [True])
    assert "/undo R-1001" in await told(clinic, "megan", "/show R-1001")
    shown_first = await told(clinic, "megan", "/undo R-1001")
    assert "The mail was sent: Ana has read it, or will." in shown_first
    assert shown_first.index("What cannot be undone") < shown_first.index("What is undone")
    assert "The delivery is given up, and nobody can retry it." in shown_first
    assert "Ana loses this access to Health Records" in shown_first
    assert await members(clinic) != groups
    assert await taken_away(clinic) == [], "nothing is undone by looking"
    await pressed(clinic)
    await settled(clinic)
    assert len(await taken_away(clinic)) == 1

    async def blocked() -> bool:
        return await enabled(clinic) == [False]

    await until(blocked, "the account is blocked")
    assert await members(clinic) == groups, "nobody else has gained or lost anything"
    [fact] = await audited(clinic, "request.canceled")
    assert (fact["why"], fact["actor"]) == ("undone", clinic.story.person("megan")["id"])
    assert "undone already" in await told(clinic, "megan", "/undo R-1001 now")
    assert "changed nothing" in await told(clinic, "megan", "/retry R-1001")
    assert await added(clinic) == 1


async def test_a_removal_from_the_directory_is_undone(given: Clinic) -> None:
    await told(given, "megan", f"/remove {ANA} from the directory now because it was the wrong row")
    await given.card("megan", "Blocked")
    await settled(given)
    assert await enabled(given) == [False]
    assert "signed out everywhere" in await told(given, "megan", "/undo R-1002")
    await told(given, "megan", "/undo R-1002 now")
    await given.card("megan", "is in the directory again")
    assert await enabled(given) == [True]


async def test_nobody_else_may_and_learns_nothing(given: Clinic) -> None:
    for typed in (UNDO, f"{UNDO} now", UNDO.replace("ana@", "nobody@")):
        assert NONE in await told(given, "diego", typed)
    assert "There is no request R-1001" in await told(given, "diego", "/undo R-1001 now")
    assert "There is no request R-4711" in await told(given, "diego", "/undo R-4711 now")
    assert "nothing that you can undo" in await told(given, "diego", "/undo")
    await settled(given)
    assert await taken_away(given) == []
    refused = {one["actor"] for one in await audited(given, "act.refused") if one["act"] == "undo"}
    assert refused == {given.story.person("diego")["id"]}


async def test_after_a_day_the_ordinary_command_is_named(given: Clinic) -> None:
    await ages(given, timedelta(days=1, minutes=1))
    answer = await told(given, "megan", "/undo R-1001 now")
    assert "It could be undone until" in answer
    assert "/remove R-1001" in answer
    assert "nothing that you can undo" in await told(given, "megan", "/undo")
    assert await taken_away(given) == []


async def test_what_waits_and_what_is_no_number_is_answered_and_does_nothing(clinic: Clinic) -> None:
    await clinic.say("megan", INVITE, "channel")
    await settled(clinic)
    waits = await told(clinic, "megan", "/undo R-1001 now")
    assert "waits for approval" in waits
    assert "/cancel R-1001" in waits
    assert "/undo R-1042" in await told(clinic, "megan", "/undo everything")
    assert "personal chat" in await told(clinic, "megan", "@Guestlist /undo", "channel")


async def test_a_change_of_a_guests_details_is_undone_with_every_sponsor_that_it_replaced(
    given: Clinic,
) -> None:
    [before] = [one for one in (await given.get("/sandbox/state"))["guests"] if one["mail"] == ANA]
    await told(given, "megan", f'/change {ANA} name "Ana Sousa" company "Contoso Labs" sponsor "Alex Wilber"')
    await given.card("megan", "It was read back.")
    assert "R-1002" in await told(given, "megan", "/undo")
    shows = await told(given, "megan", "/undo R-1002")
    assert shows.index("What cannot be undone") < shows.rindex("Name: Ana Sousa → ")
    assert "Sponsor: Alex Wilber → Megan Bowen" in shows
    assert "R-1003" in await pressed(given)
    await settled(given)
    [after] = [one for one in (await given.get("/sandbox/state"))["guests"] if one["mail"] == ANA]
    assert {**after, "companyName": after["companyName"] or ""} == {"companyName": "", **before}
    megan = given.story.person("megan")["id"]
    assert [one["detail"]["sponsor"] for one in await given.ledger("sponsor.added")][-1:] == [megan]
    assert "It is undone already" in await told(given, "megan", "/undo R-1002 now")
    assert "There is no request R-1002" in await told(given, "diego", "/undo R-1002 now")


async def test_whoever_made_a_change_reads_in_their_chat_who_undid_it(given: Clinic) -> None:
    await told(given, "megan", f'/change {ANA} name "Ana Sousa"')
    await given.card("megan", "It was read back.")
    await told(given, "alex", "/undo R-1002 now")
    card = await given.card("megan", "“Undo of R-1002”")
    assert "Alex Wilber, who owns an app of the guest" in spoken(card)
    await settled(given)
    assert "✓ Changed" in spoken(await given.card("megan", "“Undo of R-1002”"))
