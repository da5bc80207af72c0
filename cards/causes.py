"""The cause of a failed or waiting delivery in a sentence, and what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass

from access.rules.causes import Cause
from access.rules.model import Request, StepKind
from cards.words import domain, first

RETRY = "Press Retry. No new approval is needed."
_ENTRA = "in Entra, External collaboration settings"


@dataclass(frozen=True, slots=True)
class Advice:
    """A cause, and at most three things to do."""

    cause: str
    to_do: tuple[str, ...]


WORDS: Mapping[Cause, Advice] = {
    Cause.THROTTLED: Advice("{service} asks Guestlist to wait.", ("Wait a few minutes.", RETRY)),
    Cause.UNAVAILABLE: Advice(
        "{service} does not answer.",
        ("Look at Service health in the Microsoft 365 admin center.", RETRY),
    ),
    Cause.REPLICATING: Advice(
        "The directory does not know {first} everywhere yet.", ("Wait a few minutes.", RETRY)
    ),
    Cause.INVITATIONS_OFF: Advice(
        "The tenant's settings do not let Guestlist invite guests.",
        (f"Ask a tenant admin to allow invitations {_ENTRA}.", RETRY),
    ),
    Cause.INVITATIONS_BLOCKED: Advice(
        "Microsoft has blocked invitations from this tenant as suspicious.",
        (
            "Ask a tenant admin to open a support case with Microsoft.",
            "Send no invitation until the block is lifted.",
            RETRY,
        ),
    ),
    Cause.DOMAIN_REFUSED: Advice(
        "The tenant's settings do not allow guests from {domain}.",
        (f"Ask a tenant admin to allow the domain {_ENTRA}.", RETRY),
    ),
    Cause.ADDRESS_REFUSED: Advice(
        "Microsoft does not take the guest's address.",
        ("Ask {first} for another address.", "Send a new request with it."),
    ),
    Cause.ADDRESS_TAKEN: Advice(
        "The guest's address belongs to another account in the directory, or to a guest who was deleted.",
        (
            "Ask a tenant admin whose account it is. A deleted guest can be restored for 30 days.",
            "Send a new request, with another address if it is somebody else's.",
        ),
    ),
    Cause.APP_GONE: Advice(
        "{app} is no longer in the directory.",
        ("Ask a tenant admin whether the app can be restored.", RETRY),
    ),
    Cause.APP_DISABLED: Advice(
        "Sign-in to {app} is switched off.",
        ("Ask a tenant admin to switch it on: Enterprise applications, Properties.", RETRY),
    ),
    Cause.ROLE_GONE: Advice(
        "{app} no longer has the role {access}.",
        ("Ask an owner of the app to bring the role back.", RETRY),
    ),
    Cause.GROUP_GONE: Advice(
        "The group {access} is no longer in the directory.",
        ("Ask a tenant admin whether the group can be restored.", RETRY),
    ),
    Cause.GROUP_CLOSED: Advice(
        "A rule or another directory fills the group {access}, so nobody can be added by hand.",
        ("Ask the group's owner to set its membership type to Assigned.", RETRY),
    ),
    Cause.GROUP_BARS_GUESTS: Advice(
        "The group {access} does not take guests.",
        ("Ask the group's owner or a tenant admin to allow guests in it.", RETRY),
    ),
    Cause.GUEST_GONE: Advice(
        "{guest} is no longer in the directory.",
        (
            "Ask a tenant admin who deleted the account, and why.",
            "To invite {first} again, press Retry. No new approval is needed.",
        ),
    ),
    Cause.NOT_A_GUEST: Advice(
        "The account with this address is no guest, so Guestlist gives it nothing.",
        ("Ask a tenant admin to look at the account.",),
    ),
    Cause.REQUESTOR_LEFT: Advice(
        "{requestor} has no active account any more, so nobody stands behind this request.",
        ("Have somebody else send a new request.",),
    ),
    Cause.TERM_OVER: Advice(
        "The term that was asked for is over.",
        ("Have {requestor} send a new request with another term.",),
    ),
    Cause.GUARDED: Advice(
        "Guestlist gives nobody access to Microsoft Graph, and only guests access to an app.",
        ("Send a new request for another app.",),
    ),
    Cause.RIGHTS_MISSING: Advice(
        "Guestlist lacks a permission in Microsoft Graph for this step.",
        ("Ask a tenant admin to consent to Guestlist's permissions.", RETRY),
    ),
    Cause.SIGN_IN_REFUSED: Advice(
        "Microsoft does not accept Guestlist's own sign-in.",
        ("Ask the operator of Guestlist to renew its credential.", RETRY),
    ),
    Cause.MAILBOX_GONE: Advice(
        "The mailbox that sends invitations does not exist, or Guestlist may not use it.",
        ("Ask the operator of Guestlist to check the mailbox setting.", RETRY),
    ),
    Cause.MAIL_REFUSED: Advice(
        "The mailbox refused to send the mail.",
        ("Ask the operator of Guestlist to check the mailbox.", RETRY),
    ),
    Cause.NOT_PROVED: Advice(
        "Guestlist read the directory back, and the access was not there.",
        ("Ask a tenant admin who took it away, and why.", RETRY),
    ),
    Cause.TOO_LONG: Advice(
        "The step took too long, so Guestlist stopped trying.",
        ("Ask the operator of Guestlist to look at {label} in the log.", RETRY),
    ),
    Cause.BUG: Advice(
        "Guestlist made a mistake at this step, several times.",
        ("Ask the operator of Guestlist to look at {label} in the log.", RETRY),
    ),
    Cause.REFUSED: Advice(
        "{service} refused the step.",
        ("Ask the operator of Guestlist to look at {label} in the log.", RETRY),
    ),
}


def advice(cause: str, request: Request, step: StepKind | None = None) -> Advice:
    """Return the words of a cause for a request, at a step where the service differs."""
    words = WORDS[Cause(cause)]
    names = {
        "service": "The mailbox" if step is StepKind.MAIL else "Microsoft Graph",
        "app": request.app.name,
        "access": request.give.name,
        "guest": request.guest_name,
        "first": first(request.guest_name),
        "requestor": request.requestor.name,
        "domain": domain(request.address) or "this domain",
        "label": request.label,
    }
    return Advice(words.cause.format_map(names), tuple(point.format_map(names) for point in words.to_do))
