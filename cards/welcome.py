"""What Guestlist says when it is added: to a person, a group chat or a channel."""

from cards import anatomy
from cards.anatomy import command, small_print
from cards.elements import Card, CardJson, Element, OpenDialog, TextRun

_WHAT = "Guestlist brings guests into an app: somebody asks, an approver decides, the guest gets a mail."
_HERE = {
    "personal": "Here you ask, decide and see how your requests stand.",
    "groupChat": "Asked here, a request is followed by everybody in this chat.",
    "channel": "Each request gets a thread here, and its card says how far it is.",
}


def welcome(scope: str) -> CardJson:
    """Draw the welcome for `personal`, `groupChat` or `channel`."""
    body: list[Element] = [
        *anatomy.header("Guestlist", "Bring guests into your apps"),
        anatomy.text(_WHAT),
        anatomy.text(_HERE[scope], spacing="Small"),
        small_print(*_typed(scope)),
    ]
    fill_in = OpenDialog("Invite a guest", "invite.open", {}, style="positive")
    return Card(f"{_WHAT} {_HERE[scope]} Type /help for the commands.", body, [fill_in]).to_dict()


def _typed(scope: str) -> tuple[str | TextRun, ...]:
    if scope == "personal":
        return ("Or type ", command("/invite"), ", ", command("/approvals"), " or ", command("/help"), ".")
    return ("Or type ", command("@Guestlist /invite"), " or ", command("@Guestlist /help"), ".")
