"""Who decides for somebody, and for whom they do; the form that delegates, and the reader of its answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from access.rules.delegating import Delegated, Delegation, NotDelegated
from cards import anatomy, pickers
from cards.anatomy import DONE, FAILED, NOTHING, WAITING, Strip, Tone, command, small_print
from cards.approval import or_type
from cards.elements import Action, CardJson, Element, Execute, InputDate, OpenDialog, Submit, TextBlock
from cards.look import Look
from cards.texts import marked
from cards.words import cleaned, first, when

FIELDS = ("to", "from", "until")
_LONGEST_ANSWER = 300
_EXAMPLE = "/delegate ADDRESS for 14d"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was filled in, as it came: an object id, and days as `2026-12-31`."""

    to: str = ""
    begins: str = ""
    until: str = ""


def read(data: Mapping[str, Any]) -> Wanted:
    """Read what was filled in, or what a button carries into the form; anything but text is no answer."""
    answers = [data.get(name) for name in FIELDS]
    return Wanted(*(one.strip()[:_LONGEST_ANSWER] if isinstance(one, str) else "" for one in answers))


def overview(found: Delegated, look: Look, *, done: bool = False) -> CardJson:
    """Draw how it stands for the person who reads it; `done` where that is what they have just made of it."""
    strip = _strip(found, look, done=done)
    body: list[Element] = [*anatomy.header(look.say("Delegation"), title(look)), anatomy.strip(strip)]
    if found.own:
        body += _what_it_means(found.own, look)
    if found.for_others:
        body.append(anatomy.label(look.say("You decide for others")))
        body += [anatomy.row("→", _for_other(one, look)) for one in found.for_others]
    actions: list[Action] = [_opens(found, look)]
    if found.own:
        typed = {"delegate": command(_EXAMPLE, look), "stop": command("/delegate stop", look)}
        body.append(small_print(look.say("Or type {delegate}, or {stop}.", **typed)))
        actions.append(Execute(look.say_as("button", "End it"), "delegate.end", {}, style="destructive"))
    else:
        body.append(or_type(_EXAMPLE, look))
    return anatomy.card(look, anatomy.aloud(strip, look), body, actions)


def title(look: Look) -> str:
    return look.say("Have somebody decide for you")


def said(found: Delegated, look: Look) -> str:
    """Return in a sentence or two what was just made of it."""
    return anatomy.aloud(_strip(found, look, done=True), look)


def _opens(found: Delegated, look: Look) -> OpenDialog:
    button = look.say_as("button", "Change it") if found.own else look.say_as("button", "Choose somebody")
    return OpenDialog(button, "delegate.open", {}, style="positive")


def _strip(found: Delegated, look: Look, *, done: bool) -> Strip:
    one, before = found.own, found.replaced
    if one is None and before is not None and done:
        ended = look.say("{who} no longer decides for you.", who=before.to.name)
        return Strip(NOTHING, look.say("The delegation is ended"), (ended,))
    if one is None:
        only = look.say("What waits for you waits for you alone, and for the other approvers.")
        return Strip(NOTHING, look.say("Nobody decides for you"), (only,))
    holds = one.holds(found.at)
    state = look.say("{who} decides for you", who=one.to.name)
    if not holds:
        state = look.say("{who} will decide for you", who=one.to.name)
    sentences = [_period(one, look, found)]
    if done and before is not None:
        sentences.append(look.say("This takes the place of the delegation to {who}.", who=before.to.name))
    tone: Tone = DONE if holds else WAITING
    return Strip(tone, state, tuple(sentences))


def _period(one: Delegation, look: Look, found: Delegated) -> str:
    ends = when(one.ends_at, look, found.at)
    if one.holds(found.at):
        return look.say("Until {when}.", when=ends)
    return look.say("From {begins} until {ends}.", begins=when(one.begins_at, look, found.at), ends=ends)


def _what_it_means(one: Delegation, look: Look) -> list[Element]:
    name = first(one.to.name, look)
    sentences = [
        look.say("{name} gets your cards and may decide whatever you may, and so may you.", name=name),
        look.say("Your approval and {name}'s count as one; cards and audit say who decided.", name=name),
        look.say(
            "{name} decides nothing that {name} asks for, and nothing for you that you ask for.", name=name
        ),
        look.say("It does not pass on: whoever decides for {name} decides nothing for you.", name=name),
    ]
    return [anatomy.row("·", sentence) for sentence in sentences]


def _for_other(one: Delegation, look: Look) -> str:
    begins, ends = when(one.begins_at, look, one.made_at), when(one.ends_at, look, one.made_at)
    return look.say("{name}, from {begins} until {ends}", name=one.by.name, begins=begins, ends=ends)


_WRONG: Mapping[NotDelegated, str] = {
    NotDelegated.NOBODY: marked(
        "No member of the organisation has this name or address. Write the whole name or the address."
    ),
    NotDelegated.SEVERAL: marked("Several people have this name. Write the address, or choose in the form."),
    NotDelegated.UNABLE: marked("This is a guest or an account that is not active, and decides nothing."),
    NotDelegated.YOURSELF: marked("You decide for yourself already. Choose somebody else."),
    NotDelegated.YOU_UNABLE: marked("Guests and accounts that are not active decide nothing."),
    NotDelegated.TIME_UNREADABLE: marked("Write days as 2026-12-31, or a length such as 14d."),
    NotDelegated.TIME_MISSING: marked("Write until when, such as until 2026-12-31 or for 14d."),
    NotDelegated.OVER: marked("This time is over, or ends before it begins."),
    NotDelegated.TOO_LONG: marked("At most 90 days can be delegated at once."),
    NotDelegated.TOO_FAR: marked("It has to begin within a year."),
    NotDelegated.NONE_THERE: marked("Nobody decides for you, so there is nothing to end."),
}


def wrong(why: NotDelegated, look: Look) -> str:
    return look.say(_WRONG[why])


def refused(why: NotDelegated, wanted: Wanted, look: Look) -> CardJson:
    """Draw that nothing was delegated, and the way into the form with what was understood."""
    strip = Strip(FAILED, look.say("Nothing was delegated"), (wrong(why, look),))
    body: list[Element] = [*anatomy.header(look.say("Delegation"), title(look)), anatomy.strip(strip)]
    body.append(or_type(_EXAMPLE, look))
    kept = zip(FIELDS, (wanted.to, wanted.begins, wanted.until), strict=True)
    button = OpenDialog(
        look.say_as("button", "Choose somebody"),
        "delegate.open",
        {name: text for name, text in kept if text},
        style="positive",
    )
    return anatomy.card(look, anatomy.aloud(strip, look), body, [button])


def form(wanted: Wanted, name: str, problem: NotDelegated | None, look: Look) -> CardJson:
    """Draw the form; `name` is of whom it holds the object id, and everything filled in is kept."""
    body: list[Element] = []
    if problem is not None:
        body.append(anatomy.strip(Strip(FAILED, look.say("Nothing was delegated"), (wrong(problem, look),))))
    body += _inputs(wanted, name, look)
    send = Submit(look.say_as("button", "Delegate"), {"verb": "delegate.send"}, style="positive")
    said_ = look.say("Form: have somebody decide for you. Or type {command}.", command=look.typed(_EXAMPLE))
    if problem is not None:
        said_ = look.say(
            "{state}. {more}", state=look.say("Nothing was delegated"), more=wrong(problem, look)
        )
    return anatomy.card(look, said_, body, [send])


def _inputs(wanted: Wanted, name: str, look: Look) -> Sequence[Element]:
    means = look.say(
        "Whoever you choose may decide whatever you may, for at most 90 days. You can end it at any time."
    )
    until: dict[str, Any] = {"value": wanted.until} if wanted.until else {}
    begins: dict[str, Any] = {"value": wanted.begins} if wanted.begins else {}
    return [
        TextBlock(means, isSubtle=True),
        pickers.delegate(wanted.to, cleaned(name), look),
        InputDate("from", look.say("From (optional)"), **begins, spacing="Medium"),
        InputDate(
            "until",
            look.say("Until, that day included"),
            isRequired=True,
            errorMessage=look.say("Choose the last day."),
            **until,
            spacing="Medium",
        ),
    ]
