"""The mail to a guest: personal, from a named person, one button; readable where only its text is shown."""

from html import escape

from access.ports import Letter

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


def subject_of(letter: Letter) -> str:
    """Return the subject, on one line whatever the names hold."""
    act = "invites you to" if letter.is_invitation else "has given you access to"
    return " ".join(f"{letter.inviter} {act} {letter.app} at {letter.organisation}".split())


def html_of(letter: Letter) -> str:
    """Return the mail; every name and the message are escaped, and the link stands once, in the button."""
    inviter, app, organisation = escape(letter.inviter), escape(letter.app), escape(letter.organisation)
    hello = f"Hello {escape(letter.guest_name)}," if letter.guest_name else "Hello,"
    if letter.is_invitation:
        what = f"{inviter} invites you to work in <strong>{app}</strong> as a guest of {organisation}."
        button = "Accept invitation"
        then = (
            f"You will be asked to sign in with this address and to let {organisation} read your name and "
            f"address. After that, {app} is ready for you."
        )
    else:
        what = f"{inviter} has given you access to <strong>{app}</strong> at {organisation}."
        button = f"Open {app}"
        then = f"Sign in with the account that you already use as a guest of {organisation}."
    message = f'<p style="{_QUOTE}">{escape(letter.message)}</p>' if letter.message else ""
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(subject_of(letter))}</title></head>"
        f'<body style="{_PAGE}"><div style="{_SHEET}">'
        f"<p>{hello}</p><p>{what}</p>{message}"
        f'<p style="margin:28px 0"><a href="{escape(letter.link)}" style="{_BUTTON}">{button}</a></p>'
        f"<p>{then}</p>"
        f'<p style="{_SMALL}">This link is meant for you alone: please do not pass this mail on. '
        f"If you did not expect it, ask {inviter} before you press the button.</p>"
        "</div></body></html>"
    )
