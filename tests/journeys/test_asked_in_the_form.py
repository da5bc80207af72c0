"""The organisation's own questions, over HTTP: in the form, in a line, and where the answers are read."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.clinic import INVITE, Clinic, open_clinic, spoken
from tests.journeys.acts import approve, audited, settled, told, waiting_for
from tests.journeys.asking import NOTE, PROJECT, RECORDS, asking_policy
from tests.journeys.forms import Form

APP = "21d5256f-fe57-5ef2-a119-88667f4cf204"
PORTAL = "7113490b-41f6-5cdf-a3ad-47fc2d8dbbe4"
FILLED = {
    "address": "ana@fabrikam.com",
    "name": "Ana Ruiz",
    "app": APP,
    "term": "90d",
    "justification": "She runs the March audit",
}
ANSWERS = {"question-project": "**Apollo** canary 4711", "question-records": "Radiology"}


@pytest.fixture
async def own_clinic(tmp_path: Path) -> AsyncIterator[Clinic]:
    async with open_clinic(tmp_path, policy=asking_policy(tmp_path)) as opened:
        yield opened


async def requests(clinic: Clinic) -> int:
    return len(await audited(clinic, "request.submitted"))


async def test_a_form_asks_what_is_asked_for_the_chosen_app_and_those_who_decide_read_the_answers(
    clinic: Clinic,
) -> None:
    form = await Form.open(clinic, "megan", where="channel")
    assert not [name for name in form.values if name.startswith("question-")]
    again = form.again(await form.send(**FILLED))
    assert "Not sent yet: 3 more questions" in again.errors[""]
    assert {**again.values, **FILLED} == again.values, "nothing typed is lost"

    wrong = again.again(await again.send(**{"question-records": "Kidneys", "question-note": "Please"}))
    assert wrong.errors["question-project"] == "✕ Answer this question."
    assert "Cardiology, Radiology or Both" in wrong.errors["question-records"]
    assert wrong.values["question-note"] == "Please"
    assert await requests(clinic) == 0

    await wrong.send(**ANSWERS, **{"question-admin": "yes, of course"})
    own = await waiting_for(clinic)
    for part in (PROJECT, "“**Apollo** canary 4711”", RECORDS, "“Radiology”", NOTE, "“Please”"):
        assert part in spoken(own)
    mine = await clinic.card("megan", "“**Apollo** canary 4711”", "channel")
    assert "of course" not in spoken(own) + spoken(mine)
    await approve(clinic)
    await clinic.card("diego", "Delivered", "channel")
    await settled(clinic)
    thread = "".join(spoken(one) for one in await clinic.messages("diego", "channel") if one["card"])
    assert not [said for said in (PROJECT, RECORDS, "Apollo", "Radiology") if said in thread]
    assert "“**Apollo** canary 4711”" in await told(clinic, "alex", "/show R-1001")


async def test_answers_can_be_typed_and_a_line_without_them_says_how(clinic: Clinic) -> None:
    line = INVITE.removeprefix("@Guestlist ")
    said = await told(clinic, "megan", line)
    assert f"“{PROJECT}” Answer this question." in said
    assert 'with project: "ANSWER"' in said
    assert 'with records: "Cardiology"' in said
    assert NOTE not in said
    assert await requests(clinic) == 0

    head, because, why = line.partition(" because ")
    typed = f'{head} with project: "Apollo canary 4711" with records: radiology{because}{why}'
    await clinic.say("megan", typed)
    assert "“Radiology”" in spoken(await waiting_for(clinic))


async def test_a_near_miss_keeps_the_answers_in_the_line_to_type_and_in_the_form(clinic: Clinic) -> None:
    typed = "can ana@fabrikam.com get Health Records for 3 months with project: Apollo-canary ?"
    said = await told(clinic, "megan", typed)
    assert "Nothing is sent yet" in said
    assert 'to Health Records for 3 months with project: "Apollo-canary" because JUSTIFICATION' in said
    near = await clinic.card("megan", "Nothing is sent yet")
    form = await Form.of_card(clinic, "megan", near, "invite.open")
    assert form.values["question-project"] == "Apollo-canary"
    assert form.values["app"] == APP


async def test_fill_in_of_a_refused_line_leads_to_the_form_with_what_was_answered(clinic: Clinic) -> None:
    head, because, why = INVITE.removeprefix("@Guestlist ").partition(" because ")
    await clinic.say("megan", f'{head} with project: "Apollo canary 4711"{because}{why}')
    returned = await clinic.card("megan", "Not sent: 1 thing to change")
    form = await Form.of_card(clinic, "megan", returned, "invite.open")
    assert form.values["question-project"] == "Apollo canary 4711"
    assert form.errors["question-records"] == "✕ Answer this question."
    await form.send(name="Ana Ruiz", **{"question-records": "Both"})
    assert "“Both”" in spoken(await waiting_for(clinic))


async def test_an_answer_moves_along_when_another_app_is_chosen_that_asks_the_same(clinic: Clinic) -> None:
    form = await Form.of_data(clinic, "megan", {"address": "ana@fabrikam.com", "app": APP, "term": "90d"})
    assert [name for name in form.values if name.startswith("question-")] == [
        "question-project",
        "question-records",
        "question-note",
    ]
    short = {**FILLED, "justification": "short"}
    moved = form.again(await form.send(**{**short, **ANSWERS, "app": PORTAL}))
    assert moved.values["question-project"] == ANSWERS["question-project"]
    assert "question-records" not in moved.values
    await moved.send(justification=FILLED["justification"])
    request = (await clinic.guestlist.store.numbered(1001)).request
    assert [(one.id, one.text) for one in request.form_answers] == [("project", "**Apollo** canary 4711")]


async def test_before_others_a_line_without_answers_says_no_question(clinic: Clinic) -> None:
    said = await told(clinic, "megan", INVITE, "channel")
    assert "Not sent: 2 things to change" in said
    assert PROJECT not in said
    assert "ANSWER" not in said
