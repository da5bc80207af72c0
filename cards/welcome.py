"""What Guestlist says when it is added: to a person, a group chat or a channel."""

from cards import anatomy
from cards.anatomy import command, small_print
from cards.elements import CardJson, Element, OpenDialog
from cards.look import Look
from cards.texts import marked

_WHAT = marked(
    "Guestlist brings guests into an app: somebody asks, an approver decides, the guest gets a mail."
)
_HERE = {
    "personal": marked("Here you ask, decide and see how your requests stand."),
    "groupChat": marked("Asked here, a request is followed by everybody in this chat."),
    "channel": marked("Each request gets a thread here, and its card says how far it is."),
}


def welcome(scope: str, look: Look) -> CardJson:
    """Draw the welcome for `personal`, `groupChat` or `channel`."""
    what, here = look.say(_WHAT), look.say(_HERE[scope])
    body: list[Element] = [
        *anatomy.header("Guestlist", look.say("Bring guests into your apps")),
        anatomy.text(what),
        anatomy.text(here, spacing="Small"),
        small_print(_typed(scope, look)),
    ]
    fill_in = OpenDialog(look.say_as("button", "Invite a guest"), "invite.open", {}, style="positive")
    more = look.say("Type {command} for the commands.", command=look.typed("/help"))
    return anatomy.card(look, f"{what} {here} {more}", body, [fill_in])


def _typed(scope: str, look: Look) -> str:
    if scope == "personal":
        return look.say(
            "Or type {invite}, {approvals} or {help}.",
            invite=command("/invite", look),
            approvals=command("/approvals", look),
            help=command("/help", look),
        )
    return look.say(
        "Or type {invite} or {help}.", invite=command("/invite", look), help=command("/help", look)
    )
