import json
from dataclasses import replace
from typing import Any

import pytest

from access.rules.draft import Draft
from access.rules.model import FormAnswer, Kind, Record
from access.rules.refusals import Field, Problem, ProblemCode
from cards import guess
from cards.draw import draw
from cards.form_fields import FormView
from cards.request_form import data_of, form, read
from tests.cards.gallery import ALEX, FORM, LOOK, NEAR_MISS, QUESTIONS, asked


def inputs(card: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {part["id"]: part for part in card["body"] if part["type"].startswith("Input.")}


@pytest.mark.parametrize("kind", Kind)
def test_what_is_filled_in_comes_back_as_it_was(kind: Kind) -> None:
    draft = replace(FORM, kind=kind, message="Welcome", name=FORM.name if kind is Kind.INVITE else "")
    filled = {name: part.get("value", "") for name, part in inputs(form(FormView(draft=draft), LOOK)).items()}
    assert read(kind, {"verb": f"{kind}.send", **filled}) == draft


def test_what_a_button_carries_opens_the_form_with_everything_that_was_understood() -> None:
    button = guess.invitation(NEAR_MISS, "invite ana", LOOK, asks_why=True)["actions"][0]
    assert read(Kind.INVITE, button["data"]) == NEAR_MISS
    assert data_of(Draft(kind=Kind.INVITE)) == {}


def test_answers_that_are_no_text_are_no_answers() -> None:
    assert read(Kind.INVITE, {"address": ["a"], "app": {"x": 1}, "term": 90}) == Draft(kind=Kind.INVITE)


def test_a_problem_stands_under_its_field() -> None:
    problems = [Problem(Field.APP, ProblemCode.APP_MISSING), Problem(Field.WHOLE, ProblemCode.UNREADABLE)]
    body = form(FormView(draft=FORM, problems=problems), LOOK)["body"]
    place = next(place for place, part in enumerate(body) if part.get("id") == "app")
    assert body[place + 1]["text"] == "✕ Choose an app."
    assert body[place + 1]["color"] == "Attention"
    strip = [part["text"] for part in body[0]["items"]]
    assert strip[0] == "✕ Not sent: 1 field needs a change"
    assert "could not read the directory" in strip[1]


def test_every_field_has_a_place_for_its_problem() -> None:
    project = QUESTIONS[0]
    for field in Field:
        about = project if field is Field.QUESTION else None
        problem = Problem(field, ProblemCode.TOO_LONG, ("500",), about)
        card = form(FormView(draft=FORM, problems=[problem], questions=QUESTIONS), LOOK)
        assert "Write at most 500 characters." in str(card["body"])


@pytest.mark.parametrize("said", [{}, {"project": "Apollo", "area": "Radiology", "note": "x" * 500}])
def test_what_is_answered_to_the_policys_questions_comes_back_as_it_was(said: dict[str, str]) -> None:
    card = form(FormView(draft=replace(FORM, answers=said), questions=QUESTIONS), LOOK)
    filled = {name: part.get("value", "") for name, part in inputs(card).items()}
    sent = {**card["actions"][0]["data"], **filled}
    had = frozenset({"project", "area", "note"})
    assert read(Kind.INVITE, sent) == replace(FORM, answers=said, asked=had)
    assert read(Kind.INVITE, data_of(replace(FORM, answers=said))) == replace(FORM, answers=said)


def test_the_policys_questions_are_fields_of_their_kind() -> None:
    shown = inputs(form(FormView(draft=FORM, questions=QUESTIONS), LOOK))
    project, area, note = (shown[f"question-{one.id}"] for one in QUESTIONS)
    assert (project["label"], project["maxLength"], project["isRequired"]) == (QUESTIONS[0].ask, 100, True)
    assert not project["isMultiline"]
    assert note["isMultiline"]
    assert [one["value"] for one in area["choices"]] == ["Cardiology", "Radiology"]
    assert note["label"] == f"{QUESTIONS[2].ask} (optional)"
    assert "isRequired" not in note


def test_a_choice_that_is_none_is_not_chosen_and_a_typed_one_is_in_the_policys_spelling() -> None:
    for said, value in (("Kidneys", None), ("radiology", "Radiology")):
        view = FormView(draft=replace(FORM, answers={"area": said}), questions=QUESTIONS)
        assert inputs(form(view, LOOK))["question-area"].get("value") == value


def test_a_form_that_comes_back_for_new_questions_alone_says_that_nothing_is_wrong() -> None:
    new = [Problem(Field.QUESTION, ProblemCode.QUESTION_NEW, (), one) for one in QUESTIONS]
    body = form(FormView(draft=FORM, problems=new, questions=QUESTIONS), LOOK)["body"]
    assert body[0]["items"][0]["text"] == "! Not sent yet: 3 more questions"
    assert not [part for part in body if part.get("color") == "Attention"]
    both = [*new, Problem(Field.TERM, ProblemCode.TERM_MISSING)]
    body = form(FormView(draft=FORM, problems=both, questions=QUESTIONS), LOOK)["body"]
    assert body[0]["items"][0]["text"] == "✕ Not sent: 4 fields need a change"


def test_a_form_takes_no_more_answers_than_a_policy_asks_and_no_id_that_it_cannot_have() -> None:
    data = {f"question-{name}": "x" for name in (*"abcdefgh", "A", "a b", "é", "a" * 31)}
    assert len(read(Kind.INVITE, data).answers) == 5
    assert read(Kind.INVITE, {"question-A": "x", "question-": "x", "question-a": ["x"]}).answers == {}


def test_a_form_with_the_most_and_longest_questions_fits_into_a_message() -> None:
    choices = tuple(f"{number:03}{'字' * 17}" for number in range(25))
    most = [
        replace(one, ask="字" * 120, choices=choices[:20])
        for one in (replace(QUESTIONS[1], id=f"{letter}{'x' * 29}") for letter in "abcde")
    ]
    card = form(FormView(draft=replace(FORM, justification="字" * 500), questions=most), LOOK)
    assert len(json.dumps(card, ensure_ascii=False).encode()) < 28 * 1024


def test_a_card_with_the_longest_answers_fits_into_a_message() -> None:
    words, (first, *_) = "字" * 500, asked().request.questions
    request = replace(
        asked().request,
        justification=words,
        message=words,
        form_answers=tuple(FormAnswer(name, words[:120], words[:200]) for name in "abcde"),
        questions=(replace(first, text=words, answer=words),) * 3,
    )
    for audience in (f"approver/{ALEX.object_id}", "requestor"):
        card = draw(Record(request=request, jobs={}), audience, LOOK)
        assert len(json.dumps(card, ensure_ascii=False).encode()) < 28 * 1024


def test_the_chosen_app_stays_selectable_before_anything_is_searched() -> None:
    view = FormView(draft=FORM, app_title="Health Records", access_title="Group Clinic")
    shown = inputs(form(view, LOOK))
    assert shown["app"]["choices"] == [{"title": "Health Records", "value": FORM.app}]
    assert shown["access"]["choices"] == [{"title": "Group Clinic", "value": FORM.access}]
    assert shown["access"]["choices.data"]["associatedInputs"] == "auto"


@pytest.mark.parametrize(
    ("typed", "value"),
    [("", "60d"), ("45d", "45d"), ("3 months", "90d"), ("until 2027-03-31", "until"), ("soon", "60d")],
)
def test_a_typed_term_is_chosen_in_the_form(typed: str, value: str) -> None:
    draft = Draft(kind=Kind.INVITE, term=typed)
    shown = inputs(form(FormView(draft=draft, default_days=60, longest_days=120), LOOK))
    choices = [choice["value"] for choice in shown["term"]["choices"]]
    assert shown["term"]["value"] == value
    assert value in choices
    assert "180d" not in choices
    assert shown["until"].get("value") == ("2027-03-31" if value == "until" else None)


def test_a_justification_is_asked_for_as_the_policy_says() -> None:
    wanted = inputs(form(FormView(draft=FORM, justification_least=20), LOOK))["justification"]
    assert wanted["isRequired"]
    assert "20 characters" in wanted["errorMessage"]
    assert (
        "isRequired" not in inputs(form(FormView(draft=FORM, justification_least=0), LOOK))["justification"]
    )
