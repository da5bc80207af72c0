"""An approver asks of a request whether it will work, with a button of its card or with its number."""

from typing import Any

import pytest

from tests.clinic import INVITE, Clinic, spoken
from tests.journeys.acts import approve_anyway, button, send, shown, told, waiting_for

COUNTRIES = "Health Records: only where we work"


@pytest.fixture
async def asked(clinic: Clinic) -> dict[str, Any]:
    """Return the card of Alex, on which he decides."""
    await clinic.say("megan", INVITE, "channel")
    return await waiting_for(clinic)


async def read_before(clinic: Clinic) -> None:
    """Have what holds for everybody read: a dialog waits four seconds, and the computer may be busy."""
    await told(clinic, "megan", "/check R-1001")


async def test_the_button_opens_beside_the_card_what_would_stop_the_guest(clinic: Clinic) -> None:
    await clinic.switch(crossTenantPartner="blocked")
    await clinic.act(act="setPolicy", policy=COUNTRIES, state="enabled")
    await clinic.say("megan", INVITE, "channel")
    asked = await waiting_for(clinic)
    await read_before(clinic)
    opened = await clinic.press("alex", asked, "check.open")
    assert opened["shown"]["kind"] == "dialog"
    said = spoken(opened["shown"]["dialog"])
    for words in (
        "People from fabrikam.com are kept out",
        "Conditional Access stops some sign-ins",
        "Windows, macOS, iOS, Android, Linux: blocked",
        "Health Records guests",
    ):
        assert words in said, words
    assert COUNTRIES not in said
    assert not opened["shown"]["dialog"]["card"].get("actions"), "what reads it again belongs to no dialog"
    await approve_anyway(clinic)


async def test_its_number_tells_who_asked_and_who_decides_and_nobody_else(
    clinic: Clinic, asked: dict[str, Any]
) -> None:
    for who in ("megan", "alex"):
        assert "Can this guest get into Health Records?" in await told(clinic, who, "/check R-1001")
    stranger = await told(clinic, "diego", "/check R-1001")
    nothing = await told(clinic, "diego", "/check R-4711")
    assert "Can this guest" not in stranger
    assert stranger.replace("R-1001", "R-4711") == nothing
    assert spoken(asked)


async def test_check_again_asks_of_the_same_request(clinic: Clinic, asked: dict[str, Any]) -> None:
    assert spoken(asked)
    await told(clinic, "alex", "/check R-1001")
    card = await clinic.card("alex", "Can this guest get into Health Records?")
    await clinic.switch(tenantNames=False, crossTenantPartner="blocked")
    pressed = await send(clinic, "alex", "personal", button(card, "check.again"))
    assert "/check R-1001" in shown(pressed)
