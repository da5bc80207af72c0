"""The audit in words: every entry that can be about a request or a guest, and its pages."""

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from access.rules.audit import POLICY_CHANGED, link
from access.rules.delegating import ENDED, MADE
from access.rules.model import AuditFact, Json
from access.rules.reconciled import FOUND, FOUND_LATER, Gap
from cards import trail
from cards.texts import LANGUAGES
from tests.cards import gallery
from tests.cards.test_structure import actions, texts

ROOT = Path(__file__).parent.parent.parent
FILES = (ROOT / "app.py", *(ROOT / "access").rglob("*.py"), *(ROOT / "bot").rglob("*.py"))
WRITES = re.compile(r"\bAuditFact\(|\bentry\(")
WHAT = re.compile(r"[a-z]+\.[a-z]+(-[a-z]+)*")
ABOUT = {"request_id", "subject"}
OF_NOTHING = {POLICY_CHANGED, MADE, ENDED}
"""Named by a constant, and about no request and no guest."""
MADE_UP = {f"{FOUND}{Gap.NO_EFFECT}", FOUND_LATER}
"""Put together where it is written; the other gaps are of no request that there is."""


def written(node: ast.AST) -> Iterator[str]:
    """Yield what a file calls the entries that it writes, but for those about no request and no guest."""
    of_nothing = (
        isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == "AuditFact"
        and not {one.arg for one in node.keywords} & ABOUT
    )
    if of_nothing:
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and WHAT.fullmatch(node.value):
        yield node.value
    for child in ast.iter_child_nodes(node):
        yield from written(child)


def whats() -> set[str]:
    sources = [file.read_text(encoding="utf-8") for file in FILES]
    found = {what for text in sources if WRITES.search(text) for what in written(ast.parse(text))}
    return (found - OF_NOTHING) | MADE_UP


def test_every_entry_about_a_request_or_a_guest_has_words() -> None:
    found = whats()
    assert {"request.submitted", "stage.approved", "request.denied", "question.answered"} <= found
    assert {"act.refused", "request.refused", "restore.effect-found", "subject.forgotten"} <= found
    assert found == set(trail._SAID)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_entry_is_told_in_the_words_of_the_machine(language: str) -> None:
    look = replace(gallery.LOOK, texts=LANGUAGES[language])
    for page in (1, 3):
        said = "\n".join(texts(trail.trail(gallery.trailed(two=True, page=page), gallery.ADDRESS, look)))
        assert not re.search(r"\b(request|step|reconcile|restore|act)\.[a-z]|\{", said)


def test_an_approval_that_counts_in_their_own_right_by_now_is_told_as_that() -> None:
    shown = gallery.trailed(two=True, page=1)
    own = AuditFact(what="approval.reseated", detail={"stage": 1, "by": gallery.LIDIA.object_id})
    entry = link("", 1, shown.entries[0].at, own)
    said = "\n".join(texts(trail.trail(replace(shown, entries=[entry]), gallery.ADDRESS, gallery.LOOK)))
    assert "The approval by Lidia Holloway counts as their own from now on" in said


def test_what_a_halted_protection_left_is_no_word_for_what_an_access_leaves() -> None:
    shown = gallery.trailed()
    first, *others = shown.entries
    detail: dict[str, Json] = {"enforced": ["controls"], "left": ["6f1e"]}
    partly = replace(
        first, fact=AuditFact(what="guard.partly", request_id=first.fact.request_id, detail=detail)
    )
    card = trail.trail(replace(shown, entries=(partly, *others)), "R-1042", gallery.LOOK)
    assert any("Some of its policies are enforced" in one for one in texts(card))


def test_an_escalation_that_found_nobody_says_so() -> None:
    first, last = (
        "\n".join(texts(trail.trail(gallery.trailed(two=True, page=page), gallery.ADDRESS, gallery.LOOK)))
        for page in (1, 3)
    )
    assert "nobody was there to escalate it to" in first
    assert "Escalated, for nobody had decided" in last


@pytest.mark.parametrize(
    ("page", "leads"),
    [(1, {"Next page": 2}), (2, {"Next page": 3, "Previous page": 1}), (3, {"Previous page": 2})],
)
def test_buttons_lead_to_the_pages_that_there_are_and_carry_what_was_asked_for(
    page: int, leads: dict[str, int]
) -> None:
    shown = replace(gallery.trailed(two=True), page=page)
    buttons = list(actions(trail.trail(shown, gallery.ADDRESS, gallery.LOOK)))
    assert {one["title"]: one["data"]["page"] for one in buttons} == leads
    assert {one["data"]["about"] for one in buttons} == {gallery.ADDRESS}


def test_days_stand_once_above_what_happened_on_them() -> None:
    shown = gallery.trailed(two=True, page=3)
    said = list(texts(trail.trail(shown, gallery.ADDRESS, gallery.LOOK)))
    days = [text for text in said if re.fullmatch(r"\w{3} \d+ Nov 2026", text)]
    assert (
        len(days)
        == len(set(days))
        == len({one.at.astimezone(gallery.BERLIN).date() for one in shown.entries})
    )
