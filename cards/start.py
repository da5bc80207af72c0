"""What `/invite` and `/assign` alone answer with: a card that opens the form as a dialog."""

from access.rules.model import Kind
from cards import anatomy
from cards.approval import or_type
from cards.elements import CardJson, Element, OpenDialog
from cards.look import Look
from cards.texts import marked

_TITLES = {
    Kind.INVITE: marked("Invite a guest"),
    Kind.ASSIGN: marked("Give a guest an app"),
    Kind.EXTEND: marked("Renew an access"),
}
_SAID = {
    Kind.INVITE: marked(
        "Fill in who, which app, how long and why. The approvers then get a card to decide on."
    ),
    Kind.ASSIGN: marked("Fill in which guest of the directory gets which app, how long and why."),
}


def title_of(kind: Kind, look: Look) -> str:
    """Return what the command does, as a title."""
    return look.say(_TITLES[kind])


def start(kind: Kind, look: Look) -> CardJson:
    title, button = title_of(kind, look), look.say_as("button", "Fill in")
    example = f"/{kind} ana@fabrikam.com to Health Records for 90d because JUSTIFICATION"
    body: list[Element] = [*anatomy.header(look.say("New request"), title)]
    body += [anatomy.text(look.say(_SAID[kind])), or_type(example, look)]
    fill_in = OpenDialog(button, f"{kind}.open", {}, style="positive")
    said = look.say(
        "{title}: press {button}, or type {command}.", title=title, button=button, command=look.typed(example)
    )
    return anatomy.card(look, said, body, [fill_in])
