"""Draws a request for an audience: the one entrance for the outbox and for answers to buttons."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from access.rules import jobs, lapsing, lasting, unaccepted
from access.rules.model import ON_ACCOUNTS, ObjectId, Record, Request
from access.rules.sight import is_asked, party
from cards import (
    accepted,
    account,
    approval,
    guard_request,
    lapsed,
    list_request,
    older,
    questions,
    reminder,
    requestor,
    setup_request,
    thread,
    warning,
)
from cards.elements import CardJson
from cards.look import Look


def _warning(record: Record, audience: str, look: Look) -> CardJson:
    since, others = lasting.warned_of(record.request, audience), f"/{lasting.OTHERS}" in audience
    gone = f"/{lasting.GONE}" in audience
    return warning.draw(record.request, look, since=since, others=others, gone=gone)


_NOTICES: Mapping[str, Callable[[Record, str, Look], CardJson]] = {
    jobs.REMINDER: reminder.draw,
    lasting.WARNING: _warning,
    lapsing.SHOWN: lapsed.shown,
    unaccepted.REMINDED: lapsed.reminder,
}
"""What is drawn for one person, by the beginning of its audience."""


def draw(record: Record, audience: str, look: Look) -> CardJson:
    """Draw `thread`, `requestor`, `approver/OBJECT-ID`, one after the name of a notice, or `older`."""
    if audience == jobs.OLDER:
        return older.draw(record.request, replace(look, personal=False))
    if record.request.kind in ON_ACCOUNTS:
        return account.draw(record, look)
    return _of_access(record, audience, look)


def _of_access(record: Record, audience: str, look: Look) -> CardJson:
    if audience in {jobs.THREAD, jobs.REQUESTOR} or audience.startswith(jobs.APPROVER):
        return _view(record, audience, replace(look, personal=False) if audience == jobs.THREAD else look)
    if audience == f"{jobs.ASKED}{jobs.REQUESTOR}":
        return questions.asked(record.request, look)
    if audience.startswith(jobs.ANSWERED):
        return questions.answered(record.request, look)
    for start, notice in _NOTICES.items():
        if audience.startswith(start) and (person := jobs.approver_of(audience)):
            if start == lapsing.SHOWN and lapsing.is_kept(record.request, audience):
                return _view(record, _of_person(record.request, person), look)
            return notice(record, audience, look)
    if audience in {f"{jobs.ACCEPTED}{jobs.REQUESTOR}", f"{jobs.ACCEPTED}{jobs.THREAD}"}:
        own = audience.endswith(jobs.REQUESTOR)
        return accepted.draw(
            record.request, look if own else replace(look, personal=False), for_requestor=own
        )
    raise ValueError(f"there is no audience {audience!r}")


def _of_person(request: Request, person: ObjectId) -> str:
    """Return the view of the request that is somebody's own."""
    if person == request.requestor.object_id:
        return jobs.REQUESTOR
    audience = f"{jobs.APPROVER}{person}"
    return jobs.THREAD if _decides_no_more(request, audience) else audience


def _view(record: Record, audience: str, look: Look) -> CardJson:
    """Draw the request itself, as everybody, its requestor or one approver sees it."""
    if record.request.guard is not None:
        return guard_request.draw(record, audience, look)
    if record.request.bulk is not None:
        return list_request.draw(record, audience, look)
    if record.request.setup is not None:
        return setup_request.draw(record, audience, look)
    if audience == jobs.THREAD:
        return thread.draw(record, look)
    if audience == jobs.REQUESTOR:
        return requestor.draw(record, look)
    return approval.draw(record, ObjectId(audience.removeprefix(jobs.APPROVER)), look)


def posted(record: Record, audience: str, look: Look) -> CardJson:
    """Draw for the outbox; an approver who decides no more reads what everybody does, and no more."""
    view = jobs.THREAD if _decides_no_more(record.request, audience) else audience
    return on_card(draw(record, view, look), audience)


def _decides_no_more(request: Request, audience: str) -> bool:
    person = ObjectId(audience.removeprefix(jobs.APPROVER))
    return audience.startswith(jobs.APPROVER) and not (party(request, person) or is_asked(request, person))


_NESTED = frozenset({dict, list})


def on_card(card: CardJson, audience: str) -> CardJson:
    """Let every button say on which of the outbox's cards it is, so that an older copy is recognised."""
    waiting: list[Any] = [card]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            if part.get("type") in {"Action.Execute", "Action.Submit"}:
                part["data"]["card"] = audience
            part = part.values()
        waiting += [one for one in part if type(one) in _NESTED]
    return card


def summary(record: Record, audience: str, look: Look) -> str:
    """Return what is read aloud and what a phone's notification says: the card's own fallback text."""
    return str(draw(record, audience, look)["fallbackText"])
