"""Whatever somebody wrote is shown as text: nothing of it is drawn bold, linked, hidden or turned round."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from access.rules.form_questions import FormQuestion
from access.rules.model import App, FormAnswer, Give, GiveKind, Guest, Named, ObjectId, Record
from access.rules.refusals import Field, Problem, ProblemCode
from access.rules.visible import has_letters, visible
from cards import answers, choices, lists, request_form, returned
from cards.draw import draw
from cards.form_fields import FormView
from cards.words import cleaned, escaped, spoken
from tests.cards import gallery

PIECES = [
    *"\\`*_[]<>~&#+-.!|{}()\"'",
    "**bold**",
    "[text](https://evil.example)",
    "![picture](https://evil.example/p.png)",
    "<at>Everybody</at>",
    "<b>b</b>",
    "<script>alert(1)</script>",
    "&#x202e;",
    "&lt;b&gt;",
    "{{DATE(2026-11-23T08:14:00Z)}}",
    "{{TIME(2026-11-23T08:14:00Z)}}",
    "\u202e",
    "\u2066",
    "\u200b",
    "\u00ad",
    "\ufeff",
    "\U000e0041",
    "\u3164",
    "\u0301" * 30,
    "1. ",
    "\n",
    "\r",
    "\t# ",
    "Ana",
    "李明",
]
TEXTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=12).map("".join)
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_ACTIVE = re.compile(r"[`*_\[\]<>~&]")
_DATE = re.compile(r"\{\{\s*(DATE|TIME)", re.IGNORECASE)


def unescaped(text: str) -> str:
    """Return what is left of a text for markdown to act on."""
    return _ESCAPE.sub("", text)


def unseen(text: str) -> list[str]:
    return [letter for letter in text if unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Co", "Cn"}]


@given(TEXTS)
def test_an_escaped_text_reads_as_it_was_written_and_has_nothing_for_markdown_to_act_on(text: str) -> None:
    shown = escaped(text)
    assert _ESCAPE.sub(r"\1", shown) == cleaned(text)
    left = unescaped(shown)
    assert not _ACTIVE.search(left)
    assert "\\" not in left
    assert not re.match(r"\d+[.)]|[#+-]", shown)


@given(TEXTS)
def test_what_is_shown_holds_nothing_unseen_no_tower_of_marks_and_no_date_to_be_worked_out(text: str) -> None:
    shown = cleaned(text)
    assert unseen(shown) == []
    assert cleaned(shown) == shown
    assert not _DATE.search(shown)
    assert not re.search("\u0301{5}", shown)
    assert not _DATE.search(spoken(text))
    assert not re.search(r"[\\`*_\[\]<>~]", spoken(text))


def test_ten_thousand_marks_on_a_letter_become_four() -> None:
    assert visible("a" + "\u0301" * 10_000 + "b") == "a" + "\u0301" * 4 + "b"


def test_what_cannot_be_seen_parts_no_tower_of_marks() -> None:
    assert visible("a" + ("\u0301" * 4 + "\u202e") * 9 + "b") == "a" + "\u0301" * 4 + "b"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("\u200b\u200d", False),
        ("\u3164\u115f", False),
        ("\u2800 \u00a0", False),
        (" . - ", False),
        ("李明", True),
        ("\u200bAna", True),
        ("7", True),
    ],
)
def test_a_name_that_cannot_be_seen_names_nobody(name: str, says: bool) -> None:  # noqa: FBT001 - a column of the table
    assert has_letters(name) is says


@pytest.mark.parametrize(
    "name", ["Zoë", "Zoe\u0308", "नमस्ते", "สวัสดี", "שָׁלוֹם", "Nguyễn", "O\u2019Brien-Smith Jr."]
)
def test_a_name_of_any_script_stays_as_it_is(name: str) -> None:
    assert visible(name) == name


# --- cards ----------------------------------------------------------------------------------------------


def parts(node: Any, kind: str = "") -> Iterator[dict[str, Any]]:
    """Yield every object of a card with its kind: its type or, of what has none, where it stands."""
    if isinstance(node, dict):
        yield {"type": kind, **node}
        for name, child in node.items():
            yield from parts(child, name)
    elif isinstance(node, list):
        for child in node:
            yield from parts(child, kind)


def texts(card: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield every text that is shown or read aloud, with what shows it; not what stands in a field."""
    names = ("text", "title", "label", "placeholder", "errorMessage", "fallbackText", "speak")
    for part in parts(card):
        kind = str(part["type"])
        for name in (*names, "value") if kind == "facts" else names:
            if isinstance(part.get(name), str):
                yield kind, part[name]


def nothing_acts(card: dict[str, Any]) -> None:
    """Fail where a card shows more than text."""
    kinds = {str(part["type"]) for part in parts(card)}
    assert not kinds & {"Image", "ImageSet", "Media", "Action.OpenUrl"}
    assert not [
        part for part in parts(card) if {"url", "backgroundImage", "entities", "iconUrl"} & part.keys()
    ]
    for kind, text in texts(card):
        assert not _DATE.search(text), text
        assert [one for one in unseen(text) if one != "\r"] == [], text
        if kind in {"TextBlock", "facts"}:
            assert not _ACTIVE.search(unescaped(text)), text


@settings(max_examples=60)
@given(TEXTS, TEXTS, TEXTS, st.sampled_from(["pending", "delivering", "delivered", "failed", "denied"]))
def test_no_word_of_a_request_acts_on_any_card_of_it(name: str, app: str, words: str, state: str) -> None:
    made: Record = gallery.LIVES[state]()
    request = replace(
        made.request,
        guest_name=name,
        app=Named(made.request.app.object_id, app),
        give=replace(made.request.give, name=words),
        requestor=Named(made.request.requestor.object_id, app),
        approvers=(Named(gallery.ALEX.object_id, name), Named(ObjectId("other"), words)),
        justification=words,
        message=words,
        form_answers=(FormAnswer("project", app, words),),
        review=replace(made.request.review, justification=words) if made.request.review else None,
    )
    record = Record(request=request, jobs=made.jobs)
    views = ["thread", "requestor", f"approver/{gallery.ALEX.object_id}", "older"]
    for view in [*views, "accepted/thread", "accepted/requestor"]:
        nothing_acts(draw(record, view, gallery.LOOK))
    nothing_acts(lists.requests([record], 1, gallery.LOOK))
    nothing_acts(lists.approvals([record], 1, gallery.LOOK))
    nothing_acts(answers.duplicate(request, gallery.LOOK))


# --- what is searched and chosen ------------------------------------------------------------------------

APP_ID = "da664a73-0000-4000-8000-000000000000"


@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_no_name_of_the_directory_acts_in_a_row_or_makes_it_one_that_nobody_can_see(names: list[str]) -> None:
    ids = [ObjectId(str(number)) for number, _ in enumerate(names)]
    gives = [
        Give(kind, one, name)
        for kind in (GiveKind.APP_ROLE, GiveKind.GROUP)
        for one, name in zip(ids, names, strict=True)
    ]
    rows = [
        *choices.app_rows([App(one, name, app_id=APP_ID) for one, name in zip(ids, names, strict=True)]),
        *choices.access_rows(gives, gallery.LOOK),
        *choices.guest_rows(
            [Guest(one, name, f"{one}@fabrikam.com") for one, name in zip(ids, names, strict=True)]
        ),
    ]
    assert len(rows) == 4 * len(names)
    for title, _ in rows:
        assert has_letters(title)
        assert cleaned(title) == title
    titles = [title.casefold() for title, _ in rows[len(names) :]]
    assert len(set(titles)) == len(titles), "roles, groups and guests can be told apart"


@settings(max_examples=60)
@given(TEXTS, TEXTS, st.sampled_from(ProblemCode))
def test_no_word_of_a_form_and_of_what_is_wrong_with_it_acts(
    name: str, words: str, code: ProblemCode
) -> None:
    questions = (
        FormQuestion(id="project", ask=f"Which {words}?"),
        FormQuestion(id="area", ask=f"Which {name}?", choices=(f"A{name}", f"B{words}"), required=False),
    )
    problems = tuple(Problem(field, code, (name, words, name)) for field in Field)
    problems += tuple(Problem(Field.QUESTION, code, (name, words, name), one) for one in questions)
    if code is ProblemCode.TERM_TOO_LONG:
        problems = (Problem(Field.TERM, code, (name, "90", "2026-12-24")),)
    draft = replace(gallery.FORM, app=words, access=name, sponsor=words, ask_first=name, justification=words)
    draft = replace(draft, answers={"project": name, "area": f"B{words}"})
    view = FormView(
        draft=draft,
        problems=problems,
        app_title=name,
        access_title=words,
        names={words: name},
        questions=questions,
    )
    nothing_acts(request_form.form(view, gallery.LOOK))
    nothing_acts(returned.returned(draft, problems, "sealed", gallery.LOOK))
