"""The form of `/invite` and `/assign`, and the reader of its answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from access.rules.checked import Checked
from access.rules.draft import Draft
from access.rules.form_questions import FormQuestion
from access.rules.model import Kind, Term
from access.rules.refusals import Field, Problem
from access.rules.terms import read_term
from cards import anatomy, checked, form_questions, pickers
from cards.anatomy import FAILED, Strip
from cards.elements import CardJson, Element, InputChoice, InputDate, InputText, Submit, TextBlock
from cards.look import Look
from cards.problems import sentence
from cards.words import LONGEST, cleaned, days, domain

UNTIL = "until"
_USUAL_LENGTHS = (30, 90, 180, 365)
_FIELDS = (
    *("address", "name", "app", "access", "term", "until", "justification", "message"),
    *("sponsor", "ask_first"),
)
_LONGEST_ANSWER = 4000
"""More than any field takes: a bound for what did not come from the form."""


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


def read(kind: Kind, data: Mapping[str, Any]) -> Draft:
    """Read what was filled in, or what a button carries into the form; anything but text is no answer."""
    answers = {name: data.get(name) for name in _FIELDS}
    texts: dict[str, Any] = {
        name: text[:_LONGEST_ANSWER] for name, text in answers.items() if isinstance(text, str)
    }
    return form_questions.read(Draft(kind=kind, **texts), data)


def data_of(draft: Draft) -> dict[str, str]:
    """Return the answers of a draft as a button carries them, to be read by `read`."""
    answers = {name: str(getattr(draft, name)) for name in _FIELDS}
    texts = {name: text[:_LONGEST_ANSWER] for name, text in answers.items() if text}
    return {**texts, **form_questions.data_of(draft)}


def form(view: FormView, look: Look) -> CardJson:
    """Draw the form, with each problem under its field and everything that was typed."""
    kind = view.draft.kind
    body: list[Element] = [anatomy.strip(_strip(view.problems, look))] if view.problems else []
    where = look.say("The approvers decide. You get the answer here.")
    if view.away:
        where = look.say("The approvers decide. You get the answer in your own chat with Guestlist.")
    body.append(TextBlock(where, isSubtle=True))
    body += _known(view, look)
    for place, element in _inputs(view, look):
        body.append(element)
        body += [form_questions.error(one, look) for one in view.problems if _place(one) == place]
    data = {"verb": f"{kind}.send", **form_questions.asked(view.questions)}
    send = Submit(look.say_as("button", "Send request"), data, style="positive")
    return anatomy.card(look, _aloud(view, look), body, [send])


def _known(view: FormView, look: Look) -> list[Element]:
    if view.known is None:
        return []
    whose = domain(view.draft.address) if "@" in view.draft.address else ""
    names = {"app": view.app_title, "domain": whose, "access": view.access_title}
    return checked.of_form(view.known, view.notes, names, look)


def _aloud(view: FormView, look: Look) -> str:
    kind = view.draft.kind
    typed = f"/{kind} ADDRESS to APP for 90d because JUSTIFICATION"
    if view.problems:
        kept = look.say("Everything you typed is kept.")
        what = look.say("{state}. {more}", state=_strip(view.problems, look).state, more=kept)
    elif kind is Kind.INVITE:
        what = look.say("Form: invite a guest.")
    else:
        what = look.say("Form: give a guest an app.")
    or_type = look.say("Or type {command}.", command=look.typed(typed))
    return f"{what} {or_type}"


def _strip_state(problems: Sequence[Problem], look: Look) -> str:
    fields = len({_place(problem) for problem in problems if problem.field is not Field.WHOLE})
    if not fields:
        return look.say("Not sent")
    return look.count("Not sent: 1 field needs a change", "Not sent: {number} fields need a change", fields)


def _strip(problems: Sequence[Problem], look: Look) -> Strip:
    if only_new := form_questions.strip(problems, look):
        return only_new
    whole = tuple(sentence(problem, look) for problem in problems if problem.field is Field.WHOLE)
    kept = look.say("Everything you typed is kept.")
    return Strip(FAILED, _strip_state(problems, look), (*whole, kept))


def _place(problem: Problem) -> Field | FormQuestion:
    """Return under what a problem stands."""
    return problem.question or problem.field


def _inputs(view: FormView, look: Look) -> list[tuple[Field | FormQuestion, Element]]:
    draft = view.draft
    guest: list[tuple[Field | FormQuestion, Element]] = [(Field.ADDRESS, pickers.guest(draft, look))]
    if draft.kind is Kind.INVITE:
        guest = [(Field.ADDRESS, _address(draft, look)), (Field.NAME, _name(draft, look))]
    return [
        *guest,
        (Field.APP, _app(view, look)),
        (Field.ACCESS, _access(view, look)),
        (Field.TERM, _term(view, look)),
        (Field.UNTIL, _until(draft, look)),
        (Field.JUSTIFICATION, _justification(view, look)),
        *form_questions.inputs(view.questions, draft, look),
        (Field.MESSAGE, _message(draft, look)),
        (Field.SPONSOR, pickers.sponsor(draft, view.names, look)),
        (Field.ASK_FIRST, pickers.ask_first(draft, view.names, look)),
    ]


def _answer(text: str) -> dict[str, Any]:
    """Return what was typed as the input's value; an empty value would be an answer."""
    return {"value": text} if text else {}


def _address(draft: Draft, look: Look) -> InputText:
    return InputText(
        "address",
        look.say("Guest's address"),
        style="Email",
        placeholder=look.say("name@company.com"),
        maxLength=254,
        isRequired=True,
        errorMessage=look.say("Write one address, such as ana@fabrikam.com."),
        **_answer(draft.address),
        spacing="Medium",
    )


def _name(draft: Draft, look: Look) -> InputText:
    return InputText(
        "name",
        look.say("Guest's name"),
        placeholder=look.say("First and last name"),
        maxLength=100,
        isRequired=True,
        errorMessage=look.say("Write the guest's name."),
        **_answer(draft.name),
        spacing="Medium",
    )


def _app(view: FormView, look: Look) -> InputChoice:
    return InputChoice(
        "app",
        look.say("App"),
        _chosen(view.draft.app, view.app_title),
        dataset="apps",
        placeholder=look.say("Type to search your apps"),
        isRequired=True,
        errorMessage=look.say("Choose an app from the list."),
        **_answer(view.draft.app),
        spacing="Medium",
    )


def _access(view: FormView, look: Look) -> InputChoice:
    return InputChoice(
        "access",
        look.say("Access in the app (optional)"),
        _chosen(view.draft.access, view.access_title),
        dataset="access",
        with_other_inputs=True,
        placeholder=look.say("The app's usual access"),
        **_answer(view.draft.access),
        spacing="Medium",
    )


def _chosen(value: str, title: str) -> list[tuple[str, str]]:
    """Return the one choice that keeps the current value selectable before anything is searched."""
    return [(cleaned(title) or cleaned(value), value)] if value else []


def _term(view: FormView, look: Look) -> InputChoice:
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


def _until(draft: Draft, look: Look) -> InputDate:
    value = draft.until or _date_in(draft.term)
    return InputDate("until", look.say("Until (optional)"), **_answer(value), spacing="Medium")


def _date_in(term: str) -> str:
    read_ = read_term(term)
    return read_.until.isoformat() if isinstance(read_, Term) and read_.until else ""


def _justification(view: FormView, look: Look) -> InputText:
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
        **_answer(view.draft.justification),
        spacing="Medium",
    )


def _wanted(view: FormView, look: Look) -> str:
    if view.justification_expected:
        return look.say(
            "Wanted here: {expected}. The approvers read this.", expected=view.justification_expected
        )
    return look.say("What the guest will do in the app. The approvers read this.")


def _message(draft: Draft, look: Look) -> InputText:
    return InputText(
        "message",
        look.say("Personal message (optional)"),
        isMultiline=True,
        maxLength=LONGEST,
        placeholder=look.say("The guest reads this in the mail."),
        **_answer(draft.message),
        spacing="Medium",
    )
