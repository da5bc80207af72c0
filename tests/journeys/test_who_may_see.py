"""Who sees a request that they name by its number, on every surface; to all others there is none."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.clinic import INVITE, POLICY, Clinic, open_clinic, spoken
from tests.journeys.acts import audited, send, settled, shown
from tests.journeys.around import happen
from tests.journeys.forms import Form

ANA, WHY = "ana@fabrikam.com", "March audit"
LABEL, NONE = "R-1001", "R-1999"
LOOKS = ("/help {}", "{}", "what about {}")
ACTS = ("/approve {}", "/deny {} not this quarter", "/cancel {}", "/retry {}", "aprove {}")
CARD = ("Health Records", "Megan Bowen")
"""What the base card says, and the answer of a number that there is not does not."""


@pytest.fixture
async def asked(clinic: Clinic) -> Clinic:
    """Let Megan ask in a channel; people are also in another channel, in a group chat, in their own chat."""
    for who in ("megan", "alex", "diego", "isaiah"):
        mine = await clinic.get("/teams/conversations", **{"as": who})
        clinic.places[who, "another channel"] = next(one["id"] for one in mine if one["name"] == "General")
    await clinic.say("megan", INVITE, "channel")
    await clinic.card("diego", LABEL, "channel")
    await settled(clinic)
    return clinic


async def said(clinic: Clinic, who: str, typed: str, where: str, thread: str = "") -> tuple[str, str]:
    """Type something; return what the bot says there, and what it says in the person's own chat."""
    before = {one["id"] for place in {where, "personal"} for one in await clinic.messages(who, place)}
    mention = "" if where == "personal" else "@Guestlist "
    at, more = await clinic.place(who, where), {"thread": thread} if thread else {}
    text = f"{mention}{typed}"
    sent = await clinic.post("/teams/say", **{"as": who}, conversation=at, text=text, **more)
    assert sent["status"] in range(200, 300)

    async def news(place: str) -> str:
        new = [one for one in await clinic.messages(who, place) if one["id"] not in before]
        return "\n".join(
            spoken(one) if one["card"] else str(one["text"]) for one in new if one["from"]["bot"]
        )

    return await news(where), await news("personal")


def renumbered(answer: str) -> str:
    """Return an answer to the number of a request as if it were of the number that there is not."""
    return re.sub(r"1001\b", "1999", answer)


async def is_unknown(clinic: Clinic, who: str, where: str, *typed: str, thread: str = "") -> None:
    for line in typed:
        answer, _ = await said(clinic, who, line.format(LABEL), where, thread)
        none, _ = await said(clinic, who, line.format(NONE), where, thread)
        assert renumbered(answer) == none, (who, where, line)
        assert f"There is no request {NONE}" in none, (who, where, line)


@pytest.mark.parametrize("where", ["personal", "another channel", "group"])
async def test_elsewhere_a_bystander_hears_of_every_number_that_there_is_none(
    asked: Clinic, where: str
) -> None:
    await is_unknown(asked, "diego", where, *LOOKS, *ACTS)
    tried = [one.get("label") for one in await audited(asked, "act.refused")]
    assert tried == [None, NONE] * 4, "what was tried is known to the auditors"


async def test_a_directory_guest_hears_that_even_where_the_card_stands(asked: Clinic) -> None:
    await asked.act(act="setProperties", person="isaiah", properties={"userType": "Guest"})
    card = await asked.card("isaiah", LABEL, "channel")
    await is_unknown(asked, "isaiah", "channel", *LOOKS, *ACTS)
    await is_unknown(asked, "isaiah", "channel", *LOOKS, thread=card["thread"] or card["id"])
    await is_unknown(asked, "isaiah", "personal", *LOOKS)


@pytest.mark.parametrize("thread", [True, False], ids=["in its thread", "in another thread of the channel"])
async def test_in_its_own_channel_a_bystander_is_shown_what_the_card_says(
    asked: Clinic, *, thread: bool
) -> None:
    card = await asked.card("diego", LABEL, "channel")
    inside = (card["thread"] or card["id"]) if thread else ""
    for line in LOOKS:
        answer, _ = await said(asked, "diego", line.format(LABEL), "channel", inside)
        assert all(one in answer for one in (LABEL, *CARD)), line
        assert ANA not in answer
        assert WHY not in answer
    refused, _ = await said(asked, "diego", f"/approve {LABEL}", "channel", inside)
    assert "Only Alex Wilber or Nia Chen can do this" in refused


@pytest.mark.parametrize("where", ["another channel", "group"])
async def test_before_others_elsewhere_its_parties_are_answered_in_their_own_chat(
    asked: Clinic, where: str
) -> None:
    for who in ("megan", "alex"):
        for line in (*LOOKS, "/retry {}"):
            there, own = await said(asked, who, line.format(LABEL), where)
            assert there == "", (who, line)
            assert LABEL in own, (who, line)
    there, own = await said(asked, "alex", f"/deny {LABEL} not this quarter", where)
    assert (there, f"{LABEL} is denied" in own) == ("", True)


async def test_what_only_the_bot_was_told_elsewhere_is_answered_there_for_its_person_alone(
    asked: Clinic,
) -> None:
    at = await asked.place("alex", "group")
    said_aside = {"conversation": at, "text": f"/help {LABEL}", "targeted": True}
    await asked.post("/teams/say", **{"as": "alex"}, **said_aside)
    answer = await asked.card("alex", LABEL, "group")
    assert answer["onlyYou"]
    await asked.post("/teams/say", **{"as": "diego"}, **said_aside)
    unknown = await asked.card("diego", f"There is no request {LABEL}", "group")
    assert unknown["onlyYou"], "and as a card, for nobody else reads it"


@pytest.mark.parametrize("targeted", [True, False])
async def test_whose_own_chat_is_closed_is_answered_there_alone_or_told_to_open_it(
    asked: Clinic, *, targeted: bool
) -> None:
    await asked.say("alex", "/help")
    await happen(asked, "alex", "block", code="blockedByUser")
    if not targeted:
        await asked.switch(targetedMessages=400)
    for typed in ("/show {}", "/approve {}"):
        there, _ = await said(asked, "alex", typed.format(LABEL), "group")
        assert (LABEL in there) is targeted
        assert ("Open that chat and type /requests" in there) is not targeted
    others = str(await asked.messages("diego", "group"))
    assert "Health Records" not in others
    assert ("Open that chat" in others) is not targeted


async def test_while_the_directory_is_away_who_was_asked_hears_so_elsewhere_in_their_own_chat(
    asked: Clinic,
) -> None:
    await said(asked, "alex", "/help", "group")
    await asked.fault(match={"path": "^/v1.0/"}, mix={"503-before": 1.0})
    there, own = await said(asked, "alex", f"/show {LABEL}", "group")
    assert there == ""
    assert LABEL in own
    assert "The directory could not be read" in own


@pytest.mark.parametrize("verb", ["approval.view", "request.view", "approval.approve", "request.cancel"])
async def test_a_forged_button_shows_a_bystander_elsewhere_what_it_shows_of_no_request(
    asked: Clinic, verb: str
) -> None:
    [waiting] = await asked.guestlist.store.waiting(10)
    await asked.act(act="setProperties", person="isaiah", properties={"userType": "Guest"})

    async def pressed(who: str, where: str, request: str, **more: Any) -> str:
        await asked.say(who, "@Guestlist /help" if where != "personal" else "/help", where)
        action = {"type": "Action.Execute", "verb": verb, "data": {"request": request, **more}}
        return shown(await send(asked, who, where, action))

    for who, where in (("diego", "personal"), ("diego", "another channel"), ("isaiah", "channel")):
        for more in ({}, {"card": "thread"}, {"card": f"approver/{waiting.request.approvers[0].object_id}"}):
            forged = await pressed(who, where, waiting.request.request_id, **more)
            assert forged == await pressed(who, where, "0" * 32, **more), (who, where)
            by_number = await pressed(who, where, LABEL)
            assert renumbered(by_number) == await pressed(who, where, NONE), (who, where)
            assert not any(one in forged + by_number for one in CARD)


# -- the same, asked for twice ------------------------------------------------------------------------------


@pytest.fixture
async def open_to_all(tmp_path: Path) -> Any:
    """Serve a clinic in which every member may ask, so that whoever asks second need be no party."""
    policy = tmp_path / "policy.toml"
    policy.write_text(
        POLICY.read_text().replace('requestors    = ["app-owners"]', 'requestors = ["members"]')
    )
    async with open_clinic(tmp_path, policy=policy) as clinic:
        for who in ("alex", "diego"):
            mine = await clinic.get("/teams/conversations", **{"as": who})
            clinic.places[who, "another channel"] = next(
                one["id"] for one in mine if one["name"] == "General"
            )
        await clinic.say("megan", INVITE, "channel")
        await clinic.card("diego", LABEL, "channel")
        await settled(clinic)
        yield clinic


async def test_who_asks_for_the_same_is_shown_the_first_request_if_they_may_see_it(
    open_to_all: Clinic,
) -> None:
    line = INVITE.removeprefix("@Guestlist ")
    for where in ("personal", "another channel"):
        there, own = await said(open_to_all, "diego", line, where)
        assert "Not sent: asked for already" in own
        assert not any(one in there + own for one in (LABEL, "Megan Bowen"))
        assert where == "personal" or there == ""
    there, own = await said(open_to_all, "alex", line, "another channel")
    assert (there, f"Not sent: the same as {LABEL}" in own) == ("", True)
    there, _ = await said(open_to_all, "diego", line, "channel")
    assert f"Not sent: the same as {LABEL}" in there, "where its card stands before all"


@pytest.mark.parametrize(("where", "told"), [("another channel", False), ("channel", True)])
async def test_the_form_shows_the_first_request_to_who_may_see_it_there(
    open_to_all: Clinic, where: str, *, told: bool
) -> None:
    app = next(one for one in open_to_all.story.raw["apps"] if one["displayName"] == "Health Records")
    body = {"as": "diego", "conversation": await open_to_all.place("diego", where), "command": "invite"}
    opened = (await open_to_all.post("/teams/compose", **body))["shown"]
    sent = await Form(open_to_all, "diego", opened["dialog"]).send(
        address=ANA, name="Ana Ruiz", app=app["id"], justification="She runs the audit."
    )
    said_there = spoken(sent["dialog"])
    assert "Not sent" in said_there
    assert (LABEL in said_there) is told
    assert ("Megan Bowen" in said_there) is told
