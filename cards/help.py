"""What can be typed."""

from collections.abc import Sequence
from functools import cache
from zoneinfo import ZoneInfo

from cards import anatomy
from cards.anatomy import Strip
from cards.elements import Action, CardJson, Element, RichTextBlock, TextRun
from cards.look import Look
from cards.texts import Texts, marked
from cards.words import cleaned, spoken

COMMANDS = (
    (
        "/invite ADDRESS to APP for 90d because JUSTIFICATION",
        marked("Invite a guest to an app; alone, the form, also with a sponsor and whom to ask first."),
    ),
    (
        "/assign ADDRESS to APP for 90d because JUSTIFICATION",
        marked("Give a guest of the directory a further app."),
    ),
    ("/bulk", marked("Many guests at once; also as a file.")),
    (
        "/bulk R-1042 file",
        marked("A list as a file: each row, with what became of it or would, and what to do."),
    ),
    (
        "/delegate ADDRESS for 14d",
        marked("Have somebody decide for you for so long; alone, who does, the form and the end."),
    ),
    ("/requests", marked("What you have asked for, and how it stands.")),
    ("/approvals", marked("What waits for your decision.")),
    ("/show R-1042", marked("A request as it stands now, with its buttons.")),
    ("/approve R-1042", marked("Approve a request.")),
    ("/deny R-1042 JUSTIFICATION", marked("Deny a request; the requestor reads your justification.")),
    ("/amend R-1042 for 30d", marked("Shorten the term before you approve.")),
    ("/amend R-1042 as ROLE", marked("Give less than was asked, where the policy says what is less.")),
    ("/ask R-1042 QUESTION", marked("Ask the requestor before you decide; the time to decide stands still.")),
    ("/answer R-1042 ANSWER", marked("Answer the question of an approver.")),
    ("/cancel R-1042", marked("Cancel your own request while it waits.")),
    ("/retry R-1042", marked("Take a failed delivery up again.")),
    ("/pause R-1042", marked("Pause the run of a list that is approved; what is begun is finished.")),
    ("/resume R-1042", marked("Let the run of a list go on.")),
    ("/stop R-1042", marked("End the run of a list for good; whoever has access keeps it.")),
    (
        "/remove ADDRESS from APP",
        marked("Take an access away before its term is over; also with the number of the request."),
    ),
    ("/keep R-1042", marked("Keep an access that may not be needed any more, as a card has asked you.")),
    (
        "/remove ADDRESS from the directory because JUSTIFICATION",
        marked(
            "See what a guest loses with the account, and remove it, where every app of the guest is yours."
        ),
    ),
    ("/restore ADDRESS", marked("Put a guest back who was removed from the directory, for 30 days.")),
    (
        "/extend ADDRESS in APP by 90d because JUSTIFICATION",
        marked("Ask for a longer access; also with the number of the request, and until a day."),
    ),
    ("/undo R-1042", marked("Take back what was done; alone, the list.")),
    ("/norenew R-1042", marked("Let an access end as it does; you are not warned of it any more.")),
    ("/renewals", marked("What ends within a month: renew it, or let it end.")),
    (
        "/audit R-1042",
        marked("What has happened to a request, for its requestor and for auditors; or ADDRESS."),
    ),
    ("/guests", marked("The guests of the apps that are yours: who waits, whose access ends.")),
    (
        "/guests APP",
        marked("The guests of an app; after it pending, accepted, ending, disabled, a domain, or as file."),
    ),
    (
        "/adopt ADDRESS in APP",
        marked("Adopt an access that others gave, so that it can be removed and ends; with until or for."),
    ),
    (
        "/setup",
        marked("Give an app of yours a group of its own for guests: how it stands, what would be done."),
    ),
    (
        "/setup APP adopt GROUP",
        marked("Ask for a group that is assigned already, or with create for a new one."),
    ),
    (
        "/guest ADDRESS",
        marked("One guest of yours: the access, and what is in the way where somebody is stuck."),
    ),
    (
        "/check ADDRESS to APP",
        marked("Whether it will work, and what stands in the way; also a domain, or alone for the tenant."),
    ),
    (
        "/protect",
        marked("What guests face at sign-in to your apps; with APP mfa, a policy for that."),
    ),
    (
        "/settings R-1042",
        marked("For admins: what the tenant would have to change for it; or for a domain."),
    ),
    ("/change ADDRESS", marked("Change name, company, sponsor or address of a guest of yours.")),
    (
        "/resend ADDRESS",
        marked("Send a guest a new link, where the old one does not work; the old one dies."),
    ),
    ("/reset ADDRESS", marked("Have a guest accept anew, with another account; the access stays.")),
    ("/help", marked("This list.")),
)
WORDS = frozenset(typed.split(" ", 1)[0].removeprefix("/") for typed, _ in COMMANDS)
"""What follows the slash of each."""


def help_card(look: Look) -> CardJson:
    """Draw the commands."""
    return _drawn_once(look.texts)


@cache
def _drawn_once(texts: Texts) -> CardJson:
    """Return the card that is asked for most; whoever gets it leaves it as it is."""
    return drawn(Look(ZoneInfo("UTC"), texts=texts))


def drawn(look: Look, strip: Strip | None = None, actions: Sequence[Action] = ()) -> CardJson:
    """Draw the commands, under a strip where something else was typed."""
    body: list[Element] = anatomy.header(look.say("Help"), look.say("What you can type"))
    if strip:
        body.append(anatomy.strip(strip))
    first = {typed.split(" ", 1)[0]: (typed, meaning) for typed, meaning in reversed(COMMANDS)}
    for typed, meaning in reversed(first.values()):
        body += row(typed, look.say(meaning))
    more = look.say("More of one: {command}.", command=anatomy.literal("/help invite"))
    in_channels = look.say("In a channel or group chat, write @Guestlist before the command.")
    body.append(anatomy.small_print(f"{more} {in_channels}"))
    words = ", ".join(dict.fromkeys(typed.split(" ", 1)[0] for typed, _ in COMMANDS))
    can = look.say("What you can type: {commands}.", commands=words)
    said = f"{can} {in_channels}"
    if strip:
        said = look.say("{state}. {more}", state=strip.state, more=said)
    return anatomy.card(look, spoken(said), body, actions)


def row(typed: str, meaning: str) -> list[Element]:
    """Return what can be typed, and below it what it does."""
    run = TextRun(cleaned(typed), fontType="Monospace", weight="Bolder")
    return [RichTextBlock([run]), anatomy.text(meaning, spacing="None")]
