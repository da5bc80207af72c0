"""What somebody is answered whose typed command was not sent."""

from collections.abc import Sequence

from access.rules.draft import Draft
from access.rules.model import Kind
from access.rules.refusals import Problem
from cards import anatomy, form_questions
from cards.anatomy import FAILED, NOTHING, Strip
from cards.elements import CardJson, Element, OpenDialog
from cards.look import Look
from cards.problems import sentence
from cards.start import title_of
from cards.words import quoted

KEPT = "kept"
"""Under which name the button carries what was typed: sealed, for a card is read by more than its reader."""


def returned(draft: Draft, problems: Sequence[Problem], kept: str, look: Look) -> CardJson:
    """Draw it for whoever typed it: what is wrong, what was understood, the form to go on with."""
    state, wrong = _state(problems, look), [_wrong(problem, look) for problem in problems]
    body = _head(draft.kind, Strip(FAILED, state, (look.say("Everything you typed is kept."),)), look)
    body += [anatomy.row(FAILED.symbol, one) for one in wrong]
    understood = [
        (look.say_as("fact", "Guest"), draft.address),
        (look.say_as("fact", "App"), draft.app),
        (look.say_as("fact", "Access"), draft.access),
        (look.say_as("fact", "Term"), draft.term),
    ]
    if shown := [(title, value) for title, value in understood if value]:
        body += [anatomy.label(look.say("Understood")), anatomy.facts(shown)]
    said = anatomy.aloud(Strip(FAILED, state, tuple(wrong)), look)
    return anatomy.card(look, said, body, [_fill_in(draft.kind, kept, look)])


def before_others(kind: Kind, problems: Sequence[Problem], kept: str, look: Look) -> CardJson:
    """Draw it where others read it too: how much is wrong, and nothing that only the directory knows."""
    button = look.say_as("button", "Fill in")
    alone = look.say(
        "Press {button}: what to change is shown to whoever typed it, and to nobody else.", button=button
    )
    strip = Strip(FAILED, _state(problems, look), (alone, look.say("Everything you typed is kept.")))
    return anatomy.card(
        look, anatomy.aloud(strip, look), _head(kind, strip, look), [_fill_in(kind, kept, look)]
    )


def same(kind: Kind, look: Look) -> CardJson:
    """Draw that somebody else has asked for the same, to who may not see that request."""
    theirs = look.say(
        "Somebody else asked for this, and it has not ended. Whoever asked hears how it goes on."
    )
    strip = Strip(NOTHING, look.say("Not sent: asked for already"), (theirs,))
    return anatomy.card(look, anatomy.aloud(strip, look), _head(kind, strip, look))


def _wrong(problem: Problem, look: Look) -> str:
    wrong = sentence(problem, look)
    if problem.question is None:
        return wrong
    said = {"question": quoted(problem.question.ask, look), "typed": form_questions.typed(problem.question)}
    return look.say(
        "{question} {wrong} Fill in the form, or add {typed} before “because”.", wrong=wrong, **said
    )


def _state(problems: Sequence[Problem], look: Look) -> str:
    return look.count("Not sent: 1 thing to change", "Not sent: {number} things to change", len(problems))


def _head(kind: Kind, strip: Strip, look: Look) -> list[Element]:
    eyebrow = look.say("Command {command}", command=f"/{kind}")
    return [*anatomy.header(eyebrow, title_of(kind, look)), anatomy.strip(strip)]


def _fill_in(kind: Kind, kept: str, look: Look) -> OpenDialog:
    return OpenDialog(look.say_as("button", "Fill in"), f"{kind}.open", {KEPT: kept}, style="positive")
