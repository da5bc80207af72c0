"""`/adopt` over HTTP: an access that an admin gave by hand gets a number, an end, and is taken away by us."""

from typing import Any

import pytest

from access.rules.model import DEFAULT_ACCESS
from tests.clinic import Clinic, spoken, until
from tests.journeys.acts import (
    actions_of,
    ana_is_given_health_records,
    audited,
    button,
    send,
    shown,
    told,
)
from tests.journeys.test_who_may_see import said

ANA = "ana@fabrikam.com"
LINE = f'/adopt {ANA} in "Patient Portal"'


@pytest.fixture
async def held(clinic: Clinic) -> Clinic:
    """Let Ana have Health Records by us, and the Patient Portal by hand."""
    await clinic.switch(auditLag=0)
    await ana_is_given_health_records(clinic)
    await clinic.act(act="assign", address=ANA, app="patient-portal", role=DEFAULT_ACCESS)
    return clinic


async def has(clinic: Clinic, app: str = "Patient Portal") -> bool:
    state = await clinic.get("/sandbox/state")
    [ana] = [one for one in state["guests"] if one["mail"] == ANA]
    return any(app in one for one in (*ana["assignments"], *ana["groups"]))


async def row(clinic: Clinic, who: str = "megan") -> dict[str, Any]:
    """Return what a press on the row of the list sends."""
    await told(clinic, who, "/guests Patient Portal")
    card = await clinic.card(who, "1 guest of Patient Portal")
    [action] = [one["selectAction"] for one in card["card"]["body"] if "selectAction" in one]
    return dict(action)


async def test_a_row_that_is_not_ours_is_adopted_with_an_end_and_removed(held: Clinic) -> None:
    offered = await send(held, "megan", "personal", await row(held))
    assert "Ana has Patient Portal, not by Guestlist" in shown(offered)
    [adopt] = [one for one in actions_of(offered["shown"]) if one.get("verb") == "adopt.send"]
    made = await send(held, "megan", "personal", adopt, inputs={"term": "until 2030-03-31"})
    assert "Adopted as R-1002" in shown(made)
    assert "It ends on Sun 31 Mar 2030" in shown(made)
    assert await has(held)
    answer = await told(held, "megan", "/guests Patient Portal")
    assert "R-1002, adopted by Megan Bowen" in answer
    assert "Ends Sun 31 Mar 2030" in answer
    assert "R-1002" in await told(held, "megan", f"/guest {ANA}")
    await told(held, "megan", "/remove R-1002")

    async def gone() -> bool:
        return not await has(held)

    await until(gone, "the access is taken away")
    assert await has(held, "Health Records")
    [adopted] = await audited(held, "assignment.adopted")
    assert str(adopted["ends_at"]).startswith("2030-03-31")


async def test_it_is_typed_in_a_channel_and_answered_in_the_own_chat(held: Clinic) -> None:
    before_all, own = await said(held, "megan", f"{LINE} for 90d", "channel")
    assert "R-1002" not in before_all
    assert "Adopted as R-1002" in own


async def test_an_adopted_access_without_an_end_gets_one_typed_or_in_the_form(held: Clinic) -> None:
    assert "It has no end" in await told(held, "megan", LINE)
    adopted = [one for one in await held.messages("megan") if one["card"]][-1]
    offered = await send(held, "megan", "personal", button(adopted, "renewal.renew"))
    assert "Set the end of Patient Portal for Ana" in shown(offered)
    assert "over before it begins" in await told(held, "megan", "/extend R-1002 until 2020-01-01")
    form = await told(held, "megan", "/extend R-1002")
    assert "Set the end of Patient Portal for Ana" in form
    card = [one for one in await held.messages("megan") if one["card"]][-1]
    press = button(card, "renewal.send", term="until 2030-03-31")
    assert "It ends on Sun 31 Mar 2030" in shown(await send(held, "megan", "personal", press))
    again = button(card, "renewal.send", term="until 2031-03-31")
    assert "It ends on Sun 31 Mar 2030" in shown(await send(held, "megan", "personal", again))
    assert "Ends Sun 31 Mar 2030" in await told(held, "megan", "/guests Patient Portal")
    [ended] = await audited(held, "assignment.end-set")
    assert str(ended["ends_at"]).startswith("2030-03-31")
    assert "set the end of the access" in await told(held, "megan", "/audit R-1002")


async def test_the_guests_card_renews_the_one_access_that_there_is(held: Clinic) -> None:
    await held.act(act="accept", address=ANA)  # whoever waits is to get a new link first
    await told(held, "megan", f"/guest {ANA}")
    card = [one for one in await held.messages("megan") if one["card"]][-1]
    assert "/extend R-1001 by 90d" in spoken(card)
    assert "R-1002" in shown(await send(held, "megan", "personal", button(card, "renewal.renew")))


async def test_twice_is_once(held: Clinic) -> None:
    assert "Adopted as R-1002" in await told(held, "megan", LINE)
    assert "R-1002 has this access already." in await told(held, "megan", LINE)
    assert len(await audited(held, "assignment.adopted")) == 1


async def test_what_guestlist_gave_is_answered_with_its_number(held: Clinic) -> None:
    answer = await told(held, "megan", f'/adopt {ANA} in "Health Records"')
    assert "R-1001 has this access already." in answer


@pytest.mark.parametrize(
    ("who", "typed", "words"),
    [
        ("diego", LINE, "You adopted nothing"),
        ("megan", '/adopt nobody@fabrikam.com in "Patient Portal"', "You adopted nothing"),
        ("megan", f'/adopt {ANA} in "Billing"', "You adopted nothing"),
        ("megan", f"{LINE} until 2020-01-01", "write the end as a day to come"),
        ("megan", f"{LINE} for ever", "write the end as a day to come"),
        ("megan", f'{LINE} as "Writer"', "but not by that"),
        ("megan", "/adopt", "Write the guest's address and the app"),
        ("megan", "/adopt R-1001", "Write the guest's address and the app"),
        ("megan", f"/adopt {ANA}", "Write the guest's address and the app"),
        ("megan", f"/adopt {ANA} in Patient Portal as Default access for 30d", "Adopted as R-1002"),
        ("lidia", LINE, "Adopted as R-1002"),
    ],
)
async def test_what_is_typed_is_answered(held: Clinic, who: str, typed: str, words: str) -> None:
    assert words in await told(held, who, typed)


async def test_a_forged_press_adopts_nothing(held: Clinic) -> None:
    action = await row(held)
    await held.say("diego", "/help")
    forgeries: list[Any] = [action["data"], {}, {"guest": [], "app": {}}, {**action["data"], "guest": "*"}]
    for verb in ("adopt.view", "adopt.send"):
        for data in forgeries:
            forged = {**action, "verb": verb, "data": data}
            assert ANA not in shown(await send(held, "diego", "personal", forged))
    assert await audited(held, "assignment.adopted") == []
