"""An approver is away: somebody decides for them, as a line, a form and cards have it; and who may not."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.clinic import POLICY, Clinic, open_clinic, spoken, until
from tests.journeys.acts import audited, button, send, settled, shown, told, waiting_for
from tests.journeys.forms import Form

ASK = "@Guestlist /invite ana@fabrikam.com to Health Records for 90d because She runs the March audit"
DIEGO = "diego.siciliani@contoso-health.com"


def id_of(clinic: Clinic, who: str) -> str:
    return str(clinic.story.person(who)["id"])


async def asked(clinic: Clinic) -> None:
    await clinic.say("megan", ASK, "channel")
    await clinic.card("megan", "Waiting for approval", "channel")


async def test_a_delegate_decides_and_every_card_says_for_whom(clinic: Clinic) -> None:
    said = await told(clinic, "alex", f"/delegate {DIEGO} for 14d")
    assert "Diego Siciliani decides for you" in said
    await clinic.say("diego", "/help")
    await asked(clinic)
    thread = spoken(await clinic.card("megan", "Waiting for approval", "channel"))
    assert "Diego Siciliani for Alex Wilber" in thread
    card = await waiting_for(clinic, "diego")
    assert "You decide for Alex Wilber, until" in spoken(card)
    await clinic.press("diego", card, "approval.approve")
    for who, where in (("megan", "channel"), ("alex", "personal"), ("diego", "personal")):
        assert "Diego Siciliani, for Alex Wilber" in spoken(await clinic.card(who, "✓ Delivered", where))
    (entry,) = await audited(clinic, "request.approved")
    assert (entry["actor"], entry["on_behalf_of"]) == (id_of(clinic, "diego"), id_of(clinic, "alex"))
    assert "Diego Siciliani, for Alex Wilber, approved" in await told(clinic, "megan", "/audit R-1001 page 2")


@pytest.fixture
async def loud(tmp_path: Path) -> AsyncIterator[Clinic]:
    """Serve a clinic where it is never quiet: a delegate is asked at once, at whatever hour this runs."""
    quiet = 'from = "18:00", to = "08:00", weekend = true'
    text, file = POLICY.read_text(encoding="utf-8"), tmp_path / "policy.toml"
    assert quiet in text
    file.write_text(text.replace(quiet, 'from = "00:00", to = "00:00", weekend = false'), encoding="utf-8")
    async with open_clinic(tmp_path, policy=file) as opened:
        yield opened


async def test_what_waits_already_comes_to_the_delegate_and_leaves_when_it_is_stopped(loud: Clinic) -> None:
    clinic = loud
    await clinic.say("diego", "/help")
    await asked(clinic)
    await told(clinic, "alex", f"/delegate {DIEGO} for 2 weeks")
    card = await waiting_for(clinic, "diego")
    assert "R-1001" in await told(clinic, "diego", "/approvals")
    press = button(card, "approval.approve")
    ended = await told(clinic, "alex", "/delegate stop")
    assert "Diego Siciliani no longer decides for you" in ended
    refused = shown(await send(clinic, "diego", "personal", press))
    assert "Your Approve changed nothing" in refused
    assert "Diego" not in refused

    async def without_buttons() -> bool:
        cards = [one for one in await clinic.messages("diego") if one["card"]]
        return not any(part.get("verb") == "approval.approve" for one in cards for part in _actions(one))

    await until(without_buttons, "the delegate's card has no buttons any more")
    assert not await audited(clinic, "request.approved")
    assert [one["actor"] for one in await audited(clinic, "delegation.ended")] == [id_of(clinic, "alex")]


def _actions(message: dict[str, Any]) -> list[dict[str, Any]]:
    actions: list[dict[str, Any]] = message["card"].get("actions", [])
    return actions


async def test_it_is_filled_in_shown_replaced_and_ended_by_buttons(clinic: Clinic) -> None:
    await clinic.say("alex", "/delegate")
    card = await clinic.card("alex", "Nobody decides for you")
    form = await Form.of_card(clinic, "alex", card, "delegate.open")
    late = await form.send("Delegate", to=id_of(clinic, "diego"), until="2030-12-10")
    assert "At most 90 days" in str(form.again(late).dialog)
    soon = (datetime.now(UTC) + timedelta(days=9)).date().isoformat()
    sent = await form.again(late).send("Delegate", to=id_of(clinic, "diego"), until=soon)
    assert "Diego Siciliani decides for you" in str(sent)
    again = await told(clinic, "alex", "/delegate Lidia Holloway for 3 days")
    assert "Lidia Holloway decides for you" in again
    assert "takes the place of the delegation to Diego Siciliani" in again
    assert "Alex Wilber, from" in await told(clinic, "lidia", "/delegate")
    await clinic.say("alex", "/delegate")
    await clinic.press("alex", await clinic.card("alex", "Lidia Holloway decides for you"), "delegate.end")
    assert "Nobody decides for you" in await told(clinic, "alex", "/delegate")


async def test_nobody_decides_their_own_request_through_a_delegation(clinic: Clinic) -> None:
    megan = clinic.story.person("megan")["mail"]
    await told(clinic, "alex", f"/delegate {megan} for 14d")
    await asked(clinic)
    card = await waiting_for(clinic, "alex")
    await clinic.say("megan", "/help")
    stolen = button(card, "approval.approve")
    assert "You asked for this" in shown(await send(clinic, "megan", "personal", stolen))
    assert "You asked for this" in await told(clinic, "megan", "/approve R-1001")
    assert not await audited(clinic, "request.approved")


async def test_for_whom_a_card_claims_to_decide_is_believed_by_nobody(clinic: Clinic) -> None:
    await asked(clinic)
    card = await waiting_for(clinic, "alex")
    await clinic.say("diego", "/help")
    alex = id_of(clinic, "alex")
    claims: dict[str, Any] = {
        "on_behalf_of": alex,
        "for_whom": alex,
        "seat": alex,
        "delegate": alex,
        "by": alex,
    }
    forged = button(card, "approval.approve", **claims)
    await send(clinic, "diego", "personal", forged)
    assert not await audited(clinic, "request.approved")
    ending = {"type": "Action.Execute", "verb": "delegate.end", "data": {"by": alex, "person": alex}}
    await told(clinic, "alex", f"/delegate {clinic.story.person('lidia')['mail']} for 14d")
    assert "nothing to end" in shown(await send(clinic, "diego", "personal", ending))
    assert "Lidia Holloway decides for you" in await told(clinic, "alex", "/delegate")


async def test_a_delegate_disabled_between_card_and_press_decides_nothing(clinic: Clinic) -> None:
    await told(clinic, "alex", f"/delegate {DIEGO} for 14d")
    await clinic.say("diego", "/help")
    await asked(clinic)
    press = button(await waiting_for(clinic, "diego"), "approval.approve")
    await clinic.act(act="setProperties", person="diego", properties={"accountEnabled": False})
    await send(clinic, "diego", "personal", press)
    await settled(clinic)
    assert not await audited(clinic, "request.approved")


async def test_before_others_it_is_answered_in_ones_own_chat(clinic: Clinic) -> None:
    before = len(await clinic.messages("megan", "channel"))
    await clinic.say("alex", f"@Guestlist /delegate {DIEGO} for 14d", "channel")
    await clinic.card("alex", "Diego Siciliani decides for you")
    said = [one for one in await clinic.messages("megan", "channel") if one["from"]["bot"]]
    assert not any("decides for you" in spoken(one) for one in said if one["card"])
    assert len(await clinic.messages("megan", "channel")) <= before + 1


async def test_a_name_that_nobody_or_a_guest_has_is_said_and_nothing_is_delegated(clinic: Clinic) -> None:
    assert "No member of the organisation" in await told(clinic, "alex", "/delegate @Nobody Here for 14d")
    assert "At most 90 days" in await told(clinic, "alex", f"/delegate {DIEGO} for 91d")
    assert "Write until when" in await told(clinic, "alex", f"/delegate {DIEGO}")
    assert "for yourself already" in await told(clinic, "alex", "/delegate Alex Wilber for 14d")
    assert not await audited(clinic, "delegation.made")
