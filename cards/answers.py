"""What people are answered whose press, command or form changed nothing, and why."""

from collections.abc import Sequence
from typing import assert_never

from access.rules.draft import Draft
from access.rules.model import Record, Request, State
from access.rules.refusals import (
    AlreadyDecided,
    NoApprover,
    NotPossible,
    NotYours,
    OwnRequest,
    PlanMoved,
    Problem,
    UnknownRequest,
    Unreadable,
    WillNotWork,
)
from cards import anatomy, approval, request_form, start, words
from cards.anatomy import FAILED, LOOK_AT, NOTHING, UNREAD, Strip, command, small_print
from cards.causes import RETRY, Advice, advice
from cards.elements import Card, CardJson, Element, Execute, OpenDialog
from cards.look import Look
from cards.problems import sentence
from cards.state import decides, short
from cards.words import deed, people, spoken, when

Refusal = (
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


def refused(refusal: Refusal, act: str, look: Look) -> CardJson:
    """Draw a refusal of `act` (approve, deny, cancel, retry, view) and the request as it now stands.

    Except for approvers, who are told what they would decide on, the reader may be anybody, so the card
    shows what the thread shows.
    """
    strip = _strip(refusal, act, look)
    match refusal:
        case PlanMoved():
            return approval.undecided(refusal.request, strip, _moved(refusal), look, may_work=True)
        case WillNotWork():
            return approval.undecided(refusal.request, strip, _obstacle(refusal), look, may_work=False)
        case UnknownRequest() | Unreadable(request=None):
            return Card(_text(refusal, strip), [anatomy.strip(strip)]).to_dict()
        case _:
            return _as_it_stands(refusal, strip, look)


def refused_text(refusal: Refusal, act: str, look: Look) -> str:
    """Return a refusal as a sentence or two, for an answer that others read too."""
    return _text(refusal, _strip(refusal, act, look))


def done(record: Record, act: str) -> str:
    """Return what an act did, for an answer that others read too."""
    request = record.request
    said = {
        "approve": "is approved. Guestlist delivers it now",
        "deny": f"is denied. {request.requestor.name} is told",
        "cancel": "is canceled and nobody can approve it any more",
        "retry": "is taken up again. Guestlist delivers it now",
    }
    return spoken(f"{request.label} {said[act]}: {deed(request)}.")


def _text(refusal: Refusal, strip: Strip) -> str:
    request = None if isinstance(refusal, UnknownRequest) else refusal.request
    about = f" {request.label}: {deed(request)}." if request else ""
    return spoken(f"{strip.state}.{about} {strip.text}")


def _strip(refusal: Refusal, act: str, look: Look) -> Strip:
    changed_nothing = f"Your {act.capitalize()} changed nothing"
    match refusal:
        case AlreadyDecided():
            return Strip(NOTHING, changed_nothing, (_ended(refusal.request, look),))
        case NotYours():
            return Strip(NOTHING, changed_nothing, (f"Only {people(refusal.may)} can do this.",))
        case OwnRequest():
            others = (
                f"so somebody else decides: {people(refusal.may)}." if refusal.may else "and nobody else may."
            )
            return Strip(NOTHING, changed_nothing, (f"You asked for this or gain from it, {others}",))
        case NoApprover():
            owner = f"Ask a tenant admin to name an owner of {refusal.request.app.name}."
            return Strip(LOOK_AT, changed_nothing, ("The policy leaves nobody who may decide now.", owner))
        case PlanMoved():
            return Strip(LOOK_AT, _moved_state(refusal), ("Look at what is new and decide again.",))
        case WillNotWork():
            return Strip(FAILED, "Not approved: it would fail", ("The request still waits.",))
        case NotPossible():
            return Strip(NOTHING, changed_nothing, (_not_possible(act),))
        case Unreadable():
            wait = "The directory could not be read, so nobody can be checked. Wait a minute and try again."
            return Strip(UNREAD, changed_nothing, (wait,))
        case UnknownRequest():
            return _unknown(refusal, look)
        case _:
            assert_never(refusal)


def _unknown(refusal: UnknownRequest, look: Look) -> Strip:
    restore = refusal.restore
    if restore is None:
        name = f"no request {refusal.label}" if refusal.label else "no such request"
        return Strip(NOTHING, f"There is {name}", ("Type /requests for your own.",))
    backup, restored = (when(at, look, restore.at) for at in (restore.to, restore.at))
    why = f"This request was made after the backup of {backup} that was restored on {restored}."
    go_on = "Nothing more happens with it. Send it again with /invite."
    return Strip(LOOK_AT, f"{refusal.label or 'Request'} unknown since restore", (why, go_on))


def _ended(request: Request, look: Look) -> str:
    if request.review is not None:
        verb = "approved" if request.review.result == "Approve" else "denied"
        at = when(request.review.at, look, request.changed_at)
        return f"{request.review.by.name} {verb} on {at}."
    if request.state is State.EXPIRED:
        return f"Nobody decided by {when(request.closes_at, look, request.changed_at)}."
    return f"{request.requestor.name} canceled on {when(request.changed_at, look, request.changed_at)}."


def _not_possible(act: str) -> str:
    if act == "retry":
        return "Retry is for a delivery that has failed, and this one has not."
    return "It is approved, so it cannot be canceled any more."


def _as_it_stands(refusal: Refusal, strip: Strip, look: Look) -> CardJson:
    assert not isinstance(refusal, UnknownRequest)
    request = refusal.request
    assert request is not None
    body: list[Element] = [*anatomy.request_header(request, look), anatomy.strip(strip)]
    body.append(anatomy.facts(_facts(request, look)))
    show = Execute("Show request", "request.view", {"request": request.request_id})
    return Card(_text(refusal, strip), body, [show]).to_dict()


def _facts(request: Request, look: Look) -> list[tuple[str, str]]:
    shown = [("State now", short(request)), ("Requestor", request.requestor.name)]
    if request.state is State.PENDING_APPROVAL:
        return [*shown, ("Closes", when(request.closes_at, look, request.changed_at))]
    return [*shown, ("Ends", words.ends(request, look))] if request.ends_at else shown


def _obstacle(refusal: WillNotWork) -> list[Element]:
    """Return why approving leads nowhere, and what to do before approving again."""
    words_of = advice(refusal.cause, refusal.request)
    again = f"Type /approve {refusal.request.label} then."
    to_do = tuple(point.replace(RETRY, again) for point in words_of.to_do)
    return anatomy.advice(Advice(words_of.cause, to_do), with_to_do=True)


def _moved_state(refusal: PlanMoved) -> str:
    count = len(_news(refusal))
    return f"Not decided: {'1 thing is' if count == 1 else f'{count} things are'} new"


def _news(refusal: PlanMoved) -> list[str]:
    """Return what has moved since the card was drawn; new steps follow from a new account."""
    request, parts = refusal.request, refusal.moved
    redemption = request.plan.redemption if request.plan else None
    said = {
        "guest": f"The guest's account: {words.account(redemption)}.",
        "app": f"The state of {request.app.name} in the directory.",
        "access": f"The access: {words.access(request.give)}.",
        "term": f"The term: {words.term(request.term)}.",
        "rule": "The policy: who decides, or what is given.",
        "landing": "The page on which the guest lands.",
        "steps": "The steps: look at the details.",
    }
    names = [name for name in parts if name != "steps" or "guest" not in parts]
    return [said[name] for name in names] or ["The plan: your card was drawn before it was made anew."]


def _moved(refusal: PlanMoved) -> list[Element]:
    return [anatomy.row(LOOK_AT.symbol, news) for news in _news(refusal)]


def returned(draft: Draft, problems: Sequence[Problem]) -> CardJson:
    """Draw a typed command that was not sent: what is wrong, what was understood, the form to go on with."""
    count = len(problems)
    state = f"Not sent: {'1 thing' if count == 1 else f'{count} things'} to change"
    strip = Strip(FAILED, state, ("Everything you typed is kept.",))
    body: list[Element] = [*anatomy.header(f"Command /{draft.kind}", start.TITLES[draft.kind])]
    body += [anatomy.strip(strip), *(anatomy.row(FAILED.symbol, sentence(problem)) for problem in problems)]
    understood = [
        ("Guest", draft.address),
        ("App", draft.app),
        ("Access", draft.access),
        ("Term", draft.term),
    ]
    if shown := [(title, value) for title, value in understood if value]:
        body += [anatomy.label("Understood"), anatomy.facts(shown)]
    fill_in = OpenDialog("Fill in", f"{draft.kind}.open", request_form.data_of(draft), style="positive")
    text = spoken(f"{state}. {' '.join(sentence(problem) for problem in problems)}")
    return Card(text, body, [fill_in]).to_dict()


def duplicate(first: Request, look: Look) -> CardJson:
    """Draw that the same thing is asked already, and how that request stands."""
    waits = first.state is State.PENDING_APPROVAL
    who = decides(first, look) if waits else f"It is {short(first)[2:].lower()}."
    strip = Strip(NOTHING, f"Not sent: the same as {first.label}", (who,))
    body: list[Element] = [*anatomy.request_header(first, look), anatomy.strip(strip)]
    body.append(anatomy.facts(_facts(first, look)))
    if first.state is State.DELIVERY_FAILED:
        body.append(
            small_print("Its delivery failed. To go on with it, type ", command(f"/retry {first.label}"), ".")
        )
    return Card(spoken(f"{strip.state}: {deed(first)}. {who}"), body).to_dict()


def bug(correlation_id: str) -> CardJson:
    """Draw that Guestlist itself failed; the id finds the log."""
    strip = Strip(
        FAILED, "Guestlist has a fault", ("Try again. If it stays, tell the operator the number below.",)
    )
    number = small_print("Number ", command(correlation_id), ".")
    return Card(f"{strip.state}. {strip.text} {correlation_id}", [anatomy.strip(strip), number]).to_dict()
