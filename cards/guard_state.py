"""How far a protection is, in words: the strip of every view, and the one word in a list."""

from collections.abc import Iterator, Mapping

from access.rules import guarding
from access.rules.clues import Unread
from access.rules.guard_trials import is_cut
from access.rules.guards import Guard, GuardAct, GuardState, Observed
from access.rules.model import JobStatus, Record, Request, State
from cards.anatomy import DONE, FAILED, LOOK_AT, NOTHING, WORKING, Strip, Tone
from cards.causes import advice
from cards.guard_words import parts
from cards.look import Look
from cards.texts import marked
from cards.words import cleaned, when

_SHORT: Mapping[GuardState, tuple[Tone, str]] = {
    GuardState.WATCHING: (LOOK_AT, marked("Only reports")),
    GuardState.ENFORCED: (DONE, marked("Enforced")),
    GuardState.PARTLY: (FAILED, marked("Enforced in part")),
    GuardState.REMOVED: (NOTHING, marked("Removed")),
}
_DOING: Mapping[GuardAct, str] = {
    GuardAct.ENFORCE: marked("Enforcing"),
    GuardAct.WATCH: marked("Back to reporting"),
    GuardAct.REMOVE: marked("Removing"),
}
_NOT_READ: Mapping[str, str] = {
    Unread.PERMISSION: marked(
        "Guestlist may not read the sign-in log with its policies: "
        "AuditLog.Read.All or Policy.Read.All is missing."
    ),
    Unread.LICENCE: marked("The tenant has no licence for the sign-in log (Entra ID P1)."),
    Unread.TOO_MUCH: marked(
        "There are more sign-ins than Guestlist goes through, so nobody can say what it would have done."
    ),
    Unread.UNFAMILIAR: marked("The sign-in log does not say what the policies reported."),
}
_LOG_AWAY = marked("The sign-in log could not be read.")


def short(request: Request) -> tuple[Tone, str] | None:
    """Return the state as symbol and word, which is to be translated; None before it was made."""
    guard = request.guard
    return _SHORT[guard.state] if guard is not None and guard.state is not None else None


def moved_on(request: Request, look: Look) -> str:
    """Return what a protection has come to since a card was drawn, on which somebody pressed."""
    guard = request.guard
    if guard is None or guard.state is None:
        return look.say("It protects nothing.")
    now = _DOING[guard.doing.act] if guard.doing else _SHORT[guard.state][1]
    said = look.say("It has moved on: {state}.", state=look.say(now))
    last = guard.doing or guard.done
    return f"{said} {look.say('{who} had it done.', who=last.by.name)}" if last else said


def strip(record: Record, look: Look) -> Strip:
    """Return the strip of a protection that was approved."""
    request, guard = record.request, record.request.guard
    assert guard is not None
    if request.state is State.DELIVERY_FAILED and guard.doing is None and guard.state is None:
        said = look.say("What was made only reports, so nobody is stopped.")
        said = look.say("Enforced: {parts}.", parts=parts(guard, look)) if guard.enforced else said
        return Strip(FAILED, look.say("Not made as asked"), (said, *_left(guard, look)))
    if guard.state is None or guard.doing is not None:
        return _working(record, guard, look)
    if guard.failure is not None and guard.done is not None:
        by = look.say("{who} had it done.", who=guard.done.by.name)
        return Strip(FAILED, look.say("Not done as ordered"), (*_halted(guard, guard.state, look), by))
    tone, word = _SHORT[guard.state]
    return Strip(tone, look.say(word), tuple(_stands(request, guard, guard.state, look)))


def _halted(guard: Guard, state: GuardState, look: Look) -> Iterator[str]:
    """Yield how a protection stands after an order that was not carried out."""
    yield look.say("It is now so: {state}.", state=look.say(_SHORT[state][1]))
    if state is GuardState.PARTLY and guard.enforced:
        yield look.say("Enforced: {parts}.", parts=parts(guard, look))
    elif state is GuardState.PARTLY:
        yield look.say("Which of its policies are enforced could not be found out.")
    yield from _left(guard, look)


def _left(guard: Guard, look: Look) -> Iterator[str]:
    if guard.left:
        names = ", ".join(cleaned(one) for one in guard.left)
        yield look.say("Changed by hand, so left as it is: {names}.", names=names)


def _working(record: Record, guard: Guard, look: Look) -> Strip:
    steps = guarding.steps_of(record)
    done = sum(job.status is JobStatus.DONE for job in steps)
    what = look.say(_DOING[guard.doing.act]) if guard.doing else look.say("Making it")
    about = {"place": min(done + 1, len(steps)), "steps": len(steps)}
    state = look.say("{what}: step {place} of {steps}", what=what, **about)
    waiting_for = record.request.waiting_for
    if not waiting_for:
        return Strip(WORKING, state)
    waits = advice(waiting_for, record.request, look).cause
    return Strip(WORKING, state, (waits, look.say("Guestlist tries again by itself.")))


def _stands(request: Request, guard: Guard, state: GuardState, look: Look) -> list[str]:
    at = when(guard.since or request.changed_at, look, request.changed_at)
    said = []
    if state is GuardState.REMOVED:
        said.append(look.say("{when}, read back: its policies are gone.", when=at))
    elif state is GuardState.ENFORCED:
        said.append(look.say("Since {when}, read back: guests face it at each sign-in.", when=at))
    elif guard.observed is not None:
        said.append(observed(guard.observed, request, look))
        said.append(look.say("A security admin decides: enforce it, keep watching, or remove it."))
    else:
        said.append(look.say("Since {when}, read back: nobody is stopped by it.", when=at))
        if guard.asks_at is not None:
            then = when(guard.asks_at, look, request.changed_at)
            said.append(look.say("On {when} the security admins are asked what becomes of it.", when=then))
    if guard.failure is None and guard.done is not None:
        by = look.say("{who} had it done.", who=guard.done.by.name)
        said += [by] if guard.done.act is not GuardAct.KEEP else []
    return said


def observed(seen: Observed, request: Request, look: Look) -> str:
    """Return what the sign-in log says that it would have done."""
    if seen.unread:
        return look.say(_NOT_READ.get(seen.unread, _LOG_AWAY))
    since = when(seen.since, look, request.changed_at)
    more = ""
    if request.guard is not None and is_cut(request.guard, seen):
        before = look.say("Before that there are more sign-ins than Guestlist goes through.")
        more = f" {before}"
    if not seen.guests:
        return look.say("By the sign-in log it was about no sign-in since {when}.", when=since) + more
    met = look.count(
        "1 guest met it since {when}:", "{number} guests met it since {when}:", seen.guests, when=since
    )
    stopped = look.count("1 would have been stopped,", "{number} would have been stopped,", seen.stopped)
    asked = look.count("1 asked for more.", "{number} asked for more.", seen.asked)
    return f"{met} {stopped} {asked}{more}"
