"""An undo: what cannot be undone first, then what is taken back; what can be undone now; and why not."""

from collections.abc import Sequence
from typing import assert_never

from access.rules.halfway import is_halfway
from access.rules.model import Record, Request
from access.rules.undoing import NotUndone, Stays, Undoable, Undoes, Why
from cards import anatomy, profile
from cards.account import too_late
from cards.anatomy import LOOK_AT, NOTHING, Strip, command, small_print
from cards.causes import advice
from cards.elements import ActionSet, CardJson, Element, Execute
from cards.ended import why_ended
from cards.look import Look
from cards.state import strip_of
from cards.staying import stays
from cards.texts import marked
from cards.words import access, both, deed, first, last_day, spoken, when

_ROWS = 5


def asked(found: Undoable, look: Look) -> CardJson:
    """Draw what an undo would do, before anything is done: the press that does it is on this card."""
    request = found.request
    strip = _before(found, look)
    eyebrow = look.say("Undo · request {label}", label=request.label)
    body: list[Element] = [*anatomy.header(eyebrow, deed(request, look)), anatomy.strip(strip)]
    left = [stays(one, found, look) for one in found.stays]
    body.append(anatomy.label(look.say("What cannot be undone")))
    body += [anatomy.row("–", one) for one in left]
    back = taken_back(found, look)
    body.append(anatomy.label(look.say("What is undone")))
    body += [anatomy.row(NOTHING.symbol, one) for one in back]
    typed = command(f"/undo {request.label} now", look)
    body.append(small_print(look.say("Or type {command}.", command=typed)))
    data = {"request": request.request_id, "plan": found.hash}
    undo = Execute(look.say_as("button", "Undo it"), "undo.undo", data, style="destructive")
    said = look.say(
        "{state} Cannot be undone: {stays} Is undone: {back}",
        state=anatomy.aloud(Strip(strip.tone, strip.state), look, request),
        stays=" ".join(left[:-1] or left),
        back=" ".join(back),
    )
    return anatomy.card(look, spoken(said), body, [undo])


def _before(found: Undoable, look: Look) -> Strip:
    until = when(found.until, look, found.doing.since, year=True)
    can = look.say("It can be undone until {when}.", when=until)
    if found.moved:
        moved = look.say("Something has changed since it was shown to you: read again what is undone.")
        return Strip(LOOK_AT, look.say("Nothing is undone: look again"), (moved, can))
    return Strip(LOOK_AT, look.say("Nothing is undone yet"), (can,))


def taken_back(found: Undoable, look: Look) -> list[str]:
    """Return in words what an undo does."""
    request = found.request
    guest, app = first(request.guest_name, look), request.app.name
    match found.doing.undoes:
        case Undoes.GIVEN:
            return [*_access_back(request, guest, look), *_people_back(found, guest, look)]
        case Undoes.HALFWAY:
            stops = look.say("The delivery is given up, and nobody can retry it.")
            takes = found.gave and Stays.WAS_THERE not in found.stays
            loses = _access_back(request, guest, look) if takes else []
            return [stops, *loses, *_people_back(found, guest, look)]
        case Undoes.TAKEN:
            last = when(request.ends_at or found.until, look, request.changed_at, year=True)
            given = access(request.give, look)
            again = look.say(
                "{guest} gets this access to {app} again: {access}.", guest=guest, access=given, app=app
            )
            return [again, look.say("It ends on {when}, as was approved.", when=last)]
        case Undoes.LENGTHENED:
            extends = request.extends
            was = last_day(extends.was, look) if extends else ""
            by = found.lifted
            said = [look.say("It is not to be renewed, as {who} had said.", who=by.name)] if by else []
            said += [
                look.say("{label}, a renewal that waits for approval, ends.", label=one)
                for one in found.voids
            ]
            return [look.say("The access of {guest} ends on {day} again.", guest=guest, day=was), *said]
        case Undoes.REMOVED:
            return [
                look.say("{guest} can sign in again, with apps and groups as before.", guest=guest),
                look.say("What has ended meanwhile is taken away."),
            ]
        case Undoes.CHANGED:
            shown = profile.of_edits(found.back, look)
            return [look.say("{detail}: {change}", detail=what, change=how) for what, how in shown]
        case _:
            assert_never(found.doing.undoes)


def _access_back(request: Request, guest: str, look: Look) -> list[str]:
    given = request.assignment
    if given is not None and given.was_there:
        return [look.say("Guestlist no longer looks after this access, nor ends it.")]
    loses = look.say(
        "{guest} loses this access to {app}: {access}.",
        guest=guest,
        access=access(request.give, look),
        app=request.app.name,
    )
    labels = [one.label for one in given.renewals] if given else []
    renewed = look.say("Its renewals are void: {labels}.", labels=both(labels, look)) if labels else ""
    return [loses, *([renewed] if renewed else [])]


def _people_back(found: Undoable, guest: str, look: Look) -> list[str]:
    """Return what becomes of the guest's account, or of the sponsor of one who stays."""
    if found.sponsor is not None:
        name = found.sponsor.name
        return [look.say("{sponsor} is no longer sponsor of {guest}.", sponsor=name, guest=guest)]
    if found.account is None:
        return []
    deleted = look.count(
        "The account of {guest} is blocked now, and deleted in 1 day.",
        "The account of {guest} is blocked now, and deleted in {number} days.",
        found.account.days,
        guest=guest,
    )
    return [deleted, look.say("Until then, and for 30 days after it, the account can be restored.")]


def begun(record: Record, look: Look) -> CardJson:
    """Draw that an undo has begun; this card stands as it is, and the request's own go on."""
    request = record.request
    strip = strip_of(record, look)
    typed = command(f"/show {request.label}", look)
    body: list[Element] = [*anatomy.request_header(request, look), anatomy.strip(strip)]
    body.append(small_print(look.say("To see how it goes on, type {command}.", command=typed)))
    show = Execute(look.say_as("button", "Show request"), "request.view", {"request": request.request_id})
    return anatomy.card(look, anatomy.aloud(strip, look, request), body, [show])


def undo_button(request: Request, title: str) -> Execute:
    """Return the button that shows what an undo would do, and does nothing yet."""
    return Execute(title, "undo.ask", {"request": request.request_id})


def listed(found: Sequence[Undoable], page: int, look: Look) -> CardJson:
    """Draw what somebody can undo now, what was done last first."""
    pages = max(1, -(-len(found) // _ROWS))
    page = min(max(page, 1), pages)
    shown = found[(page - 1) * _ROWS : page * _ROWS]
    title = look.say("There is nothing that you can undo now")
    if found:
        title = look.count("You can undo 1 thing", "You can undo {number} things", len(found))
    body: list[Element] = anatomy.header(
        look.say("Undo · page {page} of {pages}", page=page, pages=pages), title
    )
    for one in shown:
        request = one.request
        body.append(anatomy.row("–", f"{request.label} · {deed(request, look)}", _note(one, look)))
        button = look.say_as("button", "Undo {label} …", label=request.label)
        body.append(ActionSet([undo_button(request, button)], spacing="Small"))
    typed = {"undo": command("/undo R-…", look), "more": command(f"/undo page {page + 1}", look)}
    said = look.say("Type {undo}, also with the number of another request.", **typed)
    if page < pages:
        said = look.say("Type {undo}, or {more} for the next page.", **typed)
    body.append(small_print(said))
    rows = "; ".join(f"{one.request.label}: {deed(one.request, look)}" for one in shown)
    aloud = look.say("{state}. {more}", state=title, more=f"{rows}." if rows else "")
    return anatomy.card(look, spoken(aloud), body, anatomy.turning("undo.list", page, pages, look))


def _note(one: Undoable, look: Look) -> str:
    done = {
        Undoes.GIVEN: look.say("given {when}", when=when(one.doing.since, look, one.until)),
        Undoes.TAKEN: look.say("taken away {when}", when=when(one.doing.since, look, one.until)),
        Undoes.HALFWAY: look.say("failed {when}", when=when(one.doing.since, look, one.until)),
        Undoes.LENGTHENED: look.say("renewed {when}", when=when(one.doing.since, look, one.until)),
        Undoes.CHANGED: look.say("changed {when}", when=when(one.doing.since, look, one.until)),
        Undoes.REMOVED: look.say("blocked {when}", when=when(one.doing.since, look, one.until)),
    }
    until = look.say("can be undone until {when}", when=when(one.until, look, one.until))
    return f"{done[one.doing.undoes]}; {until}"


def no_access(look: Look) -> str:
    """Return the answer where there is nothing to undo, or nothing that the asker may know of."""
    return look.say("You undid nothing: you have no guest with this address and such an access.")


def refused(found: NotUndone, look: Look) -> CardJson:
    """Draw why nothing is undone, and which ordinary command does what may be wanted."""
    request = found.request
    strip = Strip(LOOK_AT, look.say("You undid nothing"), _said(found, look))
    body: list[Element] = [*anatomy.request_header(request, look), anatomy.strip(strip)]
    typed = command(f"/show {request.label}", look)
    body.append(small_print(look.say("To see how it stands, type {command}.", command=typed)))
    show = Execute(look.say_as("button", "Show request"), "request.view", {"request": request.request_id})
    return anatomy.card(look, anatomy.aloud(strip, look, request), body, [show])


_WHY = {
    Why.NEVER: marked("The policy lets nothing be undone."),
    Why.PAST: marked("It could be undone until {when}."),
    Why.WAITS: marked("{label} waits for approval, so nothing was done yet."),
    Why.UNDER_WAY: marked("A step of it is still under way. Try again when it is done."),
    Why.STANDS_STILL: marked("It stands still at a step that failed. Take it up first."),
    Why.NOTHING_DONE: marked("It has done nothing that could be undone."),
    Why.UNDONE: marked("It is undone already, and an undo is not undone."),
    Why.GIVEN_BACK: marked("The access was given back by an undo, and an undo is not undone."),
    Why.ENDS_NOW: marked("Its term is over, so there is nothing to give again."),
    Why.MOVED_ON: marked("The access was renewed again since. Undo the last renewal first."),
    Why.END_PAST: marked("Without this renewal the access would have ended already."),
    Why.GUARD: marked("A protection is removed, or only reports again, by the buttons of its own card."),
    Why.SETUP: marked("The group and what it has are the app's by now, and guests may be in it."),
    Why.LIST: marked("Each guest of the list has a request, which is undone by itself."),
    Why.CHANGED: marked("What it changed of the guest cannot be changed back."),
    Why.CHANGED_SINCE: marked("What it changed of the guest was changed again since."),
    Why.ADOPTED: marked("It was adopted: others gave it, and nobody approved that it is given."),
    Why.GUEST_DELETED: marked("The guest's account was deleted."),
    Why.BY_ANOTHER: marked("{by} took it away. Ask {by}, or who may decide on the access, to undo that."),
    Why.MEANWHILE: marked("Others have acted since it was shown to you. {happened}"),
    Why.REFUSED: marked("It may not be given again. {cause}"),
}


def _said(found: NotUndone, look: Look) -> tuple[str, ...]:
    if found.why is Why.TOO_LATE:
        return too_late(found.request, look)
    return _why(found, look), *_instead(found, look)


def _why(found: NotUndone, look: Look) -> str:
    request = found.request
    past = when(found.at or request.changed_at, look, request.changed_at, year=True)
    cause = advice(found.cause, request, look).cause if found.cause else ""
    end = request.assignment.end if request.assignment else None
    by = end.by.name if end and end.by else ""
    happened = " ".join(why_ended(request, look))
    values = {"label": request.label, "when": past, "cause": cause, "by": by, "happened": happened}
    return look.say(_WHY[found.why], **values).strip()


def _instead(found: NotUndone, look: Look) -> tuple[str, ...]:
    """Return what to type instead."""
    line = _line(found)
    if is_halfway(found.request) and not found.gave and line:
        return (look.say("To give it up, type {command}.", command=look.typed(line)),)
    if found.why is Why.GIVEN_BACK or is_halfway(found.request):
        return (look.say("To take the access away, type {command}.", command=look.typed(line)),)
    if found.why is Why.MEANWHILE:
        return (look.say("To see what can be undone now, type {command}.", command=look.typed(line)),)
    return (look.say("To do it by another way, type {command}.", command=look.typed(line)),) if line else ()


def _line(found: NotUndone) -> str:
    request = found.request
    address = request.address if "@" in request.address else "ADDRESS"
    invite = f'/invite {address} to "{request.app.name}"'
    label = request.extends.label if request.extends else request.label
    match found.why:
        case Why.WAITS:
            return f"/cancel {request.label}"
        case Why.STANDS_STILL:
            return _standing_still(request)
        case Why.END_PAST | Why.ADOPTED | Why.GIVEN_BACK:
            return f"/remove {label}"
        case Why.GUEST_DELETED:
            return f"/restore {address}"
        case Why.ENDS_NOW:
            return invite
        case Why.MEANWHILE:
            return f"/undo {request.label}"
        case Why.CHANGED | Why.CHANGED_SINCE:
            return f"/change {address}"
        case Why.PAST | Why.NEVER if is_halfway(request):
            return f"/remove {request.label}"
        case Why.PAST | Why.NEVER | Why.UNDONE:
            return _ordinary(request, label, invite, address)
        case _:
            return ""


def _standing_still(request: Request) -> str:
    if request.setup is not None:
        return f"/remove {request.label}"
    failed = request.extends is not None and request.assignment is None  # and has changed nothing
    return f"/cancel {request.label}" if failed else f"/retry {request.label}"


def _ordinary(request: Request, label: str, invite: str, address: str) -> str:
    """Return the ordinary command that takes back what was done; of a renewal none takes that back alone."""
    given = request.assignment
    if request.extends or request.edits:
        return f"/change {address}" if request.edits else ""
    if request.account is not None:
        return f"/restore {address}"
    if given is None or given.ended_at is None:
        return f"/remove {label}"
    return invite
