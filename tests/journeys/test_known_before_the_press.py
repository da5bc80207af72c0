"""The cards of a request that waits say whether it will work; what will fail is approved by two presses."""

from typing import Any

from tests.clinic import INVITE, Clinic, spoken, until
from tests.journeys.acts import audited, told, waiting_for

FINE, FAILS = "nothing that would fail was found", "this will fail."
BLOCKED = "People from fabrikam.com are kept out."


async def asked(clinic: Clinic, line: str) -> dict[str, Any]:
    """Have Megan ask, and return the card of Alex once it says this."""
    await clinic.say("megan", INVITE, "channel")

    async def card() -> dict[str, Any] | None:
        found = await waiting_for(clinic)
        return found if line in spoken(found) else None

    found: dict[str, Any] = await until(card, f"the card says {line!r}")
    return found


async def test_the_cards_say_it_beside_the_button_and_the_thread_says_nothing(clinic: Clinic) -> None:
    alex = await asked(clinic, FINE)
    assert "Checked " in spoken(alex)
    thread = [one for one in await clinic.messages("diego", "channel") if one["card"]]
    assert thread
    assert all("Checked " not in spoken(one) for one in thread)
    assert FINE in await told(clinic, "megan", "/show R-1001")
    pressed = await clinic.press("alex", alex, "approval.approve")
    assert "Delivering" in spoken(pressed["shown"])


async def test_what_could_not_be_read_is_said(clinic: Clinic) -> None:
    await clinic.switch(domainListPermission=False)
    await asked(clinic, "but one thing could not be read")


async def test_a_first_press_tells_what_will_fail_and_a_second_approves(clinic: Clinic) -> None:
    await clinic.switch(crossTenantPartner="blocked")
    card = await asked(clinic, FAILS)
    assert BLOCKED in spoken(card)
    first = await clinic.press("alex", card, "approval.approve")
    assert "Not approved: it would fail" in spoken(first["shown"])
    assert BLOCKED in spoken(first["shown"])
    again = await clinic.card("alex", "Not approved: it would fail")
    second = await clinic.press("alex", again, "approval.approve")
    assert "Delivering" in spoken(second["shown"])
    (approved,) = await audited(clinic, "request.approved")
    assert approved["will_fail"] == ["cross-tenant:tenant-blocked"]


async def test_typed_it_takes_anyway(clinic: Clinic) -> None:
    await clinic.switch(crossTenantPartner="blocked")
    await asked(clinic, FAILS)
    said = await told(clinic, "alex", "/approve R-1001")
    assert "/approve R-1001 anyway" in said
    await told(clinic, "alex", "/approve R-1001 anyway")
    assert len(await audited(clinic, "request.approved")) == 1
