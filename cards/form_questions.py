"""The policy's own questions: their inputs in the form, the reader of these, and the answers on cards."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from access.rules.answering import choice_of
from access.rules.draft import Draft
from access.rules.form_questions import ID, LONGEST_ANSWER, MOST_QUESTIONS, FormQuestion
from access.rules.model import Request
from access.rules.refusals import Problem, ProblemCode
from cards import anatomy
from cards.anatomy import FAILED, LOOK_AT, Strip
from cards.elements import Element, InputChoice, InputText, TextBlock
from cards.look import Look
from cards.problems import sentence
from cards.words import cleaned, escaped

ASKED = "asked"
"""Under which name the form's button says which questions the form had."""
_INPUT = "question-"
_ID = re.compile(f"{_INPUT}({ID})")
_ONE_LINE = 100
"""Characters of an answer for which one line is enough."""


def inputs(questions: Sequence[FormQuestion], draft: Draft, look: Look) -> list[tuple[FormQuestion, Element]]:
    return [(one, _input(one, draft.answers.get(one.id, ""), look)) for one in questions]


def asked(questions: Sequence[FormQuestion]) -> dict[str, str]:
    """Return what the form's button carries of the questions that stand in the form."""
    return {ASKED: ",".join(one.id for one in questions)}


def read(draft: Draft, data: Mapping[str, Any]) -> Draft:
    """Add the answers, and which questions were there: None where no form was filled in."""
    texts = ((_ID.fullmatch(name), text) for name, text in data.items() if isinstance(text, str) and text)
    answers = ((found[1], text[: 2 * LONGEST_ANSWER]) for found, text in texts if found)
    had = data.get(ASKED)
    return replace(
        draft,
        answers=dict(islice(answers, MOST_QUESTIONS)),
        asked=frozenset(had.split(",")) if isinstance(had, str) else None,
    )


def data_of(draft: Draft) -> dict[str, str]:
    """Return the answers as a button carries them, to be read by `read`."""
    return {f"{_INPUT}{name}": text[: 2 * LONGEST_ANSWER] for name, text in draft.answers.items()}


def _input(question: FormQuestion, said: str, look: Look) -> Element:
    ask = cleaned(question.ask)
    label = ask if question.required else look.say("{question} (optional)", question=ask)
    field: dict[str, Any] = {"spacing": "Medium"}
    if question.required:
        missing = look.say("Choose an answer.") if question.choices else look.say("Answer this question.")
        field |= {"isRequired": True, "errorMessage": missing}
    if value := choice_of(question, said) if question.choices else said:
        field["value"] = value
    name = f"{_INPUT}{question.id}"
    if question.choices:
        choices = [(cleaned(one), one) for one in question.choices]
        return InputChoice(name, label, choices, placeholder=look.say("Choose an answer"), **field)
    long = question.longest > _ONE_LINE
    hint = look.say("The approvers read this.")
    return InputText(name, label, isMultiline=long, maxLength=question.longest, placeholder=hint, **field)


def error(problem: Problem, look: Look) -> TextBlock:
    """Return what is wrong with an answer, under it; what was not there before is nobody's mistake."""
    wrong = escaped(sentence(problem, look))
    if problem.code is ProblemCode.QUESTION_NEW:
        return TextBlock(f"{LOOK_AT.symbol} {wrong}", spacing="Small")
    return TextBlock(f"{FAILED.symbol} {wrong}", color="Attention", spacing="Small")


def strip(problems: Sequence[Problem], look: Look) -> Strip | None:
    """Return the form's strip where there are only questions to answer that were not there before."""
    if any(one.code is not ProblemCode.QUESTION_NEW for one in problems):
        return None
    state = look.count(
        "Not sent yet: 1 more question", "Not sent yet: {number} more questions", len(problems)
    )
    button = look.say_as("button", "Send request")
    why = look.say("More is asked for what you chose. Answer below, then press {button}.", button=button)
    return Strip(LOOK_AT, state, (why, look.say("Everything you typed is kept.")))


def typed(question: FormQuestion) -> str:
    """Return how an answer is written in the line of a request."""
    example = question.choices[0] if question.choices else "ANSWER"
    return f'with {question.id}: "{example}"'


def answers(request: Request, look: Look) -> list[Element]:
    """Return what was answered, each under its question as it was then."""
    return [part for one in request.form_answers for part in anatomy.prose(one.asked, one.text, look)]
