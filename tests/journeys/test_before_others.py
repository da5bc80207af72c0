"""A line that is refused before others: they read how much is wrong, and its writer alone what."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.clinic import TOKEN, Clinic, spoken
from tests.journeys.acts import actions_of, send, told
from tests.journeys.forms import Form

ANA, WHY = "ana@fabrikam.com", "canary-why of the audit"
LINE = "/invite {} to {} for 90d because " + WHY
FILL_IN = "invite.open"


async def _guest(clinic: Clinic, **properties: Any) -> None:
    """Put Ana into the directory as a guest."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    body = {
        "invitedUserEmailAddress": ANA,
        "inviteRedirectUrl": "https://example.com",
        "invitedUserDisplayName": "Ana Directory",
    }
    async with clinic.http.post(f"{clinic.url}/v1.0/invitations", json=body, headers=headers) as answer:
        assert answer.status == 201, await answer.text()
        invited = (await answer.json())["invitedUser"]["id"]
    if properties:
        url = f"{clinic.url}/v1.0/users/{invited}"
        async with clinic.http.patch(url, json=properties, headers=headers) as answer:
            assert answer.status == 204, await answer.text()


REFUSED: Mapping[str, tuple[str, str, str]] = {
    "an app of others": (LINE.format(ANA, "Referral Desk"), "app", "The policy does not let you request"),
    "no app": (LINE.format(ANA, "Health Recrds"), "app", "Did you mean Health Records"),
    "no access": (LINE.format(ANA, "Case Review"), "access", "what the guest gets in Case Review"),
    "a disabled guest": (LINE.format(ANA, "Health Records"), "address", "switched off"),
}
"""What is typed, under which field the error stands in the form, and what it says there."""


@pytest.mark.parametrize("where", ["channel", "group"])
@pytest.mark.parametrize("case", REFUSED)
async def test_others_read_how_much_is_wrong_and_the_writers_form_says_what(
    clinic: Clinic, case: str, where: str
) -> None:
    typed, field, error = REFUSED[case]
    if case == "a disabled guest":
        await _guest(clinic, accountEnabled=False)
    await clinic.say("megan", f"@Guestlist {typed}", where)
    card = await clinic.card("diego", "Not sent: 1 thing to change", where)
    for private in (error, ANA, WHY, "fabrikam", "Health", "Case Review", "Referral"):
        assert private not in str(card["card"]), private
    assert "Ana" not in spoken(card), "three letters may stand by chance in what is sealed"

    form = await Form.of_card(clinic, "megan", card, FILL_IN, where)
    assert error in form.errors[field]
    assert form.values["justification"] == WHY
    assert form.values["address"] == ANA


async def test_the_form_of_a_refused_line_opens_for_nobody_else(clinic: Clinic) -> None:
    await clinic.say("megan", f"@Guestlist {LINE.format(ANA, 'Health Recrds')}", "channel")
    card = await clinic.card("diego", "Not sent: 1 thing to change", "channel")
    for who in ("diego", "alex"):
        opened = await clinic.press(who, card, FILL_IN, "channel")
        assert opened["shown"]["kind"] == "message", who
        assert "Only whoever typed this can go on with it" in opened["shown"]["text"]
        assert ANA not in str(opened)


@pytest.mark.parametrize("where", ["channel", "group"])
async def test_a_near_miss_corrects_nothing_before_others_and_opens_for_whoever_typed_it(
    clinic: Clinic, where: str
) -> None:
    typed = LINE.format(ANA, "Helth Recrds").replace("/invite", "invte")
    await clinic.say("megan", f"@Guestlist {typed}", where)
    card = await clinic.card("diego", "Nothing is sent yet", where)
    assert "Health Records" not in str(card["card"])
    assert not any(one in str(actions_of(card)) for one in (ANA, WHY))

    opened = await clinic.press("diego", card, FILL_IN, where)
    assert "Only whoever typed this can go on with it" in opened["shown"]["text"]
    form = await Form.of_card(clinic, "megan", card, FILL_IN, where)
    assert (form.values["address"], form.values["justification"]) == (ANA, WHY)
    assert "Did you mean Health Records" in form.errors["app"]


async def test_what_is_wrong_is_asked_when_the_form_opens_and_it_is_sent_to_the_same_thread(
    clinic: Clinic,
) -> None:
    await clinic.act(act="setProperties", app="health-records", properties={"accountEnabled": False})
    await clinic.say("megan", f"@Guestlist {LINE.format(ANA, 'Health Records')}", "channel")
    card = await clinic.card("megan", "Not sent: 1 thing to change", "channel")
    assert "switched off" in (await Form.of_card(clinic, "megan", card, FILL_IN, "channel")).errors["app"]

    await clinic.act(act="setProperties", app="health-records", properties={"accountEnabled": True})
    form = await Form.of_card(clinic, "megan", card, FILL_IN, "channel")
    assert form.errors == {}
    assert (await form.send(name="Ana Ruiz"))["kind"] != "dialog"
    sent = await clinic.card("diego", "Waiting for approval", "channel")
    assert (sent["thread"], ANA in str(sent["card"])) == (card["thread"], False)


async def test_while_the_directory_is_away_the_form_opens_and_says_so(clinic: Clinic) -> None:
    await clinic.say("megan", f"@Guestlist {LINE.format(ANA, 'Health Recrds')}", "channel")
    card = await clinic.card("megan", "Not sent: 1 thing to change", "channel")
    await clinic.fault(match={"path": "^/v1.0/"}, mix={"503-before": 1.0})
    form = await Form.of_card(clinic, "megan", card, FILL_IN, "channel")
    assert "could not read the directory" in form.errors[""]
    assert form.values["address"] == ANA


async def test_who_alone_reads_the_answer_reads_all_of_it(clinic: Clinic) -> None:
    typed = LINE.format(ANA, "Health Recrds")
    answer = await told(clinic, "megan", typed)
    assert all(one in answer for one in ("Did you mean Health Records", ANA, "Health Recrds"))
    form = await Form.of_card(clinic, "megan", (await clinic.messages("megan"))[-1], FILL_IN)
    assert "Did you mean Health Records" in form.errors["app"]

    at = await clinic.place("megan", "channel")
    await clinic.post("/teams/say", **{"as": "megan"}, conversation=at, text=typed, targeted=True)
    aside = await clinic.card("megan", "Did you mean Health Records", "channel")
    assert aside["onlyYou"]
    assert not any(
        "Not sent" in spoken(one) for one in await clinic.messages("diego", "channel") if one["card"]
    )


@pytest.mark.parametrize("kept", ["", "x", "gAAAAAB", "é" * 500, {"by": "megan"}, ["x"], 7, None])
async def test_what_was_not_sealed_here_opens_no_form_and_says_to_type_it_again(
    clinic: Clinic, kept: object
) -> None:
    await clinic.say("megan", "/help")
    data = {"verb": FILL_IN, "kept": kept, "msteams": {"type": "task/fetch"}}
    opened = await send(clinic, "megan", "personal", {"type": "Action.Submit", "data": data})
    assert opened["shown"]["kind"] == "message"
    assert "Type it again, or /invite for an empty form" in opened["shown"]["text"]


async def test_a_long_line_of_any_alphabet_leaves_its_card_small_enough_to_be_posted(clinic: Clinic) -> None:
    await clinic.say(
        "megan", f"@Guestlist /invite {ANA} to Health Records for 90d because {'ü' * 9000}", "channel"
    )
    card = await clinic.card("diego", "Not sent: 1 thing to change", "channel")
    assert len(str(card["card"])) < 16_000
