"""Renewing an access: the form, what is against it, and what came of a press."""

from collections.abc import Sequence
from dataclasses import dataclass

from access.rules.checked import Checked
from access.rules.model import Record, Request, State
from access.rules.refusals import Problem, SeveralAccesses
from access.rules.renewing import NO_END, endless
from cards import anatomy, checked
from cards.anatomy import DONE, FAILED, LOOK_AT, NOTHING, Strip, command, small_print
from cards.elements import Action, CardJson, Data, Element, Execute, InputText
from cards.ended import renew_button
from cards.look import Look
from cards.problems import sentence
from cards.state import strip_of
from cards.words import LONGEST, access, both, days, deed, last_day, when

TERM, JUSTIFICATION = "term", "justification"
"""The fields of the form."""
_LONGEST_TERM = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class FormView:
    """What the form shows: the access, what was typed, what is wrong with it, and the most that there is."""

    first: Request
    term: str
    justification: str
    problems: Sequence[Problem] = ()
    longest_days: int
    needs_justification: bool = True
    known: Checked | None = None
    """What was found of whether the guest gets in."""


def form(view: FormView, look: Look) -> CardJson:
    """Draw the form of a renewal; what stands against all of it has no field that would help."""
    first, wrong = view.first, [sentence(one, look) for one in view.problems]
    eyebrow = look.say("Renewal · request {label}", label=first.label)
    title = look.say("Renew {guest} in {app}", guest=first.guest_name, app=first.app.name)
    if endless(first):
        title = look.say("Set the end of {app} for {guest}", guest=first.guest_name, app=first.app.name)
    body: list[Element] = anatomy.header(eyebrow, title)
    state = look.count("Not sent: 1 thing to change", "Not sent: {number} things to change", len(wrong))
    strip = Strip(FAILED, state, tuple(wrong))
    body += [anatomy.strip(strip)] if wrong else []
    body.append(anatomy.facts(_facts(first, look)))
    body += checked.of_form(view.known, (), checked.names_of(first), look) if view.known else []
    body += [_term(view, look)] if endless(first) else [_term(view, look), _justification(view, look)]
    line = f"/extend {first.label} by 90d because JUSTIFICATION"
    title_of_button = look.say_as("button", "Ask to renew")
    if endless(first):
        line, title_of_button = (
            f"/extend {first.label} by 90d",
            look.say_as("button", "Set the end"),
        )
    body.append(small_print(look.say("Or type {command}.", command=command(line, look))))
    ask = Execute(title_of_button, "renewal.send", _data(first), style="positive")
    said = anatomy.aloud(strip, look) if wrong else f"{title}. {look.typed(line)}"
    return anatomy.card(look, said, body, [ask])


def never(first: Request, problems: Sequence[Problem], look: Look) -> CardJson:
    """Draw why an access cannot be renewed, whatever is asked for."""
    strip = Strip(LOOK_AT, look.say("Not renewed"), tuple(sentence(one, look) for one in problems))
    body: list[Element] = [*anatomy.request_header(first, look), anatomy.strip(strip)]
    body += [anatomy.facts(_facts(first, look)), small_print(_or_show(first, look))]
    return anatomy.card(look, anatomy.aloud(strip, look, first), body, [_show(first, look)])


def asked(renewal: Record, look: Look) -> CardJson:
    """Draw for whoever pressed *Renew* which request asks for it, and how that stands."""
    request = renewal.request
    extends = request.extends
    assert extends is not None
    strip = strip_of(renewal, look)
    if request.state is State.DELIVERING:
        strip = Strip(strip.tone, strip.state, (*strip.sentences, _waits_a_moment(request, look)))
    eyebrow = look.say("Renewal · request {label}", label=request.label)
    body: list[Element] = [*anatomy.header(eyebrow, deed(request, look)), anatomy.strip(strip)]
    body.append(anatomy.facts([anatomy.term_fact(request, look)]))
    body.append(small_print(_or_show(request, look)))
    return anatomy.card(look, anatomy.aloud(strip, look, request), body, [_show(request, look)])


def end_set(first: Request, look: Look) -> CardJson:
    """Draw the end of an adopted access that had none."""
    last = last_day(first.ends_at or first.changed_at, look)
    said = look.say("It ends on {when}, and is taken away then.", when=last)
    strip = Strip(DONE, look.say("The access has an end"), (said,))
    body: list[Element] = [*anatomy.request_header(first, look), anatomy.strip(strip)]
    body += [anatomy.facts(_facts(first, look)), small_print(_or_show(first, look))]
    return anatomy.card(look, anatomy.aloud(strip, look, first), body, [_show(first, look)])


def unjustified(line: str, look: Look) -> str:
    """Return why a justification is not taken where an access is let end: nobody would keep it."""
    return look.say(
        "Nothing was changed: to let an access end takes no justification. Type {command}.",
        command=look.typed(line),
    )


def let_end(first: Request, look: Look) -> CardJson:
    """Draw that an access is to end as it does, and the button that takes that back."""
    ends = when(first.ends_at or first.changed_at, look, first.changed_at, year=True)
    said = (
        look.say(
            "{guest} loses this access to {app} on {when}.",
            guest=first.guest_name,
            app=first.app.name,
            when=ends,
        ),
        look.say("{who} is not warned of it any more; the guest is.", who=first.requestor.name),
    )
    strip = Strip(NOTHING, look.say("Not to be renewed"), said)
    body: list[Element] = [*anatomy.request_header(first, look), anatomy.strip(strip)]
    body.append(anatomy.facts(_facts(first, look)))
    typed = {
        "renew": command(f"/extend {first.label} by 90d", look),
        "show": command(f"/show {first.label}", look),
    }
    body.append(small_print(look.say("To renew it after all, type {renew}. Or type {show}.", **typed)))
    actions: list[Action] = [*renew_button(first, look), _show(first, look)]
    return anatomy.card(look, anatomy.aloud(strip, look, first), body, actions)


def no_access(look: Look, act: str) -> str:
    """Return the answer where there is nothing to renew or let end, or nothing that the asker may know of."""
    if act == "norenew":
        return look.say("Nothing was noted: you have no guest with this address and such an access.")
    return look.say("Nothing was asked for: you have no guest with this address and such an access.")


def several(found: SeveralAccesses, line: str, look: Look, act: str) -> str:
    """Return the accesses of which one has to be named, in a `line` such as `/extend {label} by 90d`."""
    rows = [f"{one.label} ({one.app.name}, {access(one.give, look)})" for one in found.requests]
    names = {"rows": both(rows, look), "command": look.typed(line.format(label=found.requests[0].label))}
    if act == "norenew":
        return look.say("Nothing was noted: the guest has several accesses, {rows}. Type {command}.", **names)
    return look.say("Nothing was asked for: the guest has several accesses, {rows}. Type {command}.", **names)


def _facts(first: Request, look: Look) -> list[tuple[str, str]]:
    return [
        (look.say_as("fact", "Guest"), f"{first.guest_name}, {first.address}"),
        (look.say_as("fact", "Access"), access(first.give, look)),
        anatomy.term_fact(first, look),
        *anatomy.renewal_facts(first, look),
    ]


def _term(view: FormView, look: Look) -> InputText:
    longest = days(view.longest_days, look)
    asks = look.say("Longer by, such as 90d, or until 2027-03-31 (at most {length})", length=longest)
    if endless(view.first):
        asks = look.say("When it ends, such as until 2027-03-31, or for 90d")
    return InputText(
        TERM,
        asks,
        maxLength=_LONGEST_TERM,
        isRequired=True,
        errorMessage=look.say("Choose a term, such as 90d."),
        value=view.term,
    )


def _justification(view: FormView, look: Look) -> InputText:
    return InputText(
        JUSTIFICATION,
        look.say("Justification, read by whoever approves"),
        isMultiline=True,
        maxLength=LONGEST,
        isRequired=view.needs_justification,
        errorMessage=look.say("Write why the guest needs the app."),
        value=view.justification,
    )


def _data(first: Request) -> Data:
    return {"request": first.request_id, "ends": first.ends_at.isoformat() if first.ends_at else NO_END}


def _show(request: Request, look: Look) -> Execute:
    title = look.say_as("button", "Show {label}", label=request.label)
    return Execute(title, "request.view", {"request": request.request_id})


def _or_show(request: Request, look: Look) -> str:
    return look.say("Or type {command}.", command=command(f"/show {request.label}", look))


def _waits_a_moment(request: Request, look: Look) -> str:
    assert request.extends is not None
    last = last_day(request.extends.to, look)
    return look.say("The access then lasts until {day}.", day=last)
