"""Holding answers against the questions that the policy asks; nobody may do anything by what they answer."""

from collections.abc import Collection, Mapping, Sequence

from access.rules.form_questions import FormAnswer, FormQuestion
from access.rules.refusals import Field, Problem, ProblemCode
from access.rules.visible import visible


def answered(
    questions: Sequence[FormQuestion], said: Mapping[str, str], seen: Collection[str] | None
) -> tuple[tuple[FormAnswer, ...], tuple[Problem, ...]]:
    """Return the answers to what is asked and what is wrong with them; what nobody asks is left out.

    `seen` are the questions that a form had. One that it had not, because something else was chosen in it
    meanwhile, is put first, needed or not; None of a typed line, which says nothing to what need not be.
    """
    answers: list[FormAnswer] = []
    problems: list[Problem] = []
    for question in questions:
        text = visible(said.get(question.id, ""))
        found = _of(question, text)
        if isinstance(found, ProblemCode):
            problems.append(Problem(Field.QUESTION, found, _hints(question, found), question))
        elif text:
            answers.append(FormAnswer(question.id, question.ask, found))
        elif seen is not None and question.id not in seen:
            problems.append(Problem(Field.QUESTION, ProblemCode.QUESTION_NEW, (), question))
        elif question.required:
            problems.append(Problem(Field.QUESTION, ProblemCode.QUESTION_MISSING, (), question))
    return tuple(answers), tuple(problems)


def choice_of(question: FormQuestion, text: str) -> str:
    """Return the choice that a text spells, in capitals or not; empty where it is none."""
    wanted = visible(text).casefold()
    return next((one for one in question.choices if one.casefold() == wanted), "")


def _of(question: FormQuestion, text: str) -> str | ProblemCode:
    """Return the answer as it is kept: of choices the policy's own spelling."""
    if text and question.choices:
        return choice_of(question, text) or ProblemCode.QUESTION_CHOICE
    return ProblemCode.TOO_LONG if len(text) > question.longest else text


def _hints(question: FormQuestion, code: ProblemCode) -> tuple[str, ...]:
    return question.choices if code is ProblemCode.QUESTION_CHOICE else (str(question.longest),)
