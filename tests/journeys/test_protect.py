"""`/protect` over HTTP: what guests face at the sign-in, gaps first, told to those whose app it is."""

import pytest

from tests.clinic import Clinic
from tests.journeys.acts import ana_is_given_health_records, audited, send, shown, told
from tests.journeys.test_who_may_see import said

ANA = "ana@fabrikam.com"
WHOLE = "Every guest needs a second factor"


async def test_an_owner_sees_what_guests_face_and_what_only_reports_apart(given: Clinic) -> None:
    answer = await told(given, "megan", "/protect")
    for words in (
        "What guests face at sign-in",
        WHOLE,
        "Health Records",
        "Second factor: all · Platform: nobody · Location: nobody",
    ):
        assert words in answer, words
    assert ANA not in answer, "figures alone"


async def test_a_policy_that_only_reports_leaves_the_gap(given: Clinic) -> None:
    await given.switch(guestMfa="reportOnly")
    answer = await told(given, "megan", "/protect")
    for words in (
        "1 guest needs no second factor",
        "Second factor: nobody",
        "With what only reports so far: Second factor: all",
    ):
        assert words in answer, words


async def test_conditions_of_platform_and_place_are_counted(given: Clinic) -> None:
    for name in ("Health Records: only where we work", "Guests: known platforms only"):
        await given.act(act="setPolicy", policy=name, state="enabled")
    answer = await told(given, "megan", '/protect "Health Records"')
    assert "What guests of Health Records face at sign-in" in answer
    for words in ("Platform", "Location", "1 always"):
        assert words in answer, words


async def test_the_row_opens_the_app_alone_and_a_forged_one_shows_nobody_else_s(given: Clinic) -> None:
    await told(given, "megan", "/protect")
    card = await given.card("megan", "What guests face at sign-in")
    [row] = [one["selectAction"] for one in card["card"]["body"] if "selectAction" in one]
    assert "What guests of Health Records" in shown(await send(given, "megan", "personal", row))
    await given.say("diego", "/help")
    for app in (row["data"]["app"], "", None, ["x"]):
        forged = {**row, "data": {**row["data"], "app": app, "page": "x"}}
        assert "Health Records" not in shown(await send(given, "diego", "personal", forged))


async def test_admins_of_security_see_every_app_and_others_none(given: Clinic) -> None:
    assert "Health Records" in await told(given, "isaiah", "/protect")
    assert "Health Records" in await told(given, "lidia", "/protect")
    assert "By the directory no guest holds an app of yours." in await told(given, "diego", "/protect")
    answers = {await told(given, "diego", f'/protect "{app}"') for app in ("Health Records", "No such")}
    assert len(answers) == 1
    assert "There is no app with this name of which you are told." in answers.pop()
    assert {one["act"] for one in await audited(given, "act.refused")} == {"protect"}


async def test_what_may_not_be_read_is_said_with_the_permission_and_is_no_gap(given: Clinic) -> None:
    await given.switch(policyPermission=False)
    answer = await told(given, "megan", "/protect")
    assert "An admin gives Guestlist Policy.Read.All for it." in answer
    assert "second factor" not in answer


async def test_an_app_without_guests_and_what_was_mistyped_are_answered(clinic: Clinic) -> None:
    assert "No guests" in await told(clinic, "megan", "/protect Patient Portal")
    assert "No guests" in await told(clinic, "megan", "/protect page 7")
    assert 'Type /protect, or /protect "Health Records" for one app.' in await told(
        clinic, "megan", '/protect " "'
    )


@pytest.mark.parametrize(
    "line", ['"Health Records" mfaa', "all-apps", "group 1 mfaa", "ana@fabrikam.com mfaa", "R-1001 enforc"]
)
async def test_a_mistyped_wish_is_answered_with_how_it_is_typed_and_is_no_prying(
    clinic: Clinic, line: str
) -> None:
    assert "Write the app in quotes and then what" in await told(clinic, "megan", f"/protect {line}")
    assert await audited(clinic, "act.refused") == []


async def test_before_others_it_is_answered_in_ones_own_chat(given: Clinic) -> None:
    here, own = await said(given, "megan", "/protect", "channel")
    assert "second factor" not in here
    assert WHOLE in own


async def test_it_reads_and_changes_nothing(clinic: Clinic) -> None:
    await ana_is_given_health_records(clinic)
    before = len(await clinic.ledger("graph.call"))
    await told(clinic, "megan", "/protect")
    calls = [one["detail"] for one in (await clinic.ledger("graph.call"))[before:]]
    asked = [one["method"] for one in calls if "conditionalAccess" in one["path"]]
    assert asked
    assert set(asked) == {"GET"}
