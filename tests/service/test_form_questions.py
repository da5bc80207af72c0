"""What the policy asks in the form is answered before anything is sent, and kept with what was sent."""

from dataclasses import replace

import pytest

from access.rules.form_questions import FormAnswer
from access.rules.model import App, AppRole, Guest, Kind, ObjectId, Record, Redemption, State
from access.rules.policy_reader import read_policy
from access.rules.refusals import Field, ProblemCode
from access.service.explain import Explain
from access.service.policy_check import PolicyCheck
from access.service.request import Returned
from bot.commands.explaining import explained
from tests.service.house import ALEX, ANA, MEGAN, NIA, POLICY, READER, RECORDS, House, draft

CHARTS = ObjectId("11111111-1111-4111-8111-111111111111")
QUESTIONS = f"""
[[app]]
id = "{CHARTS}"
  [[app.question]]
  id = "project"
  ask = "Which project pays for it?"
  kind = "text"
  [[app.question]]
  id = "ward"
  ask = "Which ward?"
  kind = "choice"
  choices = ["Cardiology", "Radiology"]
  required = false
"""
ANSWERS = {"project": "Apollo", "ward": "radiology"}


@pytest.fixture
def house(house: House) -> House:
    """Return a house in which one app asks two questions."""
    house.tenant.apps[CHARTS] = App(CHARTS, "Charts", roles=(AppRole(READER, "Reader"),))
    house.tenant.owners[CHARTS] = [MEGAN, ALEX, NIA]
    house.policy.policy = read_policy(POLICY + QUESTIONS)
    return house


async def returned(house: House, **answers: object) -> Returned:
    found = await house.send(draft(**{"app": "Charts", **answers}))
    assert isinstance(found, Returned), found
    return found


async def test_a_line_without_a_required_answer_is_given_back_and_nothing_is_sent(house: House) -> None:
    found = await returned(house)
    assert [(one.field, one.code) for one in found.problems] == [
        (Field.QUESTION, ProblemCode.QUESTION_MISSING)
    ]
    assert [one.id for one in found.rules.questions] == ["project", "ward"]
    assert await house.store.requested_by(MEGAN, 9) == []


async def test_a_form_in_which_the_app_was_chosen_later_asks_once_what_it_had_not(house: House) -> None:
    found = await returned(house, asked=frozenset())
    assert [one.code for one in found.problems] == [ProblemCode.QUESTION_NEW] * 2
    seen = frozenset(one.id for one in found.rules.questions)
    again = await returned(house, asked=seen)
    assert [one.code for one in again.problems] == [ProblemCode.QUESTION_MISSING]
    await house.sent(draft(app="Charts", asked=seen, answers={"project": "Apollo"}))


async def test_the_answers_are_kept_as_they_are_understood_and_nobody_asks_for_others(house: House) -> None:
    said = {**ANSWERS, "approver": MEGAN, "note": "x"}
    record = await house.sent(draft(app="Charts", answers=said))
    answers = (
        FormAnswer("project", "Which project pays for it?", "Apollo"),
        FormAnswer("ward", "Which ward?", "Radiology"),
    )
    assert record.request.form_answers == answers
    assert (await house.now(record)).request == record.request
    other = await house.sent(draft(answers=said))
    assert other.request.form_answers == ()


async def test_the_questions_of_a_guest_of_the_directory_are_those_of_their_organisation(
    house: House,
) -> None:
    partner = '[[partner]]\nname = "Fabrikam"\ndomains = ["fabrikam.com"]\n[[partner.question]]\n'
    house.policy.policy = read_policy(f"{POLICY}{partner}id = 'contract'\nask = 'Which?'\nkind = 'text'")
    ana = ObjectId("aaaaaaaa-1111-4111-8111-111111111111")
    house.tenant.guests[ana] = Guest(ana, "Ana", ANA, Redemption.ACCEPTED)
    found = await house.send(replace(draft(address=ana), kind=Kind.ASSIGN))
    assert isinstance(found, Returned)
    assert [one.question.id for one in found.problems if one.question] == ["contract"]


async def test_questions_that_change_while_it_waits_move_nothing(house: House) -> None:
    record = await house.sent(draft(app="Charts", answers=ANSWERS))
    house.policy.policy = read_policy(POLICY + QUESTIONS.replace("Which project pays", "Who pays"))
    approved = await house.decisions.approve(record.request.label, ALEX, None)
    assert isinstance(approved, Record)
    assert approved.request.state is State.DELIVERING
    assert approved.request.form_answers == record.request.form_answers


async def test_the_audit_holds_no_answer(house: House) -> None:
    await house.sent(draft(app="Charts", answers=ANSWERS))
    await returned(house, answers={"ward": "Kidneys"})
    said = repr(await house.audit())
    assert not [text for text in ("Apollo", "adiology", "Kidneys", "Which") if text in said]


async def test_the_policy_check_finds_an_id_that_stands_for_two_questions(house: House) -> None:
    again = '[[defaults.question]]\nid = "project"\nask = "Which project is it for?"\nkind = "text"\n'
    policy = read_policy(again + POLICY + QUESTIONS)
    found = [str(one) for one in await PolicyCheck(house.directory, policy).findings()]
    asks = "project asks something else in defaults.question. Give one of them another id."
    assert [one for one in found if "question" in one] == [f"app 1.question: {asks}"]


async def test_explain_says_what_the_form_asks_and_which_table_says_it(house: House) -> None:
    megan, charts = house.tenant.people[MEGAN], house.tenant.apps[CHARTS]
    explain = Explain(house.directory, house.requests.roster, house.policy.current())
    said = explained(await explain.request(megan, ANA, charts, None))
    assert (
        "The form asks “Which project pays for it?” (project), which must be answered, by app Charts.\n"
        "The form asks “Which ward?” (ward), which may be answered, by app Charts.\n"
    ) in said
    other = await explain.request(megan, ANA, house.tenant.apps[RECORDS], None)
    assert "The form asks" not in explained(other)
