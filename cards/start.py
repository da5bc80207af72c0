"""What `/invite` and `/assign` alone answer with: a card that opens the form as a dialog."""

from access.rules.model import Kind
from cards import anatomy
from cards.anatomy import command, small_print
from cards.elements import Card, CardJson, Element, OpenDialog

TITLES = {Kind.INVITE: "Invite a guest", Kind.ASSIGN: "Give a guest an app"}
_SAID = {
    Kind.INVITE: "Fill in who, which app, how long and why. The approvers then get a card to decide on.",
    Kind.ASSIGN: "Fill in which guest of the directory gets which app, how long and why.",
}


def start(kind: Kind) -> CardJson:
    example = f"/{kind} ana@fabrikam.com to Health Records for 90d because JUSTIFICATION"
    body: list[Element] = [*anatomy.header("New request", TITLES[kind]), anatomy.text(_SAID[kind])]
    body.append(small_print("Or type ", command(example), "."))
    fill_in = OpenDialog("Fill in", f"{kind}.open", {}, style="positive")
    return Card(f"{TITLES[kind]}: press Fill in, or type {example}.", body, [fill_in]).to_dict()
