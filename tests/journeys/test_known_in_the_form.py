"""What the form says of whether it will work, as far as it is filled in when it opens."""

from typing import Any

from tests.clinic import Clinic, spoken, until

LINE = "/invite ana@fabrikam.com to Health Records for 9000d because she runs the March audit"


async def opened(clinic: Clinic, line: str, filled: str = "") -> str:
    """Return what the form says that opens from the answer to a line."""
    await clinic.say("megan", line)
    card: dict[str, Any] = (await clinic.messages("megan"))[-1]

    async def form() -> str:  # what was not read in time may be there for the next form
        shown = spoken((await clinic.press("megan", card, "invite.open"))["shown"]["dialog"])
        return shown if filled in shown else ""

    said: str = await until(form, "the form says it")
    return said


async def test_an_empty_form_says_nothing(clinic: Clinic) -> None:
    assert "Checked" not in await opened(clinic, "/invite")


async def test_a_form_with_guest_and_app_says_what_will_fail(clinic: Clinic) -> None:
    await clinic.switch(crossTenantPartner="blocked")
    said = await opened(clinic, LINE, "Checked")
    assert "this will fail. People from fabrikam.com are kept out." in said


async def test_a_form_with_guest_and_app_says_that_nothing_was_found(clinic: Clinic) -> None:
    assert "nothing that would fail was found" in await opened(clinic, LINE, "Checked")
