from dataclasses import replace
from typing import Any

import pytest

from access.rules.draft import Draft
from access.rules.model import Kind
from access.rules.refusals import Field, Problem, ProblemCode
from cards import guess
from cards.request_form import FormView, data_of, form, read
from tests.cards.gallery import FORM, LOOK, NEAR_MISS, QUESTIONS


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
    asked = inputs(form(FormView(draft=FORM, justification_least=20), LOOK))["justification"]
    assert asked["isRequired"]
    assert "20 characters" in asked["errorMessage"]
    assert (
        "isRequired" not in inputs(form(FormView(draft=FORM, justification_least=0), LOOK))["justification"]
    )
