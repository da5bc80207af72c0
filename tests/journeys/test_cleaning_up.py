"""A guest does not sign in, or has no sponsor: found and shown to the owner; kept or ended."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.clinic import INVITE, POLICY, Clinic, open_clinic, spoken, until
from tests.journeys.acts import approve, audited, button, send, settled, shown, told
from tests.journeys.ageing import days_pass, given_by
from tests.journeys.test_waiting_too_long import NEVER_QUIET, QUIET

ANA = "ana@fabrikam.com"
IDLE = "Ana no longer signs in"
ALONE = "Ana has no sponsor any more"
ENDS = "Unless somebody keeps it, the policy ends the access on"
REMOVES = 'inactive = { then = "remove" }\nsponsorless = { then = "remove" }\n'


@asynccontextmanager
async def opened(folder: Path, said: str) -> AsyncIterator[Clinic]:
    """Serve a clinic that is never quiet, whose policy says this by default."""
    text = POLICY.read_text(encoding="utf-8").replace(QUIET, NEVER_QUIET)
    if "never_accepted = " in said:
        text = "".join(
            line for line in text.splitlines(keepends=True) if not line.startswith("never_accepted")
        )
    file = folder / "policy.toml"
    file.write_text(text.replace("[[defaults.stage]]", f"{said}[[defaults.stage]]", 1), "utf-8")
    (folder / "loud").mkdir()
    async with open_clinic(folder / "loud", policy=file, auditLag=0) as loud:
        yield loud


@pytest.fixture(params=[REMOVES])
async def given(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Clinic]:
    """Return a clinic in which Ana has accepted Health Records."""
    async with opened(tmp_path, request.param) as loud:
        await has_accepted(loud)
        yield loud


async def requested(clinic: Clinic, address: str = ANA) -> None:
    await clinic.say("megan", INVITE.replace(ANA, address), "channel")
    await approve(clinic)

    async def delivered() -> bool:
        return all(one.request.delivered_at for one in await given_by(clinic))

    await until(delivered, f"{address} has the access")
    await settled(clinic)


async def has_accepted(clinic: Clinic, address: str = ANA) -> None:
    await requested(clinic, address)
    await clinic.act(act="accept", address=address)

    async def noted() -> bool:
        return all(one.request.accepted_at for one in await given_by(clinic))

    await until(noted, f"{address} has accepted")
    await settled(clinic)


async def shown_to(clinic: Clinic, who: str, words: str) -> list[dict[str, Any]]:
    return [one for one in await clinic.messages(who) if one["card"] and words in spoken(one)]


async def test_megan_is_shown_once_that_ana_does_not_sign_in_and_finds_her_in_the_list(given: Clinic) -> None:
    await days_pass(given, 89)
    assert await shown_to(given, "megan", IDLE) == []
    await days_pass(given, 2)
    assert ENDS in spoken(await given.card("megan", IDLE))
    await days_pass(given, 1)
    assert len(await shown_to(given, "megan", IDLE)) == 1
    assert await shown_to(given, "alex", IDLE) == []
    assert ANA in await told(given, "megan", '/guests "Health Records" inactive')
    assert ANA not in await told(given, "megan", '/guests "Health Records" sponsorless')


async def test_megan_keeps_the_access_by_a_press_and_it_outlasts_its_grace(given: Clinic) -> None:
    await days_pass(given, 91)
    card = await given.card("megan", IDLE)
    answer = await send(given, "megan", "personal", button(card, "assignment.keep"))
    assert "by Megan Bowen, until" in shown(answer)
    await days_pass(given, 60)
    assert await audited(given, "assignment.ending") == []
    [kept] = await audited(given, "assignment.kept")
    assert kept["actor"] == given.story.person("megan")["id"]
    assert ANA not in await told(given, "megan", '/guests "Health Records" inactive'), "it rests"


async def test_megan_removes_the_access_from_the_card(given: Clinic) -> None:
    await days_pass(given, 91)
    card = await given.card("megan", IDLE)
    assert "The account and other accesses stay." in spoken(card)
    answer = await send(given, "megan", "personal", button(card, "assignment.remove"))
    assert "is being taken away" in shown(answer)
    await given.card("diego", "Ended", "channel")
    [begun] = await audited(given, "assignment.ending")
    assert (begun["why"], begun["actor"]) == ("removed", given.story.person("megan")["id"])


async def test_where_nobody_keeps_it_the_policy_ends_it_and_everybody_can_read_why(given: Clinic) -> None:
    await days_pass(given, 91)
    await given.card("megan", ENDS)
    await days_pass(given, 13)
    assert await audited(given, "assignment.ending") == []
    await days_pass(given, 2)
    await given.card("diego", "Ended", "channel")
    card = await given.card("megan", "Ended")
    assert "The guest no longer signed in, and the policy ends such an access." in spoken(card)
    [begun] = await audited(given, "assignment.ending")
    assert (begun["why"], begun["actor"]) == ("inactive", None)
    assert begun["rule"].startswith("app ")


@pytest.mark.parametrize("given", [""], indirect=True)
async def test_where_the_policy_only_asks_nothing_ends(given: Clinic) -> None:
    await days_pass(given, 91)
    assert "nothing ends by itself" in spoken(await given.card("megan", IDLE))
    await days_pass(given, 300)
    assert await audited(given, "assignment.ending") == []


async def test_who_signs_in_again_loses_nothing(given: Clinic) -> None:
    await days_pass(given, 91)
    await given.card("megan", IDLE)
    await given.act(act="signIn", address=ANA, code=0)
    await days_pass(given, 20)
    assert await audited(given, "assignment.ending") == []
    assert [one["why"] for one in await audited(given, "assignment.recovered")] == ["inactive"]
    assert ANA not in await told(given, "megan", '/guests "Health Records" inactive')


@pytest.mark.parametrize("switched", ["signInLicence", "auditPermission"])
async def test_sign_ins_that_cannot_be_read_make_nobody_inactive_and_end_nothing(
    given: Clinic, switched: str
) -> None:
    await given.switch(**{switched: False})
    await days_pass(given, 200)
    assert await shown_to(given, "megan", IDLE) == []
    await given.switch(**{switched: True})
    await days_pass(given, 1)
    await given.card("megan", IDLE)
    await given.switch(**{switched: False})
    await days_pass(given, 60)
    assert await audited(given, "assignment.ending") == []


async def test_once_megan_has_left_those_who_may_approve_are_shown_that_nobody_stands_for_ana(
    given: Clinic,
) -> None:
    await days_pass(given, 1)
    assert await shown_to(given, "alex", ALONE) == []
    await given.act(act="disable", person="megan")
    await days_pass(given, 1)
    card = await given.card("alex", ALONE)
    assert "Megan Bowen, who asked, has left" in spoken(card)
    assert ENDS in spoken(card)
    assert await shown_to(given, "diego", ALONE) == []
    assert ANA in await told(given, "alex", '/guests "Health Records" sponsorless')
    assert "is kept" in await told(given, "alex", "/keep R-1001")
    await days_pass(given, 60)
    assert await audited(given, "assignment.ending") == []


async def test_whom_nobody_keeps_for_whom_nobody_stands_loses_the_access(given: Clinic) -> None:
    await given.act(act="disable", person="megan")
    await days_pass(given, 1)
    await given.card("alex", ALONE)
    await days_pass(given, 15)
    await given.card("diego", "Ended", "channel")
    [begun] = await audited(given, "assignment.ending")
    assert (begun["why"], begun["actor"]) == ("sponsorless", None)


async def test_of_four_guests_one_card_tells_and_shows_them_all(given: Clinic) -> None:
    for address in ("bo@fabrikam.com", "cy@fabrikam.com", "di@fabrikam.com"):
        await has_accepted(given, address)
    await days_pass(given, 91)
    card = await given.card("megan", "The same is true of 3 more guests of Health Records.")
    assert len(await shown_to(given, "megan", "no longer signs in")) == 1
    answer = shown(await send(given, "megan", "personal", button(card, "guests.page")))
    for address in (ANA, "bo@fabrikam.com", "cy@fabrikam.com", "di@fabrikam.com"):
        assert address in answer
