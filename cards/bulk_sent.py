"""What the press is answered with that sends a list: the request that it is, or why it is none."""

from access.rules.causes import Cause
from access.rules.lists import GuestList, NotSent, WhyNotSent
from access.rules.model import Record
from cards import anatomy
from cards.anatomy import Strip
from cards.approval import or_type
from cards.bulk_dry_run import code_of
from cards.cause_words import RETRY, WORDS
from cards.elements import CardJson, Element, Execute
from cards.look import Look
from cards.state import strip_of
from cards.words import deed


def sent(record: Record, look: Look) -> CardJson:
    """Draw, in the place of the dry run, which request the list is, and how that stands."""
    request = record.request
    stands = strip_of(record, look)
    said = look.say("Sent as {label}", label=request.label)
    shown = Strip(stands.tone, said, (anatomy.aloud(stands, look),))
    body: list[Element] = anatomy.header(look.say("Many guests · sent"), deed(request, look))
    body += [anatomy.strip(shown), or_type(f"/show {request.label}", look)]
    button = look.say_as("button", "Show request")
    show = Execute(button, "request.view", {"request": request.request_id})
    return anatomy.card(look, anatomy.aloud(shown, look), body, [show])


def told(record: Record, look: Look) -> str:
    """Return what a typed line has sent, and how that stands: its card comes by itself."""
    said = look.say("Sent as {label}", label=record.request.label)
    return look.say("{state}. {more}", state=said, more=anatomy.aloud(strip_of(record, look), look))


def not_sent(refusal: NotSent, made: GuestList | None, look: Look) -> str:
    """Return why nothing was sent, and what to do; the card that was pressed stays."""
    if made is None or refusal.why is WhyNotSent.NO_LIST:
        return look.say(
            "There is no such list. A list is kept for a day. Send the file again, or type {command}.",
            command=look.typed("/bulk"),
        )
    about = {"app": made.app.name, "command": look.typed(f"/bulk change {code_of(made)}")}
    match refusal.why:
        case WhyNotSent.EMPTY:
            return look.say(
                "Nothing was sent: none of these guests can be asked for. Change the list with {command}.",
                **about,
            )
        case WhyNotSent.NOT_ALLOWED:
            return look.say(
                "Nothing was sent: you may not ask for this access in {app} any more. "
                "Ask an owner of the app, or whoever keeps Guestlist's policy.",
                **about,
            )
        case WhyNotSent.NO_APPROVER:
            return look.say(
                "Nothing was sent: the policy leaves nobody who may decide. "
                "Ask a tenant admin to name an owner of {app}.",
                **about,
            )
        case Cause.LIST_MOVED:
            return look.say(
                "Nothing was sent: for a domain of the list the policy has changed since you looked. "
                "Look at the list again with {command}.",
                **about,
            )
        case Cause.TERM_OVER:
            return look.say(
                "Nothing was sent: the term that was asked for is over. Change it with {command}.", **about
            )
        case why:
            return _lost(Cause(why), made, look)


def _lost(cause: Cause, made: GuestList, look: Look) -> str:
    """Return what has happened to app, role or group, and what to do before the list is sent again."""
    words, names = WORDS[cause], {"app": made.app.name, "access": made.give.name}
    names["requestor"] = look.say_as("instead of a name", "Whoever sends it")
    return look.say(
        "Nothing was sent. {why} {to_do} Then send the list again: type {command}.",
        why=look.say(words.cause, **names),
        to_do=" ".join(look.say(point, **names) for point in words.to_do if point != RETRY),
        command=look.typed(f"/bulk send {code_of(made)}"),
    )
