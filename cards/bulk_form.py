"""The form of `/bulk`, and the reader of its answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from access.rules.draft import Draft
from access.rules.form_questions import FormQuestion
from access.rules.list_rows import Unreadable
from access.rules.lists import GuestList
from access.rules.model import Kind
from access.rules.refusals import Field, Problem
from cards import anatomy, bulk_unread, checked, form_fields, form_questions
from cards.anatomy import DONE, FAILED, Strip
from cards.elements import CardJson, Element, InputText, Submit, TextBlock
from cards.form_fields import UNTIL, FormView
from cards.look import Look
from cards.problems import sentence
from cards.words import cleaned, escaped

LONGEST_PASTED = 20_000
"""Characters of the field for rows: more is sent as a file."""
MOST_CARRIED = 4_000
"""Characters of rows that a button carries; of more the list is kept."""
LIST, ROWS = "list", "rows"
_FIELDS = ("app", "access", "term", "until", "justification", "message")
_LONGEST_ANSWER = 4_000
_LONGEST_ID = 32
_LONGEST_NAME = 80
_PLACED = {*Field} - {Field.ADDRESS, Field.NAME, Field.SPONSOR, Field.ASK_FIRST, Field.WHOLE}


@dataclass(frozen=True, slots=True)
class Filled:
    """What was filled in: rows, the list before them if there is one, and what is asked for all of them."""

    draft: Draft
    rows: str = ""
    list_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkView:
    """The form's view of what is asked for, and of the rows.

    `kept` is how many rows the list before them has, of the file called so; `lost` that its day is over.
    """

    form: FormView
    filled: Filled
    kept: int = 0
    file: str = ""
    lost: bool = False
    unread: Unreadable | None = None


def read(data: Mapping[str, Any]) -> Filled:
    """Read what was filled in, or what a button carries into the form; anything but text is no answer."""
    said = {name: data.get(name) for name in (*_FIELDS, LIST, ROWS)}
    texts = {name: text for name, text in said.items() if isinstance(text, str)}
    answers: dict[str, Any] = {name: texts[name][:_LONGEST_ANSWER] for name in _FIELDS if name in texts}
    draft = form_questions.read(Draft(kind=Kind.BULK, **answers), data)
    return Filled(draft, texts.get(ROWS, "")[:LONGEST_PASTED], texts.get(LIST, "")[:_LONGEST_ID])


def data_of(filled: Filled) -> dict[str, str]:
    """Return what was filled in as a button carries it, to be read by `read`."""
    said = {name: str(getattr(filled.draft, name))[:_LONGEST_ANSWER] for name in _FIELDS}
    rows = {LIST: filled.list_id, ROWS: filled.rows[:MOST_CARRIED]}
    texts = {name: text for name, text in {**said, **rows}.items() if text}
    return {**texts, **form_questions.data_of(filled.draft)}


def filled_of(made: GuestList) -> Filled:
    """Return the form as it was sent for a list that was looked at, of which the rows are kept."""
    until = made.term.until.isoformat() if made.term.until else ""
    draft = Draft(
        kind=Kind.BULK,
        app=made.app.object_id,
        access=made.give.key if made.is_judged else "",
        term=UNTIL if until else f"{made.term.days}d" if made.term.days else "",
        until=until,
        justification=made.justification,
        message=made.message,
        answers={one.id: one.text for one in made.answers},
    )
    return Filled(draft, "", made.list_id)


def title(look: Look) -> str:
    return look.say("Invite many guests")


def form(view: BulkView, look: Look) -> CardJson:
    """Draw the form, with each problem under its field and everything that was typed."""
    wrong = _strip(view, look)
    body: list[Element] = [anatomy.strip(wrong)] if wrong else []
    where = look.say("Nothing is sent by this: you see first what would become of each guest.")
    body.append(TextBlock(where, isSubtle=True))
    body += checked.of_view(view.form, look)
    if view.kept:
        body.append(anatomy.row(DONE.symbol, kept_rows(view.kept, view.file, look)))
    body.append(_rows(view, look))
    if view.unread:
        body.append(_error(bulk_unread.sentence(view.unread, look)))
    for place, element in _inputs(view.form, look):
        body.append(element)
        body += [form_questions.error(one, look) for one in view.form.problems if _place(one) == place]
    data = {"verb": "bulk.look", **form_questions.asked(view.form.questions)}
    if view.filled.list_id and not view.lost:
        data[LIST] = view.filled.list_id
    send = Submit(look.say_as("button", "Look at the list"), data, style="positive")
    return anatomy.card(look, _aloud(wrong, look), body, [send])


def kept_rows(count: int, file: str, look: Look) -> str:
    """Return how many rows are there, and of which file."""
    if name := cleaned(file)[-_LONGEST_NAME:]:
        return look.count("1 row of {file}", "{number} rows of {file}", count, file=name)
    return look.count("1 row of yours is kept", "{number} rows of yours are kept", count)


def _rows(view: BulkView, look: Look) -> InputText:
    label, asked = look.say("More guests (optional)"), dict[str, Any]()
    if not view.kept:
        label = look.say("Guests")
        asked = {"isRequired": True, "errorMessage": look.say("Write at least one guest.")}
    return InputText(
        ROWS,
        label,
        isMultiline=True,
        maxLength=LONGEST_PASTED,
        placeholder=look.say("One a line: ana@fabrikam.com, or rows copied from a sheet with its header"),
        **asked,
        **form_fields.answer(view.filled.rows),
        spacing="Medium",
    )


def _inputs(view: FormView, look: Look) -> list[tuple[Field | FormQuestion, Element]]:
    draft = view.draft
    return [
        (Field.APP, form_fields.app(view, look)),
        (Field.ACCESS, form_fields.access(view, look)),
        (Field.TERM, form_fields.term(view, look)),
        (Field.UNTIL, form_fields.until(draft, look)),
        (Field.JUSTIFICATION, form_fields.justification(view, look)),
        *form_questions.inputs(view.questions, draft, look),
        (Field.MESSAGE, form_fields.message(draft, look)),
    ]


def _place(problem: Problem) -> Field | FormQuestion:
    return problem.question or problem.field


def _error(words: str) -> TextBlock:
    return TextBlock(f"{FAILED.symbol} {escaped(words)}", color="Attention", spacing="Small")


def whole(problems: Sequence[Problem], look: Look) -> tuple[str, ...]:
    """Return what is wrong that stands under no field of this form."""
    return tuple(sentence(one, look) for one in problems if not one.question and one.field not in _PLACED)


def _strip(view: BulkView, look: Look) -> Strip | None:
    if view.lost:
        gone = look.say("A list is kept for a day. Send the file again, or paste its rows below.")
        return Strip(FAILED, look.say("The list is kept no more"), (gone,))
    problems = view.form.problems
    if not problems and view.unread is None:
        return None
    fields = len({_place(one) for one in problems if one.field in _PLACED}) + (view.unread is not None)
    state = look.say("Not looked at")
    if fields:
        state = look.count("Not looked at: change 1 field", "Not looked at: change {number} fields", fields)
    return Strip(FAILED, state, (*whole(problems, look), look.say("Everything you typed is kept.")))


def _aloud(wrong: Strip | None, look: Look) -> str:
    what = look.say("Form: invite many guests.")
    if wrong:
        what = look.say("{state}. {more}", state=wrong.state, more=wrong.text)
    line = "/bulk ADDRESS ADDRESS to APP for 90d because JUSTIFICATION"
    return f"{what} {look.say('Or type {command}.', command=look.typed(line))}"
