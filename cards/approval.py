"""What an approver sees of a request: who, what, why, for how long, and the buttons that decide."""

from dataclasses import replace

from access.rules.model import Kind, ObjectId, Record, Request, State
from access.rules.refusals import WillNotWork
from access.rules.retrying import too_late
from access.rules.stages import may_press
from access.rules.standing import open_question
from cards import anatomy, checked, ended, words
from cards.amending import amend_button, amend_line
from cards.anatomy import Strip, command, data_of, small_print
from cards.causes import advice
from cards.elements import (
    Action,
    ActionSet,
    CardJson,
    Container,
    Element,
    Execute,
    OpenDialog,
    ShowCard,
    ToggleVisibility,
)
from cards.form_questions import answers
from cards.look import Look
from cards.not_retried import not_retried
from cards.questions import ask_button, asked_and_answered
from cards.state import approver_fact, step_rows, strip_of
from cards.steps import step
from cards.words import first, how_long, spoken


def draw(record: Record, person: ObjectId, look: Look) -> CardJson:
    """Draw for an approver: buttons while it waits for them, never on their own; else how it stands."""
    request = record.request
    waits = request.state is State.PENDING_APPROVAL
    may = may_press(request, person)
    body: list[Element] = [
        *anatomy.request_header(request, look),
        anatomy.strip(strip_of(record, look, person if may else None)),
        anatomy.facts(facts(request, look)),
        *anatomy.prose(look.say("Justification"), request.justification, look),
        *answers(request, look),
        *(asked_and_answered(request, look) if waits else ()),
    ]
    body += details(request, look) if waits else outcome(record, look)
    actions: list[Action] = []
    if may:
        body.append(deciding_small_print(request, look))
        approve = approve_button(request, look.say_as("button", "Approve"))
        actions = [approve, deny_button(request, look)]
        if not open_question(request):
            actions.append(ask_button(request, look))
        if request.extends is None:
            actions.append(amend_button(request, look))
    elif can_retry(request, look):
        body.append(or_type(f"/retry {request.label}", look))
        actions = [retry_button(request, look)]
    refresh = ("approval.view", {"request": request.request_id})
    return anatomy.card(look, summary(record, person, look), body, actions, refresh=refresh)


def summary(record: Record, person: ObjectId, look: Look) -> str:
    """Return the card in a line or two; whoever reads it may decide."""
    request = record.request
    if not may_press(request, person):
        return anatomy.aloud(strip_of(record, look), look, request)
    to_do = look.say(
        "Type {approve}, or {deny} and your justification.",
        approve=look.typed(f"/approve {request.label}"),
        deny=look.typed(f"/deny {request.label}"),
    )
    said = (_asked(request, look), checked.warned(request, look), to_do)
    return spoken(" ".join(one for one in said if one))


def _asked(request: Request, look: Look) -> str:
    asked = {
        "requestor": request.requestor.name,
        "label": request.label,
        "guest": f"{request.guest_name} ({request.address})",
        "app": request.app.name,
        "how_long": how_long(request, look),
    }
    if request.extends is not None:
        return look.say(
            "{requestor} asks you to approve {label}: renew {guest} in {app} {how_long}.", **asked
        )
    if request.kind is Kind.ASSIGN:
        return look.say(
            "{requestor} asks you to approve {label}: assign {guest} to {app} {how_long}.", **asked
        )
    return look.say("{requestor} asks you to approve {label}: invite {guest} to {app} {how_long}.", **asked)


def facts(request: Request, look: Look) -> list[tuple[str, str]]:
    """Return what one decides by, or what was decided."""
    shown = [(look.say_as("fact", "Guest"), f"{request.guest_name}, {request.address}")]
    waits = request.state is State.PENDING_APPROVAL and request.plan is not None
    if waits and request.plan and request.extends is None:
        shown.append((look.say_as("fact", "Account"), words.account(request.plan.redemption, look)))
    return [
        *shown,
        (look.say_as("fact", "Access"), words.access(request.give, look)),
        anatomy.term_fact(request, look),
        *anatomy.renewal_facts(request, look),
        (look.say_as("fact", "Requestor"), request.requestor.name),
        *anatomy.sponsor_fact(request, look),
        *approver_fact(request, look),
    ]


def details(request: Request, look: Look) -> list[Element]:
    """Return the plan behind a button: the steps, and the mail's personal message."""
    steps = request.plan.steps if request.plan else ()
    inside: list[Element] = [anatomy.label(look.say("After your approval"), spacing="Small")]
    inside += [
        anatomy.row(str(place), step(kind, request, look)) for place, kind in enumerate(steps, start=1)
    ]
    inside += anatomy.prose(look.say("Message to the guest"), request.message, look)
    toggle = ToggleVisibility(look.say_as("button", "Show or hide details"), "details")
    line = or_type(f"/check {request.label}", look)
    return [
        *will_it_work(request, look),
        ActionSet([toggle], spacing="Small"),
        Container([*inside, line], id="details", isVisible=False),
    ]


def will_it_work(request: Request, look: Look) -> list[Element]:
    """Return what is known of whether it will work, in one line, and the button that tells more."""
    data = {"request": request.request_id}
    check = OpenDialog(look.say_as("button", "Will it work?"), "check.open", data)
    return [*checked.line(request, look), ActionSet([check], spacing="Small")]


def outcome(record: Record, look: Look) -> list[Element]:
    """Return what followed the decision: its justification, the cause of a failure, the steps."""
    request = record.request
    shown: list[Element] = []
    if request.state is State.DENIED and request.review is not None:
        title = look.say("{name}'s justification", name=first(request.review.by.name, look))
        shown += anatomy.prose(title, request.review.justification, look)
    if request.failure is not None:
        words_of = advice(request.failure.cause, request, look, request.failure.step)
        if late := too_late(request, request.changed_at, look.ends_in):
            words_of = replace(words_of, to_do=not_retried(WillNotWork(request, late), look))
        shown += anatomy.advice(words_of, look, with_to_do=True)
    shown += ended.cause(request, look, with_to_do=True)
    if request.state is State.DELIVERING or request.failure is not None:
        shown += [anatomy.label(look.say("Steps")), *step_rows(record, look)]
    return shown


def deciding_small_print(request: Request, look: Look) -> Element:
    typed = {
        "approve": command(f"/approve {request.label}", look),
        "deny": command(f"/deny {request.label}", look),
        "amend": command(amend_line(request), look),
    }
    if request.extends:
        said = look.say(
            "Or type {approve}, {deny} and your justification, or {ask} and your question.",
            ask=command(f"/ask {request.label}", look),
            **typed,
        )
        return small_print(said)
    if open_question(request):
        said = look.say("Or type {approve}, {deny} and your justification, or {amend}.", **typed)
        return small_print(said)
    said = look.say(
        "Or type {approve}, {deny} and your justification, {ask} and your question, or {amend}.",
        ask=command(f"/ask {request.label}", look),
        **typed,
    )
    return small_print(said)


def or_type(line: str, look: Look) -> Element:
    return small_print(look.say("Or type {command}.", command=command(line, look)))


def approve_button(request: Request, title: str) -> Execute:
    return Execute(title, "approval.approve", data_of(request), style="positive")


def deny_button(request: Request, look: Look) -> ShowCard:
    requestor = words.cleaned(request.requestor.name)
    return anatomy.written(
        look.say_as("button", "Deny"),
        "justification",
        look.say("Justification, sent to {name}", name=requestor),
        look.say("Write a justification. {name} reads it.", name=first(requestor, look)),
        Execute(
            look.say_as("button", "Deny request"), "approval.deny", data_of(request), style="destructive"
        ),
        style="destructive",
    )


def can_retry(request: Request, look: Look) -> bool:
    """Tell whether what has failed can be taken up, by the time of what the card shows."""
    stands_still = request.failure is not None or ended.stands_still(request)
    return stands_still and too_late(request, request.changed_at, look.ends_in) is None


def retry_button(request: Request, look: Look) -> Execute:
    return Execute(look.say_as("button", "Retry"), "delivery.retry", data_of(request), style="positive")


def undecided(
    request: Request, strip: Strip, changes: list[Element], look: Look, *, approve: Execute | None
) -> CardJson:
    """Draw for an approver whose press decided nothing: what stands against it, and the request as it is."""
    body: list[Element] = [*anatomy.request_header(request, look), anatomy.strip(strip), *changes]
    body.append(anatomy.facts(facts(request, look)))
    body += anatomy.prose(look.say("Justification"), request.justification, look)
    body += [*answers(request, look), *asked_and_answered(request, look)]
    body += [*details(request, look), deciding_small_print(request, look)]
    actions: list[Action] = [deny_button(request, look)]
    if approve is not None:
        actions.insert(0, approve)
    return anatomy.card(look, anatomy.aloud(strip, look, request), body, actions)
