"""People of two languages work on one request, each in their own."""

from tests.clinic import INVITE, Clinic, spoken
from tests.journeys.acts import told

IN_GERMAN = {"locale": "de-DE"}


async def test_an_approver_decides_in_german_on_what_was_asked_in_english(clinic: Clinic) -> None:
    await clinic.post("/teams/control", client={"as": "alex", **IN_GERMAN})
    assert "Was Sie schreiben können" in await told(clinic, "alex", "/help")
    await clinic.say("megan", INVITE)
    asked = await clinic.card("alex", "Wartet auf Ihre Entscheidung")
    assert asked["card"]["lang"] == "de"
    await clinic.press("alex", asked, "approval.approve")
    decided = spoken(await clinic.card("megan", "Delivered"))
    assert "Genehmigt" not in decided
    await clinic.card("alex", "Bereitgestellt")


async def test_what_is_typed_is_answered_in_the_language_of_who_typed_it(clinic: Clinic) -> None:
    await clinic.post("/teams/control", client={"as": "megan", **IN_GERMAN})
    assert "Schreiben Sie die Nummer des Antrags: /approve R-1042" in await told(clinic, "megan", "/approve")
    assert "Es gibt keinen Antrag R-7" in await told(clinic, "megan", "/cancel R-7")
    assert "Nicht gesendet" in await told(clinic, "megan", "/invite ana")
    assert "Noch nichts gesendet" in await told(clinic, "megan", "inviet ana@fabrikam.com")
    assert "Nichts wurde geändert" in await told(clinic, "megan", "Guten Tag")
    listed = await told(clinic, "megan", "@Guestlist /requests", "channel")
    assert "Listen gibt es im persönlichen Chat" in listed


async def test_a_channels_card_is_in_the_language_of_the_house_and_each_view_in_its_readers(
    clinic: Clinic,
) -> None:
    await clinic.post("/teams/control", client={"as": "alex", **IN_GERMAN})
    await clinic.say("alex", "/help")
    await clinic.say("megan", INVITE, "channel")
    await clinic.card("diego", "Waiting for approval", "channel")
    await clinic.card("alex", "Wartet auf Ihre Entscheidung", "channel")
