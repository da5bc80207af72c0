"""Answers to the policy's questions in the line of a request."""

import pytest

from access.rules.model import Kind
from dialogs.drafts import read_draft, without_answers

ANA = "ana@fabrikam.com"
IDS = frozenset({"project", "cost_centre"})


@pytest.mark.parametrize(
    ("typed", "line", "answers"),
    [
        (f"{ANA} to Charts because it is", f"{ANA} to Charts because it is", {}),
        (
            f'{ANA} to Charts for 90d with project: "Apollo 11" because it is',
            f"{ANA} to Charts for 90d because it is",
            {"project": "Apollo 11"},
        ),
        (
            f"{ANA} with PROJECT=Apollo, to Charts with cost_centre : 4711 for 90d",
            f"{ANA} to Charts for 90d",
            {"project": "Apollo", "cost_centre": "4711"},
        ),
        (f"{ANA} to Charts with project: „Apollo 11“", f"{ANA} to Charts", {"project": "Apollo 11"}),
        (
            f'{ANA} to Charts with project: "why, because" because it is',
            f"{ANA} to Charts because it is",
            {"project": "why, because"},
        ),
    ],
)
def test_an_answer_stands_anywhere_before_the_justification(
    typed: str, line: str, answers: dict[str, str]
) -> None:
    assert without_answers(typed, IDS) == (line, answers)


@pytest.mark.parametrize(
    "typed",
    [
        f"{ANA} to Charts with projekt: Apollo",
        f"{ANA} to Work with us because project: Apollo",
        f"{ANA} to Charts for 90d because she works with project: Apollo",
        f"{ANA} to Charts with project",
        f"{ANA} to Charts with project:",
    ],
)
def test_what_answers_no_question_stays_in_the_line(typed: str) -> None:
    assert without_answers(typed, IDS) == (typed, {})


def test_a_mistyped_id_is_told_as_part_of_the_app() -> None:
    line, _ = without_answers(f"{ANA} to Charts with projekt: Apollo for 90d", IDS)
    assert read_draft(Kind.INVITE, line).app == "Charts with projekt: Apollo"


def test_a_long_line_is_read_in_no_time() -> None:
    line = "with project: " * 2000 + 'with project: "' * 2000
    assert without_answers(line, IDS)[1]
