"""An account with nothing left, over HTTP: the owner of the app that it was made for takes it away."""

from tests.clinic import Clinic
from tests.journeys.acts import ana_is_given_health_records, audited, button, send, settled, shown, told
from tests.journeys.test_from_directory import ANA, NONE, NOW, REMOVE, guests


async def ana_has_lost_everything(clinic: Clinic) -> None:
    """Have Ana's account made for Health Records, and that access removed."""
    await clinic.switch(auditLag=0)
    await ana_is_given_health_records(clinic)
    await told(clinic, "megan", "/remove R-1001")
    await clinic.card("diego", "Ended", "channel")
    await settled(clinic)
    assert len(await clinic.ledger("member.removed")) == 1


async def test_who_owns_the_app_removes_it_and_a_colleague_brings_it_back(clinic: Clinic) -> None:
    await ana_has_lost_everything(clinic)
    answer = await told(clinic, "megan", REMOVE)
    assert "Nothing is removed yet" in answer
    assert "Apps:" not in answer
    cards = [one for one in await clinic.messages("megan") if one["card"]]
    press = button(cards[-1], "account.remove")
    done = await send(clinic, "megan", "personal", press, inputs={"justification": "The audit is over"})
    assert "R-1002 has begun" in shown(done)
    await settled(clinic)
    assert [one["accountEnabled"] for one in await guests(clinic)] == [False]
    card = str(await clinic.card("megan", "Blocked"))
    assert "Owner of the app that the account was made for" in card
    assert "every app" not in card
    [ordered] = await audited(clinic, "request.ordered")
    assert ordered["actor"] == clinic.story.person("megan")["id"]
    assert "wanted the account back" in await told(clinic, "alex", "/restore R-1002")
    await clinic.card("megan", "is in the directory again")
    assert [one["accountEnabled"] for one in await guests(clinic)] == [True]


async def test_who_owns_another_app_alone_does_not_and_learns_nothing(clinic: Clinic) -> None:
    await ana_has_lost_everything(clinic)
    for who in ("lynne", "diego"):
        assert NONE in await told(clinic, who, NOW)
        assert NONE in await told(clinic, who, NOW.replace(ANA, "nobody@fabrikam.com"))
    assert [one["accountEnabled"] for one in await guests(clinic)] == [True]
