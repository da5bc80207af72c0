"""`/renewals` over HTTP: what ends, several of it renewed at once by ticks or by a line, or let end."""

from datetime import timedelta
from typing import Any

import pytest

from access.rules.model import DEFAULT_ACCESS
from tests.clinic import Clinic, spoken
from tests.journeys.acts import approve, audited, button, send, settled, shown, told
from tests.journeys.test_access_ends import ages
from tests.journeys.test_who_may_see import said

ANA, BO = "ana@fabrikam.com", "bo@fabrikam.com"


@pytest.fixture
async def ending(clinic: Clinic) -> Clinic:
    """Let Ana and Bo have Health Records for ninety days, of which eighty are over."""
    for address in (ANA, BO):
        line = f"/invite {address} to Health Records for 90d because the March audit needs help"
        await clinic.say("megan", line)
        await approve(clinic)
        await settled(clinic)
    for number in (1001, 1002):
        await ages(clinic, timedelta(days=80), number)
    return clinic


async def listed(clinic: Clinic, typed: str = "/renewals", who: str = "megan") -> dict[str, Any]:
    """Return the card that answers."""
    await told(clinic, who, typed)
    return [one for one in await clinic.messages(who) if one["card"]][-1]


def boxes(card: dict[str, Any]) -> dict[str, str]:
    """Return what ticking every box of a card would send."""
    items = [one for row in card["body"] for one in row.get("items", [])]
    ticks = [one for one in items if one["type"] == "Input.ChoiceSet"]
    return {one["id"]: one["choices"][0]["value"] for one in ticks}


async def test_two_are_ticked_and_each_is_asked_for_by_itself_and_a_second_press_changes_nothing(
    ending: Clinic,
) -> None:
    card = await listed(ending)
    assert "2 accesses end within 30 days" in spoken(card)
    assert "once that is approved" in spoken(card)
    assert "no sign-in on record" in spoken(card)
    ticked = boxes(card["card"])
    assert len(ticked) == 2
    press = button(card, "renewals.renew", **ticked)
    first = shown(await send(ending, "megan", "personal", press))
    assert "2 of 2 renewed or asked for" in first
    assert "R-1003" in first
    assert "R-1004" in first
    assert "2 of 2 renewed or asked for" in shown(await send(ending, "megan", "personal", press))
    assert len(await audited(ending, "request.submitted")) == 4
    assert "A renewal is asked for already" in await told(ending, "megan", "/renewals")


async def test_what_is_typed_is_the_same_and_says_of_each_what_came_of_it(ending: Clinic) -> None:
    line = f'/renewals "Health Records" renew {ANA}, R-1002, nobody@fabrikam.com and R-4711'
    answer = await told(ending, "megan", line)
    assert "2 of 4 renewed or asked for" in answer
    assert answer.count("there is no such access that is yours") >= 2
    again = await told(ending, "megan", f"/renewals renew {ANA}")
    assert "a renewal is asked for already" in again


async def test_what_was_adopted_is_renewed_with_a_justification_and_is_still_ticked_where_it_lacked(
    ending: Clinic,
) -> None:
    await ending.act(act="assign", address=ANA, app="patient-portal", role=DEFAULT_ACCESS)
    await told(ending, "megan", f'/adopt {ANA} in "Patient Portal" for 20d')
    card = await listed(ending, '/renewals "Patient Portal"')
    assert "Write a justification below." in spoken(card)
    press = button(card, "renewals.renew", **boxes(card["card"]))
    refused = shown(await send(ending, "megan", "personal", press))
    assert "Write why the guest needs the app." in refused
    assert "/renewals renew R-1003 because JUSTIFICATION" in refused
    answer = [one for one in await ending.messages("megan") if one["card"]][-1]
    back = await send(ending, "megan", "personal", button(answer, "renewals.page"))
    assert "Patient Portal" in shown(back)
    kept = [one for one in await ending.messages("megan") if one["card"]][-1]
    why = "The portal is needed until the audit is over"
    again = button(kept, "renewals.renew", **boxes(kept["card"]), justification=why)
    assert "1 of 1 renewed or asked for" in shown(await send(ending, "megan", "personal", again))
    typed = "/renewals renew R-1001 because it goes on until autumn"
    assert "1 of 1 renewed or asked for" in await told(ending, "megan", typed)
    assert "it goes on until autumn" in spoken(await ending.card("alex", "R-1005", "personal"))


async def test_several_are_let_end_and_a_tick_of_before_a_renewal_changes_nothing(ending: Clinic) -> None:
    card = await listed(ending)
    ticked = boxes(card["card"])
    await told(ending, "megan", "/extend R-1001 by 30d")
    await approve(ending)
    await settled(ending)
    answer = shown(await send(ending, "megan", "personal", button(card, "renewals.end", **ticked)))
    assert "1 of 2 ends as it does" in answer or "1 of 2 end as they do" in answer
    assert "the end has moved meanwhile" in answer
    [noted] = await audited(ending, "assignment.not-renewed")
    assert noted["actor"] == ending.story.person("megan")["id"]
    assert "Not to be renewed" in await told(ending, "megan", "/renewals")


async def test_a_justification_for_letting_end_is_refused_and_not_dropped(ending: Clinic) -> None:
    answer = await told(ending, "megan", f"/renewals norenew {ANA} because the audit is over")
    assert "Nothing was changed: to let an access end takes no justification." in answer
    assert "/renewals norenew R-1042" in answer
    assert await audited(ending, "assignment.not-renewed") == []
    answer = await told(ending, "megan", "/norenew R-1001 because the audit is over")
    assert "Nothing was changed: to let an access end takes no justification." in answer
    assert await audited(ending, "assignment.not-renewed") == []


async def test_nothing_ticked_is_answered_and_changes_nothing(ending: Clinic) -> None:
    card = await listed(ending)
    answer = shown(await send(ending, "megan", "personal", button(card, "renewals.renew")))
    assert "Tick whom you mean first" in answer
    assert len(await audited(ending, "request.submitted")) == 2


async def test_an_admin_sees_all_and_renews_none_that_the_policy_does_not_let_them(ending: Clinic) -> None:
    answer = await told(ending, "lidia", "/renewals Health Records")
    assert "2 accesses end within 30 days" in answer
    assert "Not yours to renew" in answer
    assert {one["actor"] for one in await audited(ending, "guests.looked")} == {
        ending.story.person("lidia")["id"]
    }


@pytest.mark.parametrize(
    ("who", "typed", "answer"),
    [
        ("diego", "/renewals", "No access of your guests ends"),
        ("diego", "/renewals Health Records", "There is no app with this name whose guests you may see"),
        ("megan", "/renewals No Such App", "There is no app with this name whose guests you may see"),
        ("megan", "/renewals renew Ana", "Write whom you mean by address or by the number"),
        ("megan", "/renewals Patient Portal", "No access of your guests ends"),
        ("diego", f"/renewals renew {ANA}", "there is no such access that is yours"),
    ],
)
async def test_bad_input_is_answered_and_of_others_guests_nothing_is_said(
    ending: Clinic, who: str, typed: str, answer: str
) -> None:
    assert answer in await told(ending, who, typed)
    assert len(await audited(ending, "request.submitted")) == 2


async def test_in_a_channel_it_is_answered_in_the_own_chat(ending: Clinic) -> None:
    before_all, own = await said(ending, "megan", "/renewals", "channel")
    assert ANA not in before_all
    assert ANA in own
