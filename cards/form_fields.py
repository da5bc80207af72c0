"""What a form asks of every request for an app: which, how long and why; read by the form's own reader."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from access.rules.checked import Checked
from access.rules.draft import Draft
from access.rules.form_questions import FormQuestion
from access.rules.model import Term
from access.rules.refusals import Problem
from access.rules.terms import read_term
from cards.elements import InputChoice, InputDate, InputText
from cards.look import Look
from cards.words import LONGEST, cleaned, days

UNTIL = "until"
_USUAL_LENGTHS = (30, 90, 180, 365)


@dataclass(frozen=True, slots=True, kw_only=True)
class FormView:
    """A draft to go on with, what is wrong with it, and what the policy says of terms and justification.

    The titles are those of the chosen app and access, and `names` those of chosen people by object id: they
    cannot be looked up when the form opens. `justification_least` is 0 where the policy asks for none;
    `away` means that the answer comes elsewhere.
    """

    draft: Draft
    problems: Sequence[Problem] = ()
    app_title: str = ""
    access_title: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    default_days: int = 90
    longest_days: int = 365
    justification_least: int = 10
    justification_expected: str = ""
    questions: Sequence[FormQuestion] = ()
    away: bool = False
    known: Checked | None = None
    """What was found of what it holds, and `notes` of its app."""
    notes: Sequence[str] = ()


def answer(text: str) -> dict[str, Any]:
    """Return what was typed as the input's value; an empty value would be an answer."""
    return {"value": text} if text else {}


def app(view: FormView, look: Look) -> InputChoice:
    return InputChoice(
        "app",
        look.say("App"),
        _chosen(view.draft.app, view.app_title),
        dataset="apps",
        placeholder=look.say("Type to search your apps"),
        isRequired=True,
        errorMessage=look.say("Choose an app from the list."),
        **answer(view.draft.app),
        spacing="Medium",
    )


def access(view: FormView, look: Look) -> InputChoice:
    return InputChoice(
        "access",
        look.say("Access in the app (optional)"),
        _chosen(view.draft.access, view.access_title),
        dataset="access",
        with_other_inputs=True,
        placeholder=look.say("The app's usual access"),
        **answer(view.draft.access),
        spacing="Medium",
    )


def _chosen(value: str, title: str) -> list[tuple[str, str]]:
    """Return the one choice that keeps the current value selectable before anything is searched."""
    return [(cleaned(title) or cleaned(value), value)] if value else []


def term(view: FormView, look: Look) -> InputChoice:
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
    choices = [(_length(one, view, look), f"{one}d") for one in sorted(lengths)]
    return InputChoice(
        "term",
        look.say("Term"),
        [*choices, (look.say("Until the date below"), UNTIL)],
        isRequired=True,
        errorMessage=look.say("Choose a term."),
        value=value,
        spacing="Medium",
    )


def _length(number: int, view: FormView, look: Look) -> str:
    length = days(number, look)
    if number == view.default_days:
        return look.say("{length} (usual)", length=length)
    return look.say("{length} (longest)", length=length) if number == view.longest_days else length


def until(draft: Draft, look: Look) -> InputDate:
    value = draft.until or _date_in(draft.term)
    return InputDate("until", look.say("Until (optional)"), **answer(value), spacing="Medium")


def _date_in(term: str) -> str:
    read_ = read_term(term)
    return read_.until.isoformat() if isinstance(read_, Term) and read_.until else ""


def justification(view: FormView, look: Look) -> InputText:
    least = view.justification_least
    asked: dict[str, Any] = {}
    if least:
        error = look.say("Write why the guest needs the app, in at least {number} characters.", number=least)
        asked = {"isRequired": True, "errorMessage": error}
    return InputText(
        "justification",
        look.say("Justification") if least else look.say("Justification (optional)"),
        isMultiline=True,
        maxLength=LONGEST,
        placeholder=_wanted(view, look),
        **asked,
        **answer(view.draft.justification),
        spacing="Medium",
    )


def _wanted(view: FormView, look: Look) -> str:
    if view.justification_expected:
        return look.say(
            "Wanted here: {expected}. The approvers read this.", expected=view.justification_expected
        )
    return look.say("What the guest will do in the app. The approvers read this.")


def message(draft: Draft, look: Look) -> InputText:
    return InputText(
        "message",
        look.say("Personal message (optional)"),
        isMultiline=True,
        maxLength=LONGEST,
        placeholder=look.say("The guest reads this in the mail."),
        **answer(draft.message),
        spacing="Medium",
    )
