"""The form of `/invite` and `/assign`, and the reader of its answers."""

from collections.abc import Mapping, Sequence
from typing import Any

from access.rules.draft import Draft
from access.rules.form_questions import FormQuestion
from access.rules.model import Kind
from access.rules.refusals import Field, Problem
from cards import anatomy, checked, form_fields, form_questions, pickers
from cards.anatomy import FAILED, Strip
from cards.elements import CardJson, Element, InputText, Submit, TextBlock
from cards.form_fields import FormView
from cards.look import Look
from cards.problems import sentence

_FIELDS = (
    *("address", "name", "app", "access", "term", "until", "justification", "message"),
    *("sponsor", "ask_first"),
)
_LONGEST_ANSWER = 4000
"""More than any field takes: a bound for what did not come from the form."""


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
    body += checked.of_view(view, look)
    for place, element in _inputs(view, look):
        body.append(element)
        body += [form_questions.error(one, look) for one in view.problems if _place(one) == place]
    data = {"verb": f"{kind}.send", **form_questions.asked(view.questions)}
    send = Submit(look.say_as("button", "Send request"), data, style="positive")
    return anatomy.card(look, _aloud(view, look), body, [send])


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
        (Field.APP, form_fields.app(view, look)),
        (Field.ACCESS, form_fields.access(view, look)),
        (Field.TERM, form_fields.term(view, look)),
        (Field.UNTIL, form_fields.until(draft, look)),
        (Field.JUSTIFICATION, form_fields.justification(view, look)),
        *form_questions.inputs(view.questions, draft, look),
        (Field.MESSAGE, form_fields.message(draft, look)),
        (Field.SPONSOR, pickers.sponsor(draft, view.names, look)),
        (Field.ASK_FIRST, pickers.ask_first(draft, view.names, look)),
    ]


def _address(draft: Draft, look: Look) -> InputText:
    return InputText(
        "address",
        look.say("Guest's address"),
        style="Email",
        placeholder=look.say("name@company.com"),
        maxLength=254,
        isRequired=True,
        errorMessage=look.say("Write one address, such as ana@fabrikam.com."),
        **form_fields.answer(draft.address),
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
        **form_fields.answer(draft.name),
        spacing="Medium",
    )
