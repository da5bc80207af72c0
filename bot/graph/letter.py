"""The mail to a guest: personal, from a named person, one button; readable where only its text is shown."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from html import escape

from babel.dates import format_date

from access.ports import Letter
from access.rules.visible import visible
from cards.texts import Texts

_BUTTON = (
    "display:inline-block;padding:12px 28px;border-radius:6px;background:#0b5cad;color:#ffffff;"
    "font-weight:600;text-decoration:none"
)
_PAGE = (
    "margin:0;padding:24px;background:#f4f6f8;font-family:'Segoe UI',Arial,sans-serif;font-size:16px;"
    "color:#1b1f24"
)
_SHEET = "max-width:560px;margin:0 auto;padding:32px;background:#ffffff;border-radius:8px;line-height:1.5"
_QUOTE = "margin:0 0 20px;padding:4px 16px;border-left:3px solid #0b5cad;white-space:pre-line"
_SMALL = "margin:24px 0 0;font-size:13px;color:#57606a"


def subject_of(letter: Letter, texts: Texts) -> str:
    """Return the subject, on one line whatever the names hold."""
    seen = _seen(letter)
    names = {"inviter": seen.inviter, "app": seen.app, "organisation": seen.organisation}
    if letter.ends is not None:
        day = _day(letter.ends, texts)
        said = texts.say("Your access to {app} at {organisation} ends on {day}", day=day, **names)
    elif letter.reminds is not None:
        said = texts.say("Your invitation to {app} at {organisation} is waiting for you", **names)
    elif letter.is_invitation:
        said = texts.say("{inviter} invites you to {app} at {organisation}", **names)
    else:
        said = texts.say("{inviter} has given you access to {app} at {organisation}", **names)
    return " ".join(said.split())


def html_of(letter: Letter, texts: Texts) -> str:
    """Return the mail; every name and the message are escaped, and the link stands once, in the button."""
    letter = _seen(letter)
    message = f'<p style="{_QUOTE}">{escape(letter.message)}</p>' if letter.message else ""
    tell = _reminder if letter.reminds else _warning if letter.ends else _tell(letter)
    what, button, then = tell(letter, texts)
    hello = texts.say("Hello,")
    if letter.guest_name:
        hello = texts.say("Hello {name},", name=escape(letter.guest_name))
    warning = _unexpected(letter, texts)
    return (
        f'<!DOCTYPE html><html lang="{texts.language}"><head><meta charset="utf-8">'
        f"<title>{escape(subject_of(letter, texts))}</title></head>"
        f'<body style="{_PAGE}"><div style="{_SHEET}">'
        f"<p>{hello}</p><p>{what}</p>{message}"
        f'<p style="margin:28px 0"><a href="{escape(letter.link)}" style="{_BUTTON}">{button}</a></p>'
        f"<p>{then}</p>"
        f'<p style="{_SMALL}">{warning}</p>'
        "</div></body></html>"
    )


def _unexpected(letter: Letter, texts: Texts) -> str:
    """Return what to do with a mail that nobody expects; the link of an invitation is a secret besides."""
    ask = {"inviter": escape(letter.inviter)}
    if letter.is_invitation and not (letter.ends or letter.reminds):
        return texts.say(
            "This link is meant for you alone: please do not pass this mail on. "
            "If you did not expect it, ask {inviter} before you press the button.",
            **ask,
        )
    return texts.say("If you did not expect this mail, ask {inviter} before you press the button.", **ask)


def _seen(letter: Letter) -> Letter:
    """Return the letter without what cannot be seen, such as what turns the words after a name round."""
    return replace(
        letter,
        guest_name=visible(letter.guest_name),
        inviter=visible(letter.inviter),
        app=visible(letter.app),
        organisation=visible(letter.organisation),
        message="\n".join(map(visible, letter.message.splitlines())),
    )


def _tell(letter: Letter) -> Callable[[Letter, Texts], tuple[str, str, str]]:
    return _invitation if letter.is_invitation else _access


def _names(letter: Letter) -> dict[str, str]:
    return {"inviter": escape(letter.inviter), "organisation": escape(letter.organisation)}


def _invitation(letter: Letter, texts: Texts) -> tuple[str, str, str]:
    """Return what an invitation says, its button, and what happens after that."""
    names, app = _names(letter), escape(letter.app)
    what = texts.say(
        "{inviter} invites you to work in {app} as a guest of {organisation}.",
        app=f"<strong>{app}</strong>",
        **names,
    )
    then = texts.say(
        "You will be asked to sign in with this address and to let {organisation} read your name and "
        "address. After that, {app} is ready for you.",
        app=app,
        **names,
    )
    return what, texts.say_as("button", "Accept invitation"), then


def _day(day: date, texts: Texts) -> str:
    return format_date(day, "long", texts.locale)


def _warning(letter: Letter, texts: Texts) -> tuple[str, str, str]:
    """Return the same for a guest whose access ends."""
    names, app = _names(letter), escape(letter.app)
    day = escape(_day(letter.ends, texts)) if letter.ends else ""
    what = texts.say(
        "Your access to {app} at {organisation} ends on {day}.",
        app=f"<strong>{app}</strong>",
        organisation=names["organisation"],
        day=f"<strong>{day}</strong>",
    )
    then = texts.say("If you need it for longer, write to {inviter}.", inviter=names["inviter"])
    return what, texts.say_as("button", "Open {app}", app=app), then


def _reminder(letter: Letter, texts: Texts) -> tuple[str, str, str]:
    """Return the same for a guest who has not accepted: the link is in the mail from before, not in this."""
    names, app = _names(letter), escape(letter.app)
    what = texts.say(
        "{inviter} invited you to work in {app} as a guest of {organisation}, and you have not accepted yet.",
        app=f"<strong>{app}</strong>",
        **names,
    )
    if letter.reminds is None:
        return what, "", ""
    told = {"day": escape(_day(letter.reminds.since, texts)), "ask": escape(visible(letter.reminds.ask))}
    if letter.reminds.by_microsoft:
        link = texts.say(
            "The link that Microsoft Invitations sent you on {day} still works. "
            "Or press the button, sign in with this address and accept there.",
            **told,
        )
    else:
        link = texts.say(
            "The link in our mail of {day} still works. "
            "Or press the button, sign in with this address and accept there.",
            **told,
        )
    then = texts.say("If neither works, ask {ask} for a new link.", **told)
    return f"{what} {link}", texts.say_as("button", "Open My Apps"), then


def _access(letter: Letter, texts: Texts) -> tuple[str, str, str]:
    """Return the same for a guest who has accepted before."""
    names, app = _names(letter), escape(letter.app)
    what = texts.say(
        "{inviter} has given you access to {app} at {organisation}.", app=f"<strong>{app}</strong>", **names
    )
    then = texts.say("Sign in with the account that you already use as a guest of {organisation}.", **names)
    return what, texts.say_as("button", "Open {app}", app=app), then
