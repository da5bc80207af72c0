"""An access that nobody may need any more: what was found, what becomes of it, and what its owner can do."""

from collections.abc import Collection

from access.rules import lapsing, stuck, unaccepted
from access.rules.coaching import Helps
from access.rules.guest_list import Only
from access.rules.lapses import Lapse, Lapsed
from access.rules.model import MailState, Record, Request
from cards import anatomy, coaching
from cards.anatomy import LOOK_AT, WAITING, Strip, command, data_of, small_print
from cards.elements import Action, CardJson, Data, Element, Execute
from cards.ended import remove_button
from cards.look import Look
from cards.words import access, deed, ends, first, when


def reminder(record: Record, audience: str, look: Look) -> CardJson:
    """Draw the notice that a guest has not accepted yet; nothing is asked."""
    request = record.request
    said = [_mailed(request, look)]
    if unaccepted.is_reminded(record, audience):
        guest = first(request.guest_name, look)
        said.append(look.say("{guest} gets a reminder by mail, too.", guest=guest))
    state = look.say("{guest} has not accepted yet", guest=first(request.guest_name, look))
    strip = Strip(WAITING, state, (*said, *_why(record, audience, look)))
    return _card(request, strip, _helping(record, audience, look), look, Lapse.NEVER_ACCEPTED)


def shown(record: Record, audience: str, look: Look) -> CardJson:
    """Draw what was found of an access, with its end where the policy ends it, and the way to keep it."""
    request = record.request
    _, what, _, more, *_ = audience.split("/")
    found = lapsing.lapsed(request, Lapse(what))
    said, buttons = _sentences(request, Lapse(what), found, look), list[Action]()
    if what == Lapse.NEVER_ACCEPTED:
        said = (said[0], *_why(record, audience, look), *said[1:])
        buttons += _helping(record, audience, look)
    strip = Strip(LOOK_AT, _state(request, Lapse(what), look), said)
    keep = Execute(look.say_as("button", "Keep access"), "assignment.keep", data_of(request))
    buttons.append(keep)
    return _card(request, strip, buttons, look, Lapse(what), more=int(more))


def kept_fact(request: Request, look: Look) -> list[tuple[str, str]]:
    """Return who keeps an access that had lapsed, and until when nobody asks about it again."""
    marks = [one for one in request.lapses if one.kept_until is not None and one.kept_by is not None]
    if not marks or not lapsing.is_active(request):
        return []
    mark = min(marks, key=lambda one: str(one.kept_until))
    assert mark.kept_until is not None
    assert mark.kept_by is not None
    until = when(mark.kept_until, look, request.changed_at, year=True)
    said = look.say("by {who}, until {when}", who=mark.kept_by.name, when=until)
    return [(look.say_as("fact", "Kept"), said)]


def _state(request: Request, what: Lapse, look: Look) -> str:
    guest = first(request.guest_name, look)
    match what:
        case Lapse.NEVER_ACCEPTED:
            return look.say("{guest} has not accepted", guest=guest)
        case Lapse.INACTIVE:
            return look.say("{guest} no longer signs in", guest=guest)
        case Lapse.SPONSORLESS:
            return look.say("{guest} has no sponsor any more", guest=guest)


def _sentences(request: Request, what: Lapse, found: Lapsed | None, look: Look) -> tuple[str, ...]:
    said = [_about(request, what, found, look)]
    if found is not None and found.ends_at is not None:
        at = when(found.ends_at, look, request.changed_at, year=True)
        said.append(look.say("Unless somebody keeps it, the policy ends the access on {when}.", when=at))
    else:
        said.append(look.say("Is the access still needed? Keep it or remove it; nothing ends by itself."))
    return tuple(said)


def _about(request: Request, what: Lapse, found: Lapsed | None, look: Look) -> str:
    requestor = request.requestor.name
    match what:
        case Lapse.NEVER_ACCEPTED:
            return _mailed(request, look)
        case Lapse.INACTIVE:
            if found is None or found.since_at is None:
                return look.say("The directory knows of no sign-in for longer than the policy allows.")
            day = when(found.since_at, look, request.changed_at, year=True)
            return look.say("The directory knows of no sign-in since {when}.", when=day)
        case Lapse.SPONSORLESS:
            return look.say(
                "No sponsor in the directory is still here, and {requestor}, who asked, has left.",
                requestor=requestor,
            )


def _mailed(request: Request, look: Look) -> str:
    """Return what became of the mail with the link."""
    since = lapsing.waits_since(request) or request.changed_at
    at = when(since, look, request.changed_at)
    if request.mail is MailState.SENT:
        return look.say("The mail with the link was sent on {when}.", when=at)
    if request.mail is MailState.BY_MICROSOFT:
        return look.say("Microsoft sent the mail with the link on {when}.", when=at)
    return look.say("No mail with a link has been sent.")


def _why(record: Record, audience: str, look: Look) -> tuple[str, ...]:
    """Return what keeps the guest out, where that was found when the card was made."""
    why, _ = stuck.why_of(record, audience)
    at = stuck.found_at(record, audience)
    if why is None or at is None:
        return ()
    day, cause = when(at, look, at), coaching.short(why, look)
    return (look.say("What was in the way on {when}: {cause}.", when=day, cause=cause),)


def _helping(record: Record, audience: str, look: Look) -> list[Action]:
    """Return a new link, where that helps, and the guest's card, which says why and what does."""
    request, (_, helps) = record.request, stuck.why_of(record, audience)
    title, data = look.say_as("button", "Show guest"), {"request": request.request_id}
    links = [_link_button(request, look)] if helps is Helps.RESEND else []
    return [*links, Execute(title, "guest.view", {**data})]


def _link_button(request: Request, look: Look) -> Execute:
    return Execute(look.say_as("button", "Send new link"), "guest.resend", {"request": request.request_id})


def _card(
    request: Request,
    strip: Strip,
    buttons: list[Action],
    look: Look,
    what: Lapse,
    *,
    more: int = 0,
) -> CardJson:
    eyebrow = look.say("Guest · request {label}", label=request.label)
    body: list[Element] = [*anatomy.header(eyebrow, deed(request, look)), anatomy.strip(strip)]
    facts = [
        (look.say_as("fact", "Guest"), f"{request.guest_name}, {request.address}"),
        (look.say_as("fact", "Access"), access(request.give, look)),
        _agreed(request, what, look),
    ]
    body.append(anatomy.facts(facts))
    if more:
        body.append(anatomy.text(_others(more, request, look)))
        kept = [one for one in buttons if one.render()["verb"] != "guest.view"]  # four stand in a row
        buttons = [_others_button(request, what, look), *kept]
    typed = _typed(request, {str(one.render()["verb"]) for one in buttons}, look)
    if more:
        every = command(f'/guests "{request.app.name}" {_only(what)}', look)
        typed = f"{typed} " + look.say("For all of these guests, type {command}.", command=every)
    body.append(small_print(typed))
    actions = [*buttons, remove_button(request, look)]
    return anatomy.card(look, anatomy.aloud(strip, look, request), body, actions)


def _agreed(request: Request, what: Lapse, look: Look) -> tuple[str, str]:
    """Return the agreed end; where the policy ends the access before, in words that say it is another."""
    found = lapsing.lapsed(request, what)
    if request.ends_at is None or found is None or found.ends_at is None:
        return anatomy.term_fact(request, look)
    return look.say_as("fact", "Term"), look.say("until {when}", when=ends(request, look))


def _others(more: int, request: Request, look: Look) -> str:
    app = request.app.name
    return look.count(
        "The same is true of 1 more guest of {app}.",
        "The same is true of {number} more guests of {app}.",
        more,
        app=app,
    )


def _only(what: Lapse) -> Only:
    """Return the word of `/guests` for those of whom the same is true."""
    return Only.PENDING if what is Lapse.NEVER_ACCEPTED else Only(what)


def _others_button(request: Request, what: Lapse, look: Look) -> Execute:
    data: Data = {
        "app": request.app.object_id,
        "only": str(_only(what)),
        "domain": "",
        "order": "need",
        "page": 1,
    }
    return Execute(look.say_as("button", "Show these guests"), "guests.page", data)


def _typed(request: Request, verbs: Collection[str], look: Look) -> str:
    """Return what is typed in the place of each button."""
    lines = {
        "guest.resend": f"/resend {request.address}",
        "guest.view": f"/guest {request.address}",
        "assignment.keep": f"/keep {request.label}",
    }
    typed = ", ".join(command(line, look) for verb, line in lines.items() if verb in verbs)
    remove = command(f"/remove {request.label}", look)
    return look.say("Or type {commands} or {remove}.", commands=typed, remove=remove)
