"""`/check`: will it work? What fails and what to do first, then what was not read, what is fine on demand."""

from collections.abc import Mapping, Sequence

from access.rules.because import Because
from access.rules.readied import Readied
from access.rules.readiness import Item, Stands
from access.rules.refusals import Problem
from access.rules.setting_drafts import by_setting
from cards import anatomy, portal, problems, sign_ins
from cards.anatomy import DONE, FAILED, LOOK_AT, UNREAD, Strip, Tone, command, small_print
from cards.elements import ActionSet, CardJson, Container, Element, Execute, ToggleVisibility
from cards.look import Look
from cards.readiness_words import Said, said
from cards.words import spoken, when

ASKED = "asked"
SETTINGS = "/settings"
"""Types what an admin would have to change."""
_FINE = "fine"
_TONES: Mapping[Stands, Tone] = {Stands.FAILS: FAILED, Stands.NOT_CHECKED: UNREAD, Stands.NOTE: LOOK_AT}


def draw(shown: Readied, look: Look, *, in_dialog: bool = False) -> CardJson:
    """Draw what was looked at, gaps first; a dialog has no button that reads it again."""
    eyebrow = look.say("Check · as of {when}", when=when(shown.read_at, look, shown.read_at))
    strip, words_of = _strip(shown.items, look), told(shown, look)
    body: list[Element] = [*anatomy.header(eyebrow, _title(shown, look))]
    if facts := _facts(shown, look):
        body.append(anatomy.facts(facts))
    body.append(anatomy.strip(strip))
    for stands in _TONES:
        for item, words in words_of:
            if item.stands is stands and not _is_fine(item):
                body.append(_gap(_TONES[stands], words, look))
    if shown.foreseen is not None:
        body += sign_ins.draw(shown.foreseen, look)
    fine = [(item, words) for item, words in words_of if _is_fine(item)]
    if fine:
        toggle = look.say_as("button", "What is fine ({number})", number=len(fine))
        rows = [anatomy.row(DONE.symbol, words.title, words.text) for _, words in fine]
        body.append(ActionSet([ToggleVisibility(toggle, _FINE)], spacing="Small"))
        body.append(Container(rows, id=_FINE, isVisible=False))
    body.append(small_print(_typed(shown, look)))
    again = Execute(look.say_as("button", "Check again"), "check.again", {ASKED: line_of(shown)})
    actions = [again, *_drafting(shown, look)]
    return anatomy.card(look, _aloud(shown, strip, words_of, look), body, [] if in_dialog else actions)


def _typed(shown: Readied, look: Look) -> str:
    said = look.say("To check again, type {command}.", command=command(line_of(shown), look))
    if not any(by_setting(one) for one in shown.items):
        return said
    typed = command(line_of(shown, SETTINGS), look)
    change = look.say("What an admin would have to change is told by {command}.", command=typed)
    return f"{said} {change}"


def _drafting(shown: Readied, look: Look) -> list[Execute]:
    """Return what leads an admin to the change of a setting by which something fails."""
    if not (shown.for_admin and any(by_setting(one) for one in shown.items)):
        return []
    data = {ASKED: line_of(shown, SETTINGS)}
    return [Execute(look.say_as("button", "Draft the change"), "settings.view", data)]


def line_of(shown: Readied, word: str = "/check") -> str:
    """Return what would be typed for the same."""
    asked, app = shown.asked, shown.app
    if shown.label:
        return f"{word} {shown.label}"
    line = " ".join(one for one in (word, asked.address or asked.domain) if one)
    if app is None:
        return line
    access = f' as "{asked.access}"' if asked.access else ""
    return f'{line} to "{app.name}"{access}'


def title(look: Look) -> str:
    return look.say("Will it work?")


def not_now(label: str, look: Look) -> str:
    """Return the answer where reading takes longer than a dialog may."""
    return look.say(
        "Not checked: it takes too long now. Type {command}.", command=look.typed(f"/check {label}")
    )


def nothing(look: Look) -> str:
    """Return the answer for whoever may request for nothing."""
    return look.say("You can check what you may request for, and there is no app that you may request for.")


def wrong(problem: Problem, look: Look) -> str:
    return f"{problems.sentence(problem, look)} {usage(look)}"


def no_domain(look: Look) -> str:
    return look.say("This is neither a domain nor an address. {usage}", usage=usage(look))


def usage(look: Look) -> str:
    return look.say(
        "Type {tenant}, {domain}, or {guest}.",
        tenant=look.typed("/check"),
        domain=look.typed("/check fabrikam.com"),
        guest=look.typed('/check ana@fabrikam.com to "Health Records"'),
    )


def _title(shown: Readied, look: Look) -> str:
    whom = shown.asked.address or shown.asked.domain
    if shown.app is not None and shown.asked.address:
        return look.say("Can this guest get into {app}?", app=shown.app.name)
    if shown.app is not None:
        return look.say("Can guests from {domain} get into {app}?", domain=whom, app=shown.app.name)
    if shown.asked.address:
        return look.say("Can this guest be invited?")
    if whom:
        return look.say("Can guests from {domain} be invited?", domain=whom)
    return look.say("Can guests be invited?")


def _facts(shown: Readied, look: Look) -> list[tuple[str, str]]:
    facts = []
    if shown.asked.address:
        name = f"{shown.guest.name}, " if shown.guest and shown.guest.name else ""
        facts.append((look.say_as("fact", "Guest"), f"{name}{shown.asked.address}"))
    if shown.give is not None:
        facts.append((look.say_as("fact", "Access"), shown.give.name))
    return facts


def _strip(items: Sequence[Item], look: Look) -> Strip:
    count = {stands: sum(one.stands is stands for one in items) for stands in Stands}
    fails, unread = count[Stands.FAILS], count[Stands.NOT_CHECKED]
    more = []
    if unread and fails:
        more.append(
            look.count("One thing could not be checked.", "{number} things could not be checked.", unread)
        )
    notes = sum(one.stands is Stands.NOTE and not _is_fine(one) for one in items)
    if notes:
        more.append(look.count("One thing is to be known.", "{number} things are to be known.", notes))
    if fails:
        state = look.count("Will not work: one check fails", "Will not work: {number} checks fail", fails)
        return Strip(FAILED, state, tuple(more))
    if unread:
        state = look.count("Not sure: one check not made", "Not sure: {number} checks not made", unread)
        return Strip(UNREAD, state, (look.say("What could be checked does not stand in the way."), *more))
    found = {one.because for one in items}
    if Because.SIGN_IN_UNSURE in found:
        return Strip(UNREAD, look.say("Not sure: sign-in may be stopped"), tuple(more))
    if Because.SIGN_IN_BLOCKED_SOMEWHERE in found:
        return Strip(LOOK_AT, look.say("Works, but not from everywhere"), tuple(more))
    return Strip(DONE, look.say("Nothing stands in the way"), tuple(more))


def _is_fine(item: Item) -> bool:
    """Tell what is folded away: what is fine, and what is good to know and nothing to act on."""
    return item.stands is Stands.OK or item.because is Because.LIKELY


def told(shown: Readied, look: Look) -> list[tuple[Item, Said]]:
    app, asked = shown.app, shown.asked
    name = app.name if app else look.say_as("instead of a name", "every app")
    whom = asked.address or asked.domain
    about = {
        "domain": asked.domain,
        "address": asked.address,
        "app": name,
        "access": shown.give.name if shown.give else look.say_as("instead of a name", "the access"),
        "setup": look.typed(f'/setup "{name}"'),
        "line": look.typed(f'/check {whom} to "{name}" as ROLE'),
    }
    return [(item, said(item, about, app, shown.give, look)) for item in shown.items]


def _gap(tone: Tone, words: Said, look: Look) -> Container:
    lines: list[Element] = [
        anatomy.label(f"{tone.symbol} {words.title}", spacing="None"),
        anatomy.text(words.text, spacing="None"),
    ]
    if words.to_do:
        lines.append(anatomy.text(look.say("To do: {what}", what=words.to_do), spacing="None"))
    if words.page:
        lines.append(portal.link(look.say("Open this page in Entra"), words.page))
    return Container(lines, spacing="Medium", separator=True)


def _aloud(shown: Readied, strip: Strip, told: Sequence[tuple[Item, Said]], look: Look) -> str:
    gaps = " ".join(words.title + "." for item, words in told if item.stands is Stands.FAILS)
    state = look.say("{state}. {more}", state=strip.state, more=strip.text)
    return spoken(" ".join(one for one in (_title(shown, look), state, gaps) if one))
