"""The guest's pages as HTML; everything that people wrote is escaped here."""

from collections.abc import Callable, Iterable
from html import escape

from sandbox.entra.mailbox import Mail
from sandbox.entra.tenant import Thing
from sandbox.guest.letters import cleaned
from sandbox.guest.visits import ORGANISATION, Outsider, Visit


def page(title: str, body: str, *, who: Outsider | None = None, wide: bool = False) -> str:
    """Return a whole page, marked as the sandbox's own."""
    inbox = f'<a href="/guest/{escape(who.key)}/inbox">Inbox of {escape(who.name)}</a>' if who else ""
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} · Sandbox</title>"
        '<link rel="stylesheet" href="/guest/style.css"></head><body>'
        f'<header class="bar"><span class="mark">Sandbox</span>{inbox}</header>'
        f'<main class="{"wide" if wide else "sheet"}"><h1>{escape(title)}</h1>{body}</main></body></html>'
    )


def notice(title: str, text: str, who: Outsider | None = None) -> str:
    return page(title, f"<p>{escape(text)}</p>", who=who)


def form(visit: Visit, action: str, fields: str, *buttons: tuple[str, str]) -> str:
    """Return a form with the visit's token and its buttons (value, label), the first of them the main one."""
    drawn = "".join(
        f'<button name="press" value="{escape(value)}">{escape(label)}</button>' for value, label in buttons
    )
    token = f'<input type="hidden" name="token" value="{escape(visit.form_token)}">'
    return f'<form method="post" action="{action}">{token}{fields}<div class="buttons">{drawn}</div></form>'


def code_field(label: str, wrong: str) -> str:
    trouble = f'<p class="trouble" role="alert" id="trouble">{escape(wrong)}</p>' if wrong else ""
    described = ' aria-invalid="true" aria-describedby="trouble"' if wrong else ""
    return (
        f'<label for="code">{escape(label)}</label>{trouble}<input id="code" name="code" inputmode="numeric" '
        f'autocomplete="one-time-code" pattern="[0-9 ]*" maxlength="9" required autofocus{described}>'
    )


def inbox(who: Outsider, mails: Iterable[Mail], local: Callable[[str], str]) -> str:
    articles = "".join(
        f'<article class="mail"><header><h2>{escape(mail.subject)}</h2>'
        f'<p>From <b>{escape(mail.sender)}</b> · <time datetime="{mail.at}">{mail.at[11:16]} UTC</time>'
        f'</p></header><div class="letter">{cleaned(mail.body, local)}</div></article>'
        for mail in mails
    )
    empty = '<p class="empty">No mail yet. An invitation appears here when Guestlist sends it.</p>'
    links = (
        f'<nav class="row"><a href="/guest/{escape(who.key)}/inbox">Check for new mail</a>'
        f'<a href="/guest/{escape(who.key)}/open">My Apps</a></nav>'
    )
    intro = f'<p class="muted">{escape(who.address)}</p>'
    return page(f"Inbox of {who.name}", intro + links + (articles or empty), wide=True)


def dead_link() -> str:
    return notice(
        "This invitation is no longer valid",
        "A newer invitation has been sent, or this one was withdrawn. Use the link in the newest mail.",
    )


def sign_in(visit: Visit, inviting: str, chooser: str, *, wrong: str = "") -> str:
    who = visit.outsider
    if who.provider == ORGANISATION:
        text = f"Sign in with your account at {who.home} to continue to {inviting}."
        fields = f'<p class="account"><b>{escape(who.name)}</b><br>{escape(who.address)}</p>'
        body = form(visit, "/guest/signin", fields + chooser, ("organisation", f"Sign in with {who.home}"))
    elif not visit.passcode:
        text = f"You have no account that {inviting} knows. We send a one-time passcode to your address."
        fields = f'<p class="account">{escape(who.address)}</p>'
        body = form(visit, "/guest/signin", fields + chooser, ("send", "Send the passcode"))
    else:
        text = f"We have sent a one-time passcode to {who.address}. Type it here."
        fields = code_field("One-time passcode", wrong)
        body = form(visit, "/guest/signin", fields, ("code", "Sign in"))
    return page("Sign in", f"<p>{escape(text)}</p>{body}", who=who)


def consent(visit: Visit, inviting: str, domain: str) -> str:
    fields = (
        f"<p><b>{escape(inviting)}</b> ({escape(domain)}) would like to:</p><ul>"
        "<li>read your name, address and photo</li><li>sign you in</li>"
        "<li>keep a record of what you do in its apps</li></ul>"
        f'<p class="muted">Accept only if you trust {escape(inviting)}. You can leave at any time.</p>'
    )
    buttons = (("accept", "Accept"), ("cancel", "Cancel"))
    return page("Permissions requested", form(visit, "/guest/consent", fields, *buttons), who=visit.outsider)


def second_factor(visit: Visit, inviting: str, *, first: bool, wrong: str = "") -> str:
    """Ask for the code of the authenticator, which the first one registers."""
    shown = f"{visit.authenticator[:3]} {visit.authenticator[3:]}"
    why = (
        "asks for a second proof, which you have not set up there yet: add it to your authenticator app."
        if first
        else "wants to be sure that it is you."
    )
    fields = (
        f"<p>{escape(inviting)} {why}</p>"
        '<div class="phone"><p class="muted">Your authenticator app shows</p>'
        f'<output id="authenticator">{shown}</output></div>{code_field("Code from the app", wrong)}'
    )
    button = ("code", "Set up and verify" if first else "Verify")
    return page("Prove who you are", form(visit, "/guest/mfa", fields, button), who=visit.outsider)


def my_apps(visit: Visit, inviting: str, apps: Iterable[Thing]) -> str:
    tiles = "".join(
        f'<li><a href="/guest/app/{escape(app.key or app.id)}"><span aria-hidden="true">'
        f"{escape(app.props['displayName'][:1])}</span>{escape(app.props['displayName'])}</a></li>"
        for app in apps
    )
    listed = (
        f'<ul class="tiles">{tiles}</ul>'
        if tiles
        else '<p class="empty">No apps have been assigned to you.</p>'
    )
    text = f'<p class="muted">{escape(visit.outsider.name)}, guest of {escape(inviting)}</p>'
    again = form(visit, "/guest/leave", "", ("leave", "Sign in from elsewhere"))
    return page("My Apps", text + listed + again, who=visit.outsider, wide=True)


def app(visit: Visit, name: str, *, allowed: bool) -> str:
    who = visit.outsider
    if not allowed:
        return notice(name, f"{who.address} is not assigned to {name}.", who)
    text = f"<p><b>You are in.</b> {escape(name)} knows you as {escape(who.address)}.</p>"
    return page(name, text + '<p><a href="/guest/myapps">My Apps</a></p>', who=who)
