"""How far a removal from the directory is, in words: the strip of every view, and the one word in a list."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from access.rules.accounts import REMOVED, Right
from access.rules.departing import UnderWay
from access.rules.model import Account, AccountState, JobStatus, Kind, Record, Request, State
from access.rules.removal_plan import had_any
from access.rules.removing import is_blocked, is_over, steps_of, stopped_by
from cards.anatomy import DONE, FAILED, LOOK_AT, NOTHING, WORKING, Strip, Tone
from cards.look import Look
from cards.texts import marked
from cards.words import day, first, when

_SHORT: Mapping[AccountState, tuple[Tone, str]] = {
    AccountState.BLOCKED: (LOOK_AT, marked("Blocked")),
    AccountState.DELETED: (NOTHING, marked("Deleted")),
    AccountState.RESTORING: (WORKING, marked("Restoring")),
    AccountState.RESTORED: (DONE, marked("Restored")),
    AccountState.GONE: (NOTHING, marked("Gone for good")),
}
_STUCK: Mapping[AccountState, str] = {
    AccountState.BLOCKED: marked("Not deleted"),
    AccountState.DELETED: marked("Not known to be gone"),
    AccountState.RESTORING: marked("Not restored"),
}


_OF_CHANGES: Mapping[State, tuple[Tone, str]] = {
    State.DELIVERING: (WORKING, marked("Changing")),
    State.DELIVERED: (DONE, marked("Changed")),
}


def short(request: Request) -> tuple[Tone, str]:
    """Return the state as symbol and word, which is to be translated."""
    given = request.account
    if request.kind is Kind.CHANGE and request.state in _OF_CHANGES:
        return _OF_CHANGES[request.state]
    if request.state is State.DELIVERY_FAILED or (given is not None and given.failure is not None):
        return FAILED, marked("Failed")
    if request.state is State.CANCELED:
        return NOTHING, marked("Given up")
    return (WORKING, marked("Removing")) if given is None else _SHORT[given.state]


def strip_of(record: Record, waits: tuple[str, ...], look: Look) -> Strip:
    """Return the strip; `waits` says what a step waits for."""
    request, given = record.request, record.request.account
    guest = first(request.guest_name, look)
    if request.kind is Kind.CHANGE:
        return _of_change(record, waits, look)
    if request.state is State.DELIVERY_FAILED:
        may = look.say("{guest} may still be able to sign in.", guest=guest)
        state = look.say("Not known to be blocked") if is_blocked(record) else look.say("Not blocked")
        return Strip(FAILED, state, (may,))
    if request.state is State.CANCELED:
        nothing = look.say("It failed before anything was done. The account of {guest} stays.", guest=guest)
        return Strip(NOTHING, look.say("Given up"), (nothing,))
    if given is None:
        steps = steps_of(record)
        done = sum(job.status is JobStatus.DONE for job in steps)
        state = look.say(
            "Removing: step {place} of {steps}", place=min(done + 1, len(steps)), steps=len(steps)
        )
        return Strip(WORKING, state, (asked_by(request, look), *waits))
    if given.failure is not None:
        return Strip(
            FAILED, look.say(_STUCK.get(given.state, marked("Failed"))), (_stands(request, given, look),)
        )
    tone, word = _SHORT[given.state]
    return Strip(tone, look.say(word), (_stands(request, given, look), *waits))


def _of_change(record: Record, waits: tuple[str, ...], look: Look) -> Strip:
    request = record.request
    if request.state is State.DELIVERED:
        return Strip(DONE, look.say("Changed"), (asked_by(request, look), look.say("It was read back.")))
    if request.state is State.DELIVERY_FAILED:
        part = look.say("A part of it may be done: the guest's card shows what the directory says now.")
        return Strip(FAILED, look.say("Not changed as asked"), (part,))
    return Strip(WORKING, look.say("Changing"), (asked_by(request, look), *waits))


def has_failed(request: Request) -> bool:
    """Tell whether a removal has failed or stands still, so that somebody has to take it up."""
    return bool(stopped_by(request))


def already(request: Request, look: Look) -> str:
    """Return what a removal has done already, or has tried."""
    given, failed, label = request.account, has_failed(request), request.label
    if given is None:
        if failed:
            return look.say("{label} tried to remove this guest and failed.", label=label)
        return look.say("{label} is removing this guest already.", label=label)
    if given.state is AccountState.RESTORING:
        if failed:
            return look.say("{label} tried to restore this guest and failed.", label=label)
        return look.say("{label} is restoring this guest.", label=label)
    if given.state is AccountState.BLOCKED and failed:
        return look.say("{label} has blocked this guest, and the deletion stands still.", label=label)
    return look.say("{label} has removed this guest already.", label=label)


def of_guest(found: UnderWay | None, at: datetime, look: Look) -> tuple[Strip, str] | None:
    """Return how a guest stands whom a removal keeps out, and what to do; None where it is something else."""
    request = found.request if found is not None else None
    if found is None or request is None:
        return None
    given = request.account
    if has_failed(request):
        return _stuck(found, look)
    if given is None or given.state not in REMOVED:
        return None
    tone, word = _SHORT[given.state]
    what = look.say("{label} is the removal of {guest} from the directory.", **_named(request, look))
    strip = Strip(tone, look.say(word), (what, asked_by(request, look), _stands(request, given, look, at)))
    if is_over(given, at):
        invite = look.typed(f'/invite {request.address} to "APP"')
        return strip, look.say("To let the guest in again, type {command}.", command=invite)
    if given.state is AccountState.RESTORING:
        return strip, look.say("Wait. Guestlist goes on by itself.")
    if found.may_restore:
        return strip, look.say(
            "If {guest} is to stay, restore the guest. It brings back all that there was.",
            **_named(request, look),
        )
    return strip, look.say(
        "If {guest} is to stay: {who}, an admin, or whoever owns every app of the guest can restore.",
        who=request.requestor.name,
        guest=first(request.guest_name, look),
    )


def _stuck(found: UnderWay, look: Look) -> tuple[Strip, str]:
    """Return how a guest stands whose removal, or whose way back, has failed, and what goes on with it."""
    request, guest = found.request, _named(found.request, look)
    strip = strip_of(found.record, (), look)
    tried = look.say("{label} tried to remove {guest} from the directory and failed.", **guest)
    if request.account is not None:
        tried = already(request, look)
    strip = replace(strip, sentences=(tried, *strip.sentences))
    if not found.may_retry:
        return strip, look.say("An admin, or whoever owns every app of the guest, can go on with it.")
    retry = look.typed(f"/retry {request.label}")
    return strip, look.say("To go on with it, type {command}.", command=retry)


def _named(request: Request, look: Look) -> dict[str, str]:
    return {"label": request.label, "guest": first(request.guest_name, look)}


def asked_by(request: Request, look: Look) -> str:
    """Return who had it done, when, and by which right."""
    ordered = request.ordered
    if ordered is None:
        return ""
    at = when(ordered.at, look, request.changed_at)
    if ordered.right is Right.ADMIN:
        return look.say("{who}, an admin, asked for it on {when}.", who=ordered.by.name, when=at)
    if ordered.right is Right.OF_AN_APP:
        return look.say(
            "{who}, who owns an app of the guest, asked for it on {when}.", who=ordered.by.name, when=at
        )
    return look.say("{who}, whose apps these are, asked for it on {when}.", who=ordered.by.name, when=at)


def _stands(request: Request, given: Account, look: Look, at: datetime | None = None) -> str:
    guest, changed = first(request.guest_name, look), request.changed_at
    match given.state:
        case AccountState.BLOCKED:
            blocked = when(request.delivered_at or changed, look, changed)
            return look.say(
                "Since {when} {guest} cannot sign in, as read back from the directory. "
                "On {day} the account is deleted.",
                when=blocked,
                guest=guest,
                day=_day(given.delete_at, look),
            )
        case AccountState.DELETED if is_over(given, at or changed):
            return _no_more(guest, look)
        case AccountState.DELETED:
            return look.say(
                "The account was deleted on {when}, as read back from the directory. Until {day} it can be "
                "restored with everything it had.",
                when=when(given.deleted_at or changed, look, changed),
                day=_day(given.gone_at or changed, look),
            )
        case AccountState.RESTORING:
            return _wanted_back(given, changed, look)
        case AccountState.RESTORED:
            return _is_back(request, given, guest, look)
        case AccountState.GONE:
            return _no_more(guest, look)


def _no_more(guest: str, look: Look) -> str:
    return look.say(
        "Nobody can restore {guest} any more. To let the guest in again, send an invitation.", guest=guest
    )


def _is_back(request: Request, given: Account, guest: str, look: Look) -> str:
    """Return that the account is back, with apps and groups only where there were any."""
    if given.put_back is None:
        return look.say(
            "Somebody has restored {guest} in the directory, past Guestlist. Each access goes on with the "
            "end that it had.",
            guest=guest,
        )
    back = look.say("{guest} is in the directory again, with apps and groups, as read back.", guest=guest)
    if not had_any(request):
        back = look.say("{guest} is in the directory again, without an app or a group.", guest=guest)
    signs_in = look.say("The guest can sign in.")
    if given.was_blocked:
        signs_in = look.say("The account was blocked before the removal and stays so.")
    return f"{back} {signs_in}"


def _wanted_back(given: Account, changed: datetime, look: Look) -> str:
    back = given.put_back
    return look.say(
        "{who} wanted the account back on {when}.",
        who=back.by.name if back else "",
        when=when(back.at if back else changed, look, changed),
    )


def _day(at: datetime, look: Look) -> str:
    return day(at.astimezone(look.zone).date(), look)
