"""What cannot be sent, typed and in the form: a clear answer, and nothing is lost."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.clinic import INVITE, POLICY, Clinic, open_clinic, spoken
from tests.journeys.acts import told
from tests.journeys.forms import Form

ANA = "ana@fabrikam.com"
WHY = "because she runs the March audit"
HEALTH_RECORDS = "21d5256f-fe57-5ef2-a119-88667f4cf204"
QUALITY_REPORTS = "c50729e4-16a9-5ad6-8cac-9977c4a78532"
OLD_HEALTH_RECORDS = "6e2bcf12-a1de-5f43-8e6e-3a0d81de1682"
LONG = "so " * 300
FILLED = {
    "address": ANA,
    "name": "Ana Ruiz",
    "app": HEALTH_RECORDS,
    "access": "group:bdec204c-40ed-5221-b43f-21005de59ad1",
    "term": "30d",
    "justification": "She runs the March audit.",
    "message": "Welcome, Ana!",
}

together = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Clinic]:
    """Serve one clinic for the tables, which send nothing."""
    async with open_clinic(tmp_path_factory.mktemp("desk")) as opened:
        await opened.act(act="setProperties", person="diego", properties={"otherMails": ["d@wards.example"]})
        yield opened


async def nothing_was_sent(clinic: Clinic) -> None:
    assert await clinic.guestlist.store.waiting(10) == []
    calls = await clinic.ledger("graph.call")
    assert [one for one in calls if one["detail"]["method"] != "GET"] == []


@together
@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        (f"to Health Records for 90d {WHY}", "Write the guest's address"),
        (f"ana to Health Records for 90d {WHY}", "Write one address, such as ana@fabrikam.com"),
        (f"ana@x@y.com to Health Records for 90d {WHY}", "Write one address"),
        (f"ana+audit@fabrikam.com to Health Records for 90d {WHY}", "Try ana@fabrikam.com"),
        (f"a!na@fabrikam.com to Health Records for 90d {WHY}", "cannot invite an address with ! in it"),
        (f"joni@contoso-health.com to Health Records for 90d {WHY}", "is a domain of this organisation"),
        (f"x@ContosoHealth.onmicrosoft.com to Health Records for 90d {WHY}", "is a domain of this"),
        (f"d@wards.example to Health Records for 90d {WHY}", "belongs to Diego Siciliani, a member"),
        (f"ana@mailinator.com to Health Records for 90d {WHY}", "does not allow guests from mailinator.com"),
        (f"{ANA} for 90d {WHY}", "Choose an app"),
        (f"{ANA} to Helth Recods for 90d {WHY}", "Did you mean Health Records"),
        (f"{ANA} to Quality Reports for 90d {WHY}", "does not let you request for Quality Reports"),
        (f"{ANA} to Old Health Records for 90d {WHY}", "Sign-in to Old Health Records is switched off"),
        (f"{ANA} to Microsoft Graph for 90d {WHY}", "You can request for no app of this name"),
        (f"{ANA} to Health Records as Owner for 90d {WHY}", "has no role or group of this name"),
        (f"{ANA} to Health Records {WHY}", "Choose a term, such as 90d"),
        (f"{ANA} to Health Records for 400d {WHY}", "The longest term for Health Records is 365 days"),
        (f"{ANA} to Health Records until 2999-01-01 {WHY}", "The longest term for Health Records is 365"),
        (f"{ANA} to Health Records until 2020-01-31 {WHY}", "This term is over before it begins"),
        (f"{ANA} to Health Records until 2027-02-30 {WHY}", "Write the term as"),
        (f"{ANA} to Health Records for 90d", "Write why the guest needs the app."),
        (f"{ANA} to Health Records for 90d because yes", "in at least 10 characters"),
        (f"{ANA} to Health Records for 90d because {LONG}", "too long. Write at most 500"),
    ],
)
async def test_a_line_that_cannot_be_sent_says_what_to_change_and_keeps_what_was_typed(
    desk: Clinic, typed: str, answer: str
) -> None:
    said = await told(desk, "megan", f"/invite {typed}")
    assert "Not sent: 1 thing to change" in said
    assert answer in said

    form = await Form.of_card(desk, "megan", (await desk.messages("megan"))[-1], "invite.open")
    head, _, why = typed.partition(" because ")
    for word in head.replace(" to ", " ").replace(" for ", " ").replace(" as ", " ").split():
        known = {"Health": HEALTH_RECORDS, "Records": HEALTH_RECORDS, "Old": OLD_HEALTH_RECORDS}
        held = str(form.dialog["card"]).casefold()
        assert word.casefold() in held or known.get(word, "-") in held, word
    assert form.values["justification"] == why.strip()
    await nothing_was_sent(desk)


@together
async def test_did_you_mean_names_only_apps_that_the_caller_may_request_for(desk: Clinic) -> None:
    assert "Quality Reports" not in await told(desk, "megan", f"/invite {ANA} to Qualty Reports for 9d {WHY}")
    henrietta = await told(desk, "pradeep", f"/invite {ANA} to Imaging for 90d {WHY}")
    assert "Imaging Viewer" in henrietta
    assert "Imaging Archive" in henrietta
    assert "Imaging Archive" not in await told(desk, "megan", f"/invite {ANA} to Imaging for 90d {WHY}")


@together
async def test_everything_wrong_is_said_at_once(desk: Clinic) -> None:
    said = await told(desk, "megan", "/invite a+b@fabrikam.com to Nothing for 0d because no")
    assert "Not sent: 4 things to change" in said


@together
@pytest.mark.parametrize(
    ("changed", "field", "answer"),
    [
        ({"address": ""}, "address", "Write the guest's address"),
        ({"address": "ana"}, "address", "Write one address"),
        ({"address": "ana+audit@fabrikam.com"}, "address", "Try ana@fabrikam.com"),
        ({"address": "joni@contoso-health.com"}, "address", "is a domain of this organisation"),
        ({"address": "d@wards.example"}, "address", "belongs to Diego Siciliani"),
        ({"address": "x@mailinator.com"}, "address", "does not allow guests from mailinator.com"),
        ({"name": "Ana " * 40}, "name", "Write at most 100 characters"),
        ({"app": ""}, "app", "Choose an app"),
        ({"app": "0" * 36}, "app", "You can request for no app of this name"),
        ({"app": QUALITY_REPORTS}, "app", "You can request for no app of this name"),
        ({"access": "app-role:" + "0" * 36}, "access", "has no role or group of this name"),
        ({"term": "400d"}, "term", "The longest term for Health Records is 365 days"),
        ({"term": "until", "until": "2020-01-31"}, "until", "over before it begins"),
        ({"term": "until", "until": "2999-01-31"}, "until", "The longest term"),
        ({"term": "until"}, "until", "Choose a term"),
        ({"justification": ""}, "justification", "Write why the guest needs the app."),
        ({"justification": "audit"}, "justification", "in at least 10 characters"),
        ({"justification": LONG}, "justification", "Write at most 500"),
        ({"message": LONG}, "message", "Write at most 500"),
    ],
)
async def test_the_form_comes_back_with_a_sentence_under_the_field_and_everything_typed(
    desk: Clinic, changed: dict[str, str], field: str, answer: str
) -> None:
    form = await Form.open(desk, "alex")
    sent = {**FILLED, **changed}

    again = form.again(await form.send(**sent))

    assert set(again.errors) == {"", field}
    assert answer in again.errors[field]
    assert "Not sent: 1 field needs a change" in again.errors[""]
    assert {name: again.values[name] for name in sent} == sent
    await nothing_was_sent(desk)


async def test_a_form_with_two_mistakes_marks_both_and_is_sent_once_they_are_mended(clinic: Clinic) -> None:
    form = await Form.open(clinic, "megan")
    again = form.again(await form.send(**{**FILLED, "address": "ana", "justification": "no"}))
    assert set(again.errors) == {"", "address", "justification"}
    assert again.values["message"] == FILLED["message"]

    assert (await again.send(address=ANA, justification="The March audit.", term="30d"))["kind"] == "nothing"

    await clinic.card("megan", "Waiting for approval")


@together
@pytest.mark.parametrize("typed", ["hello there", "?", "/", "/frobnicate R"])
async def test_what_is_no_command_is_answered_with_what_can_be_typed(desk: Clinic, typed: str) -> None:
    said = await told(desk, "diego", typed)
    assert "Nothing was changed" in said
    assert "/invite ADDRESS to APP" in said


@together
@pytest.mark.parametrize("typed", ["/resend Ana", "/undo it", "/restore Ana", "/chnage Ana", "/show me"])
async def test_a_command_that_cannot_be_read_is_answered_with_how_that_one_is_typed(
    desk: Clinic, typed: str
) -> None:
    said = await told(desk, "diego", typed)
    word = typed.split(" ", 1)[0].replace("chnage", "change")
    assert f"You typed “{typed}”" in said
    assert f"{word} " in said
    assert "/invite" not in said


@together
@pytest.mark.parametrize("where", ["personal", "channel"])
async def test_an_empty_message_is_answered_with_what_can_be_typed(desk: Clinic, where: str) -> None:
    said = await told(desk, "diego", "@Guestlist" if where == "channel" else "", where)
    assert "What you can type" in said
    assert "Your message holds no text." in said


@together
@pytest.mark.parametrize("word", ["approve", "deny", "cancel", "retry"])
async def test_a_command_without_its_request_or_of_an_unknown_one_says_so(desk: Clinic, word: str) -> None:
    assert f"/{word} R-1042" in await told(desk, "diego", f"/{word}")
    more = " not this quarter" if word == "deny" else ""
    assert "There is no request R-9999" in await told(desk, "diego", f"/{word} R-9999{more}")
    everything = await told(desk, "diego", f"/{word} everything{more}")
    assert "Nothing was changed" in everything
    assert f"/{word} R-1042" in everything


async def test_who_may_not_request_is_told_and_offered_no_app(clinic: Clinic) -> None:
    refused = await told(clinic, "isaiah", INVITE.removeprefix("@Guestlist "))
    assert "does not let you request for Health Records" in refused

    form = await Form.open(clinic, "isaiah")
    assert "You can request for no app of this name" in form.again(await form.send(**FILLED)).errors["app"]
    place = await clinic.place("isaiah", "personal")
    asked: dict[str, Any] = {"as": "isaiah", "conversation": place, "dataset": "apps"}
    found = await clinic.post("/teams/search", **asked, query="health")
    assert found["shown"]["results"] == []
    asked["dataset"] = "access"
    found = await clinic.post("/teams/search", **asked, query="", inputs={"app": HEALTH_RECORDS})
    assert found["shown"]["results"] == []

    for become in ({"userType": "Guest"}, {"userType": "Member", "accountEnabled": False}):
        await clinic.act(act="setProperties", person="megan", properties=become)
        assert "does not let you request" in await told(clinic, "megan", INVITE.removeprefix("@Guestlist "))
    await nothing_was_sent(clinic)


async def test_the_same_request_again_points_to_the_first_typed_and_in_the_form(clinic: Clinic) -> None:
    await clinic.say("megan", INVITE, "channel")
    line = f"/invite {ANA.upper()} to health records for 30d because of something else"
    for who in ("megan", "alex"):
        again = await told(clinic, who, line)
        assert "Not sent: the same as R-1001" in again
        assert "Nia Chen" in again

    form = await Form.open(clinic, "megan")
    shown = await form.send(**FILLED)
    assert "Not sent: the same as R-1001" in spoken({"card": shown["dialog"]["card"]})

    other = await told(clinic, "megan", f"/invite {ANA} to Health Records as Auditor for 30d {WHY}")
    assert "Not sent" not in other
    assert len(await clinic.guestlist.store.waiting(10)) == 2


async def test_a_request_that_nobody_could_decide_is_not_sent(tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(
        "".join(
            line for line in POLICY.read_text("utf-8").splitlines(keepends=True) if "fallback" not in line
        )
    )
    async with open_clinic(tmp_path, policy=policy) as clinic:
        typed = await told(clinic, "pradeep", f"/invite {ANA} to Imaging Archive for 30d {WHY}")
        assert "Nobody can approve a request for Imaging Archive now" in typed

        form = await Form.open(clinic, "pradeep")
        archive = {**FILLED, "app": "ec375827-029d-5ced-b177-217fe696b667", "access": ""}
        again = form.again(await form.send(**archive))
        assert "Nobody can approve a request for Imaging Archive now" in again.errors[""]
        assert again.values["message"] == FILLED["message"]
        await nothing_was_sent(clinic)


async def test_a_guest_who_has_the_access_already_is_not_asked_for(clinic: Clinic) -> None:
    await clinic.say("megan", INVITE)
    await clinic.card("megan", "Waiting for approval")
    await told(clinic, "alex", "/approve R-1001")
    await clinic.card("megan", "Delivered")

    again = await told(clinic, "megan", f"/assign {ANA} to Health Records for 30d {WHY}")
    assert "has Health Records already, by Health Records guests. Nothing is left to request" in again
    form = await Form.open(clinic, "megan")
    assert "already" in form.again(await form.send(**FILLED)).errors["app"]


async def test_while_the_directory_cannot_be_read_nothing_is_sent_and_nothing_typed_is_lost(
    clinic: Clinic,
) -> None:
    form = await Form.open(clinic, "megan")
    await clinic.fault(match={"path": "^/v1.0/"}, mix={"503-before": 1.0})

    assert "cannot read the directory at the moment" in await told(
        clinic, "megan", f"/invite {ANA} to X for 9d"
    )
    again = form.again(await form.send(**FILLED))
    assert "could not read the directory" in again.errors[""]
    assert {name: again.values[name] for name in FILLED} == FILLED

    await clinic.post("/sandbox/faults/clear")
    await nothing_was_sent(clinic)
    assert (await again.send())["kind"] == "nothing"
    await clinic.card("megan", "Waiting for approval")


async def test_a_group_that_a_rule_fills_cannot_be_chosen(clinic: Clinic) -> None:
    dynamic = {"groupTypes": ["DynamicMembership"], "membershipRule": '(user.userType -eq "Guest")'}
    await clinic.act(act="setProperties", group="guests-health-records", properties=dynamic)

    line = f"/invite {ANA} to Health Records as Health Records guests for 30d {WHY}"
    assert "Nobody can be added to Health Records guests by hand" in await told(clinic, "megan", line)
    form = await Form.open(clinic, "megan")
    assert "has no role or group" in form.again(await form.send(**FILLED)).errors["access"]
    place = await clinic.place("megan", "personal")
    asked: dict[str, Any] = {"as": "megan", "conversation": place, "dataset": "access", "query": ""}
    found = await clinic.post("/teams/search", **asked, inputs={"app": HEALTH_RECORDS})
    assert {row["title"] for row in found["shown"]["results"]} == {"Role Auditor", "Role Clinician"}
    await nothing_was_sent(clinic)


async def test_a_guest_whom_the_directory_does_not_know_is_assigned_nothing(clinic: Clinic) -> None:
    said = await told(clinic, "megan", f"/assign {ANA} to Imaging Viewer for 30d {WHY}")
    assert f"No guest has the address {ANA}. Type /invite" in said
