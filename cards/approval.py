"""What an approver sees of a request: who, what, why, for how long, and the buttons that decide."""

from access.rules.model import ObjectId, Record, Request, State
from cards import anatomy, words
from cards.anatomy import Strip, command, data_of, small_print
from cards.causes import advice
from cards.elements import (
    Action,
    ActionSet,
    Card,
    CardJson,
    Container,
    Element,
    Execute,
    InputText,
    ShowCard,
    ToggleVisibility,
)
from cards.look import Look
from cards.state import approver_fact, step_rows, strip_of
from cards.thread import spoken_state
from cards.words import deed, first, for_term, spoken


def draw(record: Record, person: ObjectId, look: Look) -> CardJson:
    """Draw for an approver: buttons while it waits, unless it is their own; afterwards what became of it."""
    request = record.request
    waits = request.state is State.PENDING_APPROVAL
    may = waits and person != request.requestor.object_id
    body: list[Element] = [
        *anatomy.request_header(request, look),
        anatomy.strip(strip_of(record, look, person if may else None)),
        anatomy.facts(facts(request, look)),
        *anatomy.prose("Justification", request.justification),
    ]
    if waits:
        body += details(request)
    else:
        body += outcome(record, look)
    actions: list[Action] = []
    if may:
        body.append(deciding_small_print(request))
        actions = [approve_button(request, "Approve"), deny_button(request)]
    elif request.failure is not None:
        body.append(small_print("Or type ", command(f"/retry {request.label}"), "."))
        actions = [retry_button(request)]
    refresh = ("approval.view", {"request": request.request_id}, look.refresh) if look.refresh else None
    return Card(summary(record, person, look), body, actions, refresh=refresh).to_dict()


def summary(record: Record, person: ObjectId, look: Look) -> str:
    """Return the card in a line or two; whoever reads it may decide."""
    request = record.request
    if request.state is not State.PENDING_APPROVAL or person == request.requestor.object_id:
        return spoken_state(record, look)
    verb = deed(request).split(" ", 1)[0].lower()
    guest = f"{request.guest_name} ({request.address})"
    asked = f"{request.requestor.name} asks you to approve {request.label}: {verb} {guest}"
    what = f"{asked} to {request.app.name} {for_term(request.term)}."
    return spoken(f"{what} Type /approve {request.label}, or /deny {request.label} and your justification.")


def facts(request: Request, look: Look) -> list[tuple[str, str]]:
    """Return what one decides by, or what was decided."""
    shown = [("Guest", f"{request.guest_name}, {request.address}")]
    if request.state is State.PENDING_APPROVAL and request.plan is not None:
        shown.append(("Account", words.account(request.plan.redemption)))
    shown.append(("Access", words.access(request.give)))
    ends = ("Ends", words.ends(request, look)) if request.ends_at else ("Term", words.term(request.term))
    return [*shown, ends, ("Requestor", request.requestor.name), *approver_fact(request, look)]


def details(request: Request) -> list[Element]:
    """Return the plan behind a button: the steps, and the mail's personal message."""
    steps = request.plan.steps if request.plan else ()
    inside: list[Element] = [anatomy.label("After your approval", spacing="Small")]
    inside += [
        anatomy.row(str(place), words.step(kind, request)) for place, kind in enumerate(steps, start=1)
    ]
    inside += anatomy.prose("Message to the guest", request.message)
    show = ActionSet([ToggleVisibility("Show or hide details", "details")], spacing="Small")
    return [show, Container(inside, id="details", isVisible=False)]


def outcome(record: Record, look: Look) -> list[Element]:
    """Return what followed the decision: its justification, the cause of a failure, the steps."""
    request = record.request
    shown: list[Element] = []
    if request.state is State.DENIED and request.review is not None:
        shown += anatomy.prose(
            f"{first(request.review.by.name)}'s justification", request.review.justification
        )
    if request.failure is not None:
        words_of = advice(request.failure.cause, request, request.failure.step)
        shown += anatomy.advice(words_of, with_to_do=True)
    if request.state is State.DELIVERING or request.failure is not None:
        shown += [anatomy.label("Steps"), *step_rows(record, look)]
    return shown


def deciding_small_print(request: Request) -> Element:
    approve, deny = command(f"/approve {request.label}"), command(f"/deny {request.label}")
    return small_print("Or type ", approve, ", or ", deny, " and your justification.")


def approve_button(request: Request, title: str) -> Execute:
    return Execute(title, "approval.approve", data_of(request), style="positive")


def deny_button(request: Request) -> ShowCard:
    requestor = request.requestor.name
    field = InputText(
        "justification",
        f"Justification, sent to {words.cleaned(requestor)}",
        isMultiline=True,
        maxLength=words.LONGEST,
        isRequired=True,
        errorMessage=f"Write a justification. {words.cleaned(first(requestor))} reads it.",
    )
    deny = Execute("Deny request", "approval.deny", data_of(request), style="destructive")
    return ShowCard("Deny", [field], deny, text="Deny", style="destructive")


def retry_button(request: Request) -> Execute:
    return Execute("Retry", "delivery.retry", data_of(request), style="positive")


def undecided(
    request: Request, strip: Strip, changes: list[Element], look: Look, *, may_work: bool
) -> CardJson:
    """Draw for an approver whose press decided nothing: what stands against it, and the request as it is."""
    body: list[Element] = [*anatomy.request_header(request, look), anatomy.strip(strip), *changes]
    body += [anatomy.facts(facts(request, look)), *anatomy.prose("Justification", request.justification)]
    body += [*details(request), deciding_small_print(request)]
    approve = [approve_button(request, "Approve as shown")] if may_work else []
    text = spoken(f"{strip.state}. {request.label}: {deed(request)}. {strip.text}")
    return Card(text, body, [*approve, deny_button(request)]).to_dict()
