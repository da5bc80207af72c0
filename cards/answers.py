"""What people are answered whose press, command or form changed nothing, and why."""

from typing import assert_never

from access.rules.causes import Cause
from access.rules.model import ON_ACCOUNTS, Record, Request, State
from access.rules.refusals import (
    AlreadyDecided,
    KeepsChanging,
    NoApprover,
    NotPossible,
    NotYours,
    OwnRequest,
    PlanMoved,
    TooLate,
    UnknownRequest,
    Unreadable,
    WillNotWork,
    WouldFail,
)
from cards import account, anatomy, approval, ended, list_progress, would_fail
from cards.anatomy import FAILED, LOOK_AT, NOTHING, UNREAD, Strip, command, small_print
from cards.cause_words import RETRY, Advice
from cards.causes import advice
from cards.elements import CardJson, Element, Execute
from cards.look import Look
from cards.moved import moved, moved_state
from cards.not_possible import not_possible
from cards.not_retried import give_up, not_retried
from cards.state import canceled, decided, expired, short, strip_of
from cards.texts import marked
from cards.undecided import undecided
from cards.waiting import NotNow, decides, needs_more, not_now
from cards.words import deed, people, spoken, when

_Refusal = (
    AlreadyDecided
    | NotYours
    | OwnRequest
    | NoApprover
    | PlanMoved
    | WillNotWork
    | NotPossible
    | Unreadable
    | UnknownRequest
)
Refusal = _Refusal | NotNow | KeepsChanging | TooLate | WouldFail


def refused(refusal: Refusal, act: str, look: Look) -> CardJson:
    """Draw a refusal of an act, such as `approve` or `view`, and the request as it now stands.

    Except for approvers, who are told what they would decide on, the reader may be anybody, so the card
    shows what the thread shows.
    """
    strip = _strip(refusal, act, look)
    match refusal:
        case PlanMoved():
            return undecided(refusal.request, strip, moved(refusal, look), look, may_work=True)
        case WillNotWork() if act not in _AGAIN:
            return undecided(refusal.request, strip, _obstacle(refusal, look), look, may_work=False)
        case WouldFail():
            return would_fail.draw(refusal, look)
        case UnknownRequest() | Unreadable(request=None):
            return anatomy.card(look, _text(refusal, strip, look), [anatomy.strip(strip)])
        case _:
            return _as_it_stands(refusal, strip, look)


def refused_text(refusal: Refusal, act: str, look: Look) -> str:
    """Return a refusal as a sentence or two, for an answer that others read too."""
    return _text(refusal, _strip(refusal, act, look), look)


_DONE = {
    "approve": marked("{label} is approved. Guestlist delivers it now: {deed}."),
    "deny": marked("{label} is denied. {requestor} is told: {deed}."),
    "cancel": marked("{label} is canceled and nobody can approve it any more: {deed}."),
    "retry": marked("{label} is taken up again. Guestlist delivers it now: {deed}."),
    "pause": marked("{label} is paused. Nobody else is invited until it is resumed: {deed}."),
    "resume": marked("{label} goes on: {deed}."),
    "stop": marked("{label} is stopped for good. What is begun is finished: {deed}."),
    "stop-over": marked("{label} is stopped for good. What is begun and not given yet fails: {deed}."),
    "amend": marked("{label} is for less now, and waits for approval: {deed}."),
    "ask": marked(
        "{requestor} is asked, and the time to decide {label} stands still until the answer: {deed}."
    ),
    "answer": marked("{label} goes on waiting. Whoever decides reads your answer: {deed}."),
    "keep": marked("The access of {label} is kept, and nobody is asked about it for a while: {deed}."),
}
_CHANGED_NOTHING = {
    "approve": marked("Your Approve changed nothing"),
    "deny": marked("Your Deny changed nothing"),
    "cancel": marked("Your Cancel changed nothing"),
    "retry": marked("Your Retry changed nothing"),
    "pause": marked("Your Pause changed nothing"),
    "resume": marked("Your Resume changed nothing"),
    "stop": marked("Your Stop changed nothing"),
    "amend": marked("Your change was not made"),
    "except": marked("Nothing was left out"),
    "file": marked("There is no file"),
    "ask": marked("Your question was not sent"),
    "answer": marked("Your answer was not sent"),
    "remove": marked("You removed nothing"),
    "keep": marked("Your Keep changed nothing"),
    "restore": marked("You restored nothing"),
    "extend": marked("Nothing was asked for"),
    "norenew": marked("Nothing was noted"),
    "undo": marked("You undid nothing"),
    "change": marked("You changed nothing"),
    "view": marked("Nothing can be shown now"),
    "resend": marked("Nothing was sent"),
    "protect": marked("Nothing was changed"),
}
ACTS = frozenset(_CHANGED_NOTHING)
_AGAIN = frozenset({"retry", "resume", "pause"})


def done(record: Record, act: str, look: Look) -> str:
    """Return what an act did, for an answer that others read too."""
    request = record.request
    if act == "except":
        act = "amend" if request.state is State.PENDING_APPROVAL else "approve"
    if act == "stop" and list_progress.fails(request, look):
        act = "stop-over"
    about = {"label": request.label, "requestor": request.requestor.name, "deed": deed(request, look)}
    of_end = act == "retry" and ended.ends_or_ended(request) is not None
    of_setup = request.of_no_guest and act in {"approve", "retry"}
    if act in {"remove", "restore", "undo"} or of_end or of_setup:
        return anatomy.aloud(strip_of(record, look), look, request)
    if act == "approve" and request.state is State.PENDING_APPROVAL:
        more = needs_more(request, look)
        return spoken(look.say("You have approved {label}: {deed}. {more}", more=more, **about))
    return spoken(look.say(_DONE[act], **about))


def _text(refusal: Refusal, strip: Strip, look: Look) -> str:
    return anatomy.aloud(strip, look, None if isinstance(refusal, UnknownRequest) else refusal.request)


def _strip(refusal: Refusal, act: str, look: Look) -> Strip:
    changed_nothing = look.say(_CHANGED_NOTHING[act])
    if isinstance(refusal, NotNow):
        return not_now(refusal, changed_nothing, look)
    if isinstance(refusal, WouldFail):
        return would_fail.strip(refusal, look)
    if isinstance(refusal, TooLate):
        return Strip(NOTHING, changed_nothing, account.too_late(refusal.request, look))
    if isinstance(refusal, KeepsChanging):
        again = look.say("Others keep changing this request. Look at it as it is now and try again.")
        return Strip(LOOK_AT, changed_nothing, (again,))
    if isinstance(refusal, WillNotWork) and act in _AGAIN:
        return Strip(NOTHING, changed_nothing, not_retried(refusal, look, act))
    if isinstance(refusal, WillNotWork) and act == "protect":
        why = advice(refusal.cause, refusal.request, look)
        return Strip(FAILED, changed_nothing, (why.cause, *why.to_do))
    return _strip_of(refusal, act, changed_nothing, look)


def _strip_of(refusal: _Refusal, act: str, changed_nothing: str, look: Look) -> Strip:
    match refusal:
        case AlreadyDecided():
            return Strip(NOTHING, changed_nothing, (_ended(refusal.request, look),))
        case NotYours():
            only = look.say("Only {people} can do this.", people=people(refusal.may, look))
            return Strip(NOTHING, changed_nothing, (only,))
        case OwnRequest():
            return Strip(NOTHING, changed_nothing, (_own(refusal, look),))
        case NoApprover():
            nobody = look.say("The policy leaves nobody who may decide now.")
            owner = look.say("Ask a tenant admin to name an owner of {app}.", app=refusal.request.app.name)
            return Strip(LOOK_AT, changed_nothing, (nobody, owner))
        case PlanMoved():
            again = look.say("Look at what is new and decide again.")
            return Strip(LOOK_AT, moved_state(refusal, look), (again,))
        case WillNotWork():
            return _not_approved(refusal, changed_nothing, look)
        case NotPossible():
            return Strip(NOTHING, changed_nothing, (not_possible(refusal.request, act, look),))
        case Unreadable():
            wait = look.say(
                "The directory could not be read, so nobody can be checked. Wait a minute and try again."
            )
            return Strip(UNREAD, changed_nothing, (wait,))
        case UnknownRequest():
            return _unknown(refusal, look)
        case _:
            assert_never(refusal)


def _not_approved(refusal: WillNotWork, changed_nothing: str, look: Look) -> Strip:
    waits = look.say("The request still waits.")
    if refusal.cause is Cause.OTHERS_GROUP:
        return Strip(NOTHING, changed_nothing, (waits,))
    return Strip(FAILED, look.say("Not approved: it would fail"), (waits,))


def _own(refusal: OwnRequest, look: Look) -> str:
    if not refusal.may:
        return look.say("You asked for this or gain from it, and nobody else may.")
    return look.say(
        "You asked for this or gain from it, so somebody else decides: {people}.",
        people=people(refusal.may, look),
    )


def _unknown(refusal: UnknownRequest, look: Look) -> Strip:
    restore = refusal.restore
    if restore is None:
        state = look.say("There is no such request")
        if refusal.label:
            state = look.say("There is no request {label}", label=refusal.label)
        return Strip(NOTHING, state, (_own_requests(look),))
    backup, restored = (when(at, look, restore.at) for at in (restore.to, restore.at))
    state = look.say("Request unknown since restore")
    if refusal.label:
        state = look.say("{label} unknown since restore", label=refusal.label)
    why = look.say(
        "This request was made after the backup of {backup} that was restored on {restored}.",
        backup=backup,
        restored=restored,
    )
    go_on = look.say(
        "Nothing more happens with it. Send it again with {command}.", command=look.typed("/invite")
    )
    return Strip(LOOK_AT, state, (why, go_on))


def _own_requests(look: Look) -> str:
    """Return where to see one's own: lists are answered in one's own chat alone."""
    if look.shared:
        return look.say("Type {command} in your own chat with Guestlist for your own.", command="/requests")
    return look.say("Type {command} for your own.", command="/requests")


def _ended(request: Request, look: Look) -> str:
    if request.review is not None or request.waived is not None:
        return decided(request, look)
    return expired(request, look) if request.state is State.EXPIRED else canceled(request, look)


def _as_it_stands(refusal: Refusal, strip: Strip, look: Look) -> CardJson:
    assert not isinstance(refusal, UnknownRequest)
    request = refusal.request
    assert request is not None
    body: list[Element] = [*anatomy.request_header(request, look), anatomy.strip(strip)]
    body.append(anatomy.facts(_facts(request, look)))
    button = look.say_as("button", "Show request")
    show = Execute(button, "request.view", {"request": request.request_id})
    body.append(approval.or_type(f"/show {request.label}", look))
    return anatomy.card(look, _text(refusal, strip, look), body, [show])


def _facts(request: Request, look: Look) -> list[tuple[str, str]]:
    shown = [(look.say_as("fact", "State now"), short(request, look))]
    shown.append((look.say_as("fact", "Requestor"), request.requestor.name))
    if request.state is State.PENDING_APPROVAL:
        closes = when(request.closes_at, look, request.changed_at)
        return [*shown, (look.say_as("fact", "Closes"), closes)]
    return [*shown, anatomy.term_fact(request, look)] if request.ends_at else shown


def _obstacle(refusal: WillNotWork, look: Look) -> list[Element]:
    """Return why approving leads nowhere, and what to do before approving again."""
    words_of = advice(refusal.cause, refusal.request, look)
    again = look.say("Type {command} then.", command=look.typed(f"/approve {refusal.request.label}"))
    retry = look.say(RETRY)
    to_do = tuple(again if point == retry else point for point in words_of.to_do)
    return anatomy.advice(Advice(words_of.cause, to_do), look, with_to_do=True)


_STANDS = {
    State.SUBMITTED: marked("It is waiting."),
    State.DELIVERING: marked("It is delivering."),
    State.DELIVERED: marked("It is delivered."),
    State.DELIVERY_FAILED: marked("It is failed."),
    State.DENIED: marked("It is denied."),
    State.CANCELED: marked("It is canceled."),
    State.EXPIRED: marked("It is expired."),
}


def duplicate(first: Request, look: Look) -> CardJson:
    """Draw that the same thing is asked already, and how that request stands."""
    waits = first.state is State.PENDING_APPROVAL
    who = decides(first, look) if waits else look.say(_STANDS[first.state])
    strip = Strip(NOTHING, look.say("Not sent: the same as {label}", label=first.label), (who,))
    body: list[Element] = [*anatomy.request_header(first, look), anatomy.strip(strip)]
    body.append(anatomy.facts(_facts(first, look)))
    if first.state is State.DELIVERY_FAILED:
        retry = command(f"/retry {first.label}", look)
        failed = look.say("Its delivery failed. To go on with it, type {command}.", command=retry)
        if not first.of_no_guest and first.kind not in ON_ACCOUNTS:
            ends = command(give_up(first), look)
            failed = f"{failed} {look.say('To give it up, type {command}.', command=ends)}"
        body.append(small_print(failed))
    about = look.say("{state}: {deed}. {more}", state=strip.state, deed=deed(first, look), more=who)
    return anatomy.card(look, spoken(about), body)
