"""Reads the questions of one's own that the request form asks."""

import re
from collections.abc import Mapping
from typing import Any

from access.rules.form_questions import ID, LONGEST_ANSWER, LONGEST_QUESTION, MOST_QUESTIONS, FormQuestion
from access.rules.policy_reads import Reads
from access.rules.visible import has_letters, visible

KINDS = ("text", "choice")
LONGEST_CHOICE = 60
FEWEST_CHOICES, MOST_CHOICES = 2, 25
_ALL_CHOICES, _ALL_TEXTS = 2000, 1000
"""Characters of all choices of a form together, and of all texts that answer it: a card holds 28 KB."""
_USUAL = FormQuestion(id="", ask="")


def read_questions(reader: Reads, value: Any, where: str) -> tuple[FormQuestion, ...]:
    """Return the questions of a table, in their order; `[]` asks none where a table below asks some."""
    tables = reader.tables(value, where)
    if len(tables) > MOST_QUESTIONS:
        reader.mistakes.append(f"{where}: write at most {MOST_QUESTIONS} questions")
    found: dict[str, FormQuestion] = {}
    for number, table in enumerate(tables, start=1):
        place = where if len(tables) == 1 else f"{where} {number}"
        question = _question(reader, table, place)
        if question.id in found:
            reader.mistakes.append(f"{place}.id: {question.id} stands in another question already")
        found[question.id] = question
    if sum(len(choice) for one in found.values() for choice in one.choices) > _ALL_CHOICES:
        reader.mistakes.append(
            f"{where}: all choices together have more than {_ALL_CHOICES} characters, too much for a form"
        )
    if sum(one.longest for one in found.values() if not one.choices) > _ALL_TEXTS:
        reader.mistakes.append(
            f"{where}: all texts together may have more than {_ALL_TEXTS} characters, too much for a card; "
            "write a smaller longest"
        )
    return tuple(found.values())


def _question(reader: Reads, table: Mapping[str, Any], where: str) -> FormQuestion:
    reader.known(table, where, {"id", "ask", "kind", "choices", "required", "longest"})
    name, ask, required = table.get("id"), table.get("ask"), table.get("required", _USUAL.required)
    if not isinstance(name, str) or not re.fullmatch(ID, name):
        reader.mistakes.append(
            f"{where}.id: write a short word of small letters, such as project; it stays when ask changes"
        )
    if not isinstance(ask, str) or not has_letters(ask) or len(ask) > LONGEST_QUESTION:
        reader.mistakes.append(f"{where}.ask: write the question in at most {LONGEST_QUESTION} characters")
    if not isinstance(required, bool):
        reader.mistakes.append(f"{where}.required: write true or false")
    kind = table.get("kind")
    if kind not in KINDS:
        reader.mistakes.append(f'{where}.kind: write "text" or "choice"')
    return FormQuestion(
        id=str(name),
        ask=visible(str(ask)),
        choices=_choices(reader, table, where, asked=kind == "choice"),
        required=required is True,
        longest=_longest(reader, table, where, asked=kind == "text"),
    )


def _choices(reader: Reads, table: Mapping[str, Any], where: str, *, asked: bool) -> tuple[str, ...]:
    if not asked:
        if "choices" in table:
            reader.mistakes.append(f'{where}.choices: only kind = "choice" has choices')
        return ()
    value = table.get("choices")
    texts = [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
    whole = isinstance(value, list) and len(texts) == len(value)
    right = whole and FEWEST_CHOICES <= len(texts) <= MOST_CHOICES
    if not right or not all(has_letters(one) and len(one) <= LONGEST_CHOICE for one in texts):
        reader.mistakes.append(
            f"{where}.choices: write {FEWEST_CHOICES} to {MOST_CHOICES} texts, "
            f"each of at most {LONGEST_CHOICE} characters"
        )
    if len({visible(one).casefold() for one in texts}) < len(texts):
        reader.mistakes.append(f"{where}.choices: two of them read the same")
    return tuple(visible(one) for one in texts)


def _longest(reader: Reads, table: Mapping[str, Any], where: str, *, asked: bool) -> int:
    value = table.get("longest", _USUAL.longest)
    if "longest" in table and not asked:
        reader.mistakes.append(f'{where}.longest: only kind = "text" has a longest answer')
    elif not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= LONGEST_ANSWER:
        reader.mistakes.append(f"{where}.longest: write a number from 1 to {LONGEST_ANSWER}")
    else:
        return value
    return _USUAL.longest
