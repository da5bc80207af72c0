"""The form of `/invite` and `/assign`, and the reader of its answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from access.rules.draft import Draft
from access.rules.model import Kind, Term
from access.rules.refusals import Field, Problem
from access.rules.terms import read_term
from cards import anatomy
from cards.anatomy import FAILED, Strip
from cards.elements import (
    Card,
    CardJson,
    Element,
    InputChoice,
    InputDate,
    InputText,
    Submit,
    TextBlock,
)
from cards.problems import sentence
from cards.words import LONGEST, cleaned, days, escaped

UNTIL = "until"
_USUAL_LENGTHS = (30, 90, 180, 365)
_FIELDS = ("address", "name", "app", "access", "term", "until", "justification", "message")
_LONGEST_ANSWER = 4000
"""More than any field takes: a bound for what did not come from the form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormView:
    """A draft to go on with, what is wrong with it, and what the policy says of terms and justification.

    The titles are those of the chosen app and access, which typeahead cannot look up when the form opens;
    `justification_least` is 0 where the policy asks for none.
    """

    draft: Draft
    problems: Sequence[Problem] = ()
    app_title: str = ""
    access_title: str = ""
    default_days: int = 90
    longest_days: int = 365
    justification_least: int = 10


def read(kind: Kind, data: Mapping[str, Any]) -> Draft:
    """Read what was filled in, or what a button carries into the form; anything but text is no answer."""
    answers = {name: data.get(name) for name in _FIELDS}
    return Draft(
        kind=kind,
        **{name: text[:_LONGEST_ANSWER] for name, text in answers.items() if isinstance(text, str)},
    )


def data_of(draft: Draft) -> dict[str, str]:
    """Return the answers of a draft as a button carries them, to be read by `read`."""
    answers = {name: str(getattr(draft, name)) for name in _FIELDS}
    return {name: text for name, text in answers.items() if text}


def form(view: FormView) -> CardJson:
    """Draw the form, with each problem under its field and everything that was typed."""
    kind = view.draft.kind
    body: list[Element] = [_strip(view.problems)] if view.problems else []
    body.append(TextBlock("The approvers decide. You get the answer here.", isSubtle=True))
    for field, element in _inputs(view):
        body.append(element)
        body += [_error(problem) for problem in view.problems if problem.field is field]
    command = "/invite" if kind is Kind.INVITE else "/assign"
    text = f"Form: {'invite a guest' if kind is Kind.INVITE else 'give a guest an app'}."
    if view.problems:
        text = f"{_strip_state(view.problems)}. Everything you typed is kept."
    text = f"{text} Or type {command} ADDRESS to APP for 90d because JUSTIFICATION."
    return Card(text, body, [Submit("Send request", {"verb": f"{kind}.send"}, style="positive")]).to_dict()


def _strip_state(problems: Sequence[Problem]) -> str:
    count = len({problem.field for problem in problems if problem.field is not Field.WHOLE})
    if not count:
        return "Not sent"
    return "Not sent: 1 field needs a change" if count == 1 else f"Not sent: {count} fields need a change"


def _strip(problems: Sequence[Problem]) -> Element:
    whole = tuple(sentence(problem) for problem in problems if problem.field is Field.WHOLE)
    return anatomy.strip(Strip(FAILED, _strip_state(problems), (*whole, "Everything you typed is kept.")))


def _error(problem: Problem) -> TextBlock:
    return TextBlock(f"{FAILED.symbol} {escaped(sentence(problem))}", color="Attention", spacing="Small")


def _inputs(view: FormView) -> list[tuple[Field, Element]]:
    draft = view.draft
    inputs: list[tuple[Field, Element]] = [(Field.ADDRESS, _address(draft))]
    if draft.kind is Kind.INVITE:
        inputs.append((Field.NAME, _name(draft)))
    inputs += [(Field.APP, _app(view)), (Field.ACCESS, _access(view)), (Field.TERM, _term(view))]
    until = InputDate(
        "until", "Until (optional)", **_answer(draft.until or _date_in(draft.term)), spacing="Medium"
    )
    message = InputText(
        "message",
        "Personal message (optional)",
        isMultiline=True,
        maxLength=LONGEST,
        placeholder="The guest reads this in the mail.",
        **_answer(draft.message),
        spacing="Medium",
    )
    justification = (Field.JUSTIFICATION, _justification(view))
    return [*inputs, (Field.UNTIL, until), justification, (Field.MESSAGE, message)]


def _answer(text: str) -> dict[str, Any]:
    """Return what was typed as the input's value; an empty value would be an answer."""
    return {"value": text} if text else {}


def _address(draft: Draft) -> InputText:
    return InputText(
        "address",
        "Guest's address",
        style="Email",
        placeholder="name@company.com",
        maxLength=254,
        isRequired=True,
        errorMessage="Write one address, such as ana@fabrikam.com.",
        **_answer(draft.address),
        spacing="Medium",
    )


def _name(draft: Draft) -> InputText:
    return InputText(
        "name",
        "Guest's name",
        placeholder="First and last name",
        maxLength=100,
        isRequired=True,
        errorMessage="Write the guest's name.",
        **_answer(draft.name),
        spacing="Medium",
    )


def _app(view: FormView) -> InputChoice:
    return InputChoice(
        "app",
        "App",
        _chosen(view.draft.app, view.app_title),
        dataset="apps",
        placeholder="Type to search your apps",
        isRequired=True,
        errorMessage="Choose an app from the list.",
        **_answer(view.draft.app),
        spacing="Medium",
    )


def _access(view: FormView) -> InputChoice:
    return InputChoice(
        "access",
        "Access in the app (optional)",
        _chosen(view.draft.access, view.access_title),
        dataset="access",
        with_other_inputs=True,
        placeholder="The app's usual access",
        **_answer(view.draft.access),
        spacing="Medium",
    )


def _chosen(value: str, title: str) -> list[tuple[str, str]]:
    """Return the one choice that keeps the current value selectable before anything is searched."""
    return [(cleaned(title or value), value)] if value else []


def _term(view: FormView) -> InputChoice:
    lengths = {one for one in _USUAL_LENGTHS if one <= view.longest_days}
    lengths |= {view.default_days, view.longest_days}
    typed = read_term(view.draft.term)
    if view.draft.term == UNTIL or (isinstance(typed, Term) and typed.until):
        value = UNTIL
    elif isinstance(typed, Term) and typed.days:
        lengths.add(typed.days)
        value = f"{typed.days}d"
    else:
        value = f"{view.default_days}d"
    choices = [(_length(one, view), f"{one}d") for one in sorted(lengths)]
    return InputChoice(
        "term",
        "Term",
        [*choices, ("Until the date below", UNTIL)],
        isRequired=True,
        errorMessage="Choose a term.",
        value=value,
        spacing="Medium",
    )


def _length(count: int, view: FormView) -> str:
    marks = {view.longest_days: " (longest)", view.default_days: " (usual)"}
    return f"{days(count)}{marks.get(count, '')}"


def _date_in(term: str) -> str:
    read_ = read_term(term)
    return read_.until.isoformat() if isinstance(read_, Term) and read_.until else ""


def _justification(view: FormView) -> InputText:
    least = view.justification_least
    asked: dict[str, Any] = {}
    if least:
        error = f"Write why the guest needs the app, in at least {least} characters."
        asked = {"isRequired": True, "errorMessage": error}
    return InputText(
        "justification",
        "Justification" if least else "Justification (optional)",
        isMultiline=True,
        maxLength=LONGEST,
        placeholder="What the guest will do in the app. The approvers read this.",
        **asked,
        **_answer(view.draft.justification),
        spacing="Medium",
    )
