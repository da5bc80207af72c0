"""Bad input gets a clear answer and loses nothing, typed and in the form."""

from typing import Any

from tests.clinic import Clinic, spoken

WHY = "because she runs the March audit"
TYPED = [
    ("/invite ana to Health Records for 90d " + WHY, "such as ana@fabrikam.com"),
    ("/invite someone@contoso-health.com to Health Records for 90d " + WHY, "contoso-health.com"),
    ("/invite ana+audit@fabrikam.com to Health Records for 90d " + WHY, "Try ana@fabrikam.com"),
    ("/invite ana@mailinator.com to Health Records for 90d " + WHY, "mailinator.com"),
    ("/invite ana@fabrikam.com to Healt Record for 90d " + WHY, "Health Records"),
    ("/invite ana@fabrikam.com to Bed Board for 90d " + WHY, "Bed Board"),
    ("/invite ana@fabrikam.com to Health Records " + WHY, "90"),
    ("/invite ana@fabrikam.com to Health Records for 9999d " + WHY, "365"),
    ("/invite ana@fabrikam.com to Health Records until 2020-01-31 " + WHY, "term"),
    ("/invite ana@fabrikam.com to Health Records for 90d", "Write why the guest needs the app"),
    ("/assign ana@fabrikam.com to Health Records for 90d " + WHY, "/invite"),
]


async def newest(clinic: Clinic, who: str) -> str:
    """Return what the newest card in 1:1 says."""
    return spoken([one for one in await clinic.messages(who) if one["card"]][-1])


async def test_each_mistake_in_a_line_is_answered_with_what_to_change_and_nothing_is_sent(
    clinic: Clinic,
) -> None:
    for line, expected in TYPED:
        await clinic.say("megan", line)
        said = await newest(clinic, "megan")
        assert "Not sent" in said, line
        assert expected in said, (line, said)
    assert await clinic.guestlist.store.waiting(10) == []


async def test_what_nobody_understands_is_answered_with_what_can_be_typed(clinic: Clinic) -> None:
    for line in ("hello there", "/", "/aprove R-1"):
        await clinic.say("diego", line)
        assert "/invite" in await newest(clinic, "diego"), line


async def test_the_form_comes_back_with_a_sentence_under_the_field_and_everything_typed(
    clinic: Clinic,
) -> None:
    await clinic.say("megan", "/invite")
    start = await clinic.card("megan", "Invite a guest")
    place = await clinic.place("megan", "personal")
    opened = await clinic.post(
        "/teams/press",
        **{"as": "megan"},
        conversation=place,
        messageId=start["id"],
        action={"title": "Fill in"},
    )
    dialog: dict[str, Any] = opened["shown"]["dialog"]
    typed = {
        "address": "ana+audit@fabrikam.com",
        "name": "Ana Ruiz",
        "app": "Health Records",
        "term": "90d",
        "justification": "She runs the March audit.",
    }

    answer = await clinic.post(
        "/teams/dialog/submit",
        **{"as": "megan"},
        dialog=dialog["id"],
        action={"title": "Send request"},
        inputs=typed,
    )

    again = str(answer["shown"]["dialog"]["card"])
    assert "Try ana@fabrikam.com" in again
    for kept in ("ana+audit@fabrikam.com", "Ana Ruiz", "She runs the March audit."):
        assert kept in again
