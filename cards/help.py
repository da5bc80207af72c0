"""What can be typed."""

from functools import cache

from cards import anatomy
from cards.anatomy import NOTHING, Strip
from cards.elements import Card, CardJson, Element, RichTextBlock, TextRun
from cards.words import quoted, spoken

COMMANDS = (
    ("/invite", "Invite a guest to an app: the form."),
    ("/invite ADDRESS to APP for 90d because JUSTIFICATION", "The same in one line."),
    ("/assign ADDRESS to APP for 90d because JUSTIFICATION", "Give a guest of the directory a further app."),
    ("/requests", "What you have asked for, and how it stands."),
    ("/approvals", "What waits for your decision."),
    ("/approve R-1042", "Approve a request."),
    ("/deny R-1042 JUSTIFICATION", "Deny a request; the requestor reads your justification."),
    ("/cancel R-1042", "Cancel your own request while it waits."),
    ("/retry R-1042", "Take a failed delivery up again."),
    ("/help", "This list."),
)
_LONGEST_ECHO = 60


def help_card(unknown: str = "") -> CardJson:
    """Draw the commands; `unknown` is what was typed that is none of them."""
    if not unknown:
        return _drawn_once()
    return _drawn(
        Strip(NOTHING, "No command of this name", (f"You typed {quoted(unknown[:_LONGEST_ECHO])}.",))
    )


@cache
def _drawn_once() -> CardJson:
    """Return the card that is asked for most; whoever gets it leaves it as it is."""
    return _drawn(None)


def _drawn(strip: Strip | None) -> CardJson:
    body: list[Element] = anatomy.header("Help", "What you can type")
    if strip:
        body.append(anatomy.strip(strip))
    for typed, meaning in COMMANDS:
        runs = [TextRun(typed, fontType="Monospace", weight="Bolder")]
        body.append(RichTextBlock(runs, spacing="Medium"))
        body.append(anatomy.text(meaning, spacing="None"))
    body.append(anatomy.small_print("In a channel or group chat, write @Guestlist before the command."))
    words = ", ".join(dict.fromkeys(typed.split(" ", 1)[0] for typed, _ in COMMANDS))
    said = f"{strip.state}. " if strip else ""
    return Card(spoken(f"{said}What you can type: {words}."), body).to_dict()
