"""What is answered to whoever wanted a new link for a guest, or that the guest accepts anew."""

from collections.abc import Mapping

from access.rules.coaching import GuestFile
from access.rules.relinking import EVERY, Answered, WhyNoLink
from cards import elsewhere
from cards.anatomy import NOTHING, WORKING, Strip
from cards.look import Look
from cards.texts import marked
from cards.words import domain, first, when

_WHY: Mapping[WhyNoLink, str] = {
    WhyNoLink.NOT_YOURS: marked("{requestor}, an approver of {label} or an admin can do this."),
    WhyNoLink.NOT_DELIVERED: marked("There is no delivered request that this could be done under."),
    WhyNoLink.UNDER_WAY: marked("The link and its mail are under way already."),
    WhyNoLink.TOO_SOON: marked("Somebody has just had a new link made. Look again in a minute."),
    WhyNoLink.ENDED: marked("The access of {label} has ended. Send a new request."),
    WhyNoLink.MOVED: marked(
        "{first}'s address has changed in the directory: it is {known}, and {label} was approved for "
        "{address}. To have a link sent to the new one, ask for a new approval: type {change}."
    ),
    WhyNoLink.GONE: marked("The directory no longer has the account that was invited."),
    WhyNoLink.DISABLED: marked("The account is disabled, so a link would not let {first} in."),
    WhyNoLink.DOMAIN_DENIED: marked("Guestlist's policy does not allow guests from {domain} any more."),
    WhyNoLink.APP_GONE: marked(
        "The directory no longer has the app {app}, so a link would lead nowhere. Type {remove}."
    ),
    WhyNoLink.ACCEPTED: marked(
        "{first} has accepted and needs no link. If another account is to be used, type {reset}."
    ),
    WhyNoLink.PENDING: marked("{first} has not accepted yet, so there is nothing to reset. Type {resend}."),
}


def strip_of(answer: Answered, look: Look) -> Strip:
    """Return what came of it: the same for whoever presses again as for whoever pressed first."""
    file, done = answer.file, answer.done
    guest = first(file.name, look)
    if done is None:
        why = _WHY[answer.refused or WhyNoLink.NOT_DELIVERED]
        return Strip(NOTHING, look.say("Nothing was sent"), (look.say(why, **_names(file, look)),))
    state = look.say("A new link is on its way")
    if done.reset:
        state = look.say("{guest} is to accept anew", guest=guest)
    said = look.say(
        "{who} had it made on {when}. {guest} gets one mail, and the old link dies.",
        who=done.by.name,
        when=when(done.at, look, file.read_at),
        guest=guest,
    )
    again = look.say("The next can be made from {when} on.", when=when(done.at + EVERY, look, file.read_at))
    return Strip(WORKING, state, (said, again))


def _names(file: GuestFile, look: Look) -> dict[str, str]:
    request = file.main.request if file.main else None
    asked = request.address if request else file.address
    return {
        "known": file.clues.guest.address if file.clues and file.clues.guest else "",
        "address": asked,
        "change": look.typed(elsewhere.anew(file)),
        "first": first(file.name, look),
        "domain": domain(asked),
        "requestor": request.requestor.name if request else "",
        "label": request.label if request else "",
        "app": request.app.name if request else "",
        "remove": look.typed(f"/remove {request.label}") if request else "",
        "resend": look.typed(f"/resend {file.address}"),
        "reset": look.typed(f"/reset {file.address}"),
    }
