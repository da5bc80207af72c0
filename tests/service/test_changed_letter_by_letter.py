"""What of a guest's details is an edit: each letter counts, and what nobody touched is none."""

from dataclasses import replace
from typing import Any

import pytest

from access.ports import Refused
from access.rules import profile_changes
from access.rules.causes import Cause
from access.rules.model import Detail, Record
from access.rules.profile_changes import Shown
from access.rules.profiles import Typed, WhyNot
from cards import profile as card
from tests.cards.gallery import LOOK
from tests.service.house import MEGAN, House
from tests.service.test_guest_changes import ANAS, begun, changed, details, given, tried

UNTIDY = "Ana\u202e  Ruiz\u00a0"


async def named(house: House, name: str, company: str = "") -> None:
    """Have the directory call Ana so."""
    await given(house)
    house.tenant.guests[ANAS] = replace(house.tenant.guests[ANAS], name=name)
    house.profiles.companies[ANAS] = company


async def sent(house: House, **typed: str) -> Record | Shown:
    """Send the form as it is shown, with these fields typed, or `not sent`."""
    shown = await house.guest_changes.look(ANAS, MEGAN)
    assert isinstance(shown, Shown)
    answers = fields(shown) | typed
    answers = {key: value for key, value in answers.items() if value != "not sent"}
    result = await tried(house, card.read(answers), seen=profile_changes.mark(shown.profile))
    assert isinstance(result, Record | Shown)
    return result


def fields(shown: Shown) -> dict[str, str]:
    body: list[dict[str, Any]] = card.form(shown, LOOK)["body"]
    return {one["id"]: one.get("value", "") for one in body if one["type"] == "Input.Text"}


async def test_a_name_in_other_letters_is_another_in_the_audit_and_in_the_plan(house: House) -> None:
    await named(house, "Ana Ruiz")
    record = await changed(house, Typed(name="ANA RUIZ"))
    told = (await details(house, record))["request.ordered"]["name"]
    assert told["was"] != told["to"]


async def test_a_change_that_failed_stands_in_the_way_of_no_other_spelling(house: House) -> None:
    await given(house)
    house.faults.before["write"] = [Refused(Cause.RIGHTS_MISSING)]
    assert await house.failed(await begun(house, Typed(name="ANA SOUSA"))) is Cause.RIGHTS_MISSING
    assert isinstance(await tried(house, Typed(name="Ana Sousa")), Record)


async def test_a_name_that_nobody_touched_is_no_edit(house: House) -> None:
    await named(house, UNTIDY)
    result = await sent(house, company="Labs")
    assert isinstance(result, Record)
    assert [edit.what for edit in result.request.edits] == [Detail.COMPANY]


async def test_a_company_that_nobody_touched_is_no_edit(house: House) -> None:
    await named(house, "Ana Ruiz", company="Contoso  Labs ")
    result = await sent(house, name="Ana Sousa")
    assert isinstance(result, Record)
    assert [edit.what for edit in result.request.edits] == [Detail.NAME]


async def test_a_field_that_was_not_sent_is_no_edit(house: House) -> None:
    await named(house, "Ana Ruiz", company="Labs")
    result = await sent(house, name="not sent", company="not sent", sponsor="not sent")
    assert isinstance(result, Shown)
    assert result.why is WhyNot.NOTHING
    assert house.profiles.companies[ANAS] == "Labs"


async def test_a_field_that_was_emptied_is_an_edit(house: House) -> None:
    await named(house, "Ana Ruiz", company="Labs")
    result = await sent(house, company="")
    assert isinstance(result, Record)
    assert [(edit.what, edit.to) for edit in result.request.edits] == [(Detail.COMPANY, "")]


async def test_an_untidy_name_is_tidied_by_who_types_it(house: House) -> None:
    await named(house, UNTIDY)
    [edit] = (await begun(house, Typed(name="Ana Ruiz"))).request.edits
    assert (edit.was, edit.to) == (UNTIDY, "Ana Ruiz")


async def test_the_form_turns_no_line_around(house: House) -> None:
    await named(house, UNTIDY, company="Labs\u202e")
    shown = await house.guest_changes.look(ANAS, MEGAN)
    assert isinstance(shown, Shown)
    drawn = card.form(shown, LOOK)
    assert fields(shown) == {"name": "Ana Ruiz", "company": "Labs", "sponsor": ""}
    assert "\u202e" not in f"{drawn['fallbackText']}{drawn.get('speak', '')}"


@pytest.mark.parametrize("field", ["name", "company", "sponsor"])
async def test_what_was_typed_comes_back_cut_to_what_its_field_takes(house: House, field: str) -> None:
    await given(house)
    shown = await tried(house, Typed(**{field: "x" * 10_000}))
    assert isinstance(shown, Shown)
    assert shown.why is not None
    assert len(fields(shown)[field]) <= 256
