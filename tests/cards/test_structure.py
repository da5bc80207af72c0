"""What holds for every card, whatever it says."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from access.rules.halfway import is_halfway
from access.rules.model import Panel, Record, ReviewResult
from cards import anatomy
from cards.draw import draw, posted, summary
from tests.cards import gallery

CARDS = gallery.cards(gallery.LOOK)
VERBS = {
    "approval.except",
    "list.pause",
    "list.resume",
    "list.retry",
    "list.stop",
    "settings.view",
    "settings.again",
    "protect.page",
    "protect.draft",
    "protect.send",
    "protect.foresee",
    "protect.enforce",
    "protect.keep",
    "protect.watch",
    "protect.remove",
    "undo.ask",
    "undo.list",
    "undo.undo",
    "renewals.page",
    "renewals.renew",
    "renewals.end",
    "invite.open",
    "bulk.open",
    "bulk.look",
    "bulk.send",
    "bulk.file",
    "invite.send",
    "assign.open",
    "assign.send",
    "approval.approve",
    "approval.deny",
    "approval.ask",
    "approval.amend",
    "request.answer",
    "approval.view",
    "request.view",
    "request.cancel",
    "setup.send",
    "check.again",
    "setup.view",
    "delivery.retry",
    "delegate.open",
    "check.open",
    "delegate.send",
    "delegate.end",
    "desk.requests",
    "desk.approvals",
    "audit.page",
    "assignment.keep",
    "assignment.remove",
    "account.ask",
    "account.remove",
    "account.restore",
    "renewal.renew",
    "renewal.send",
    "renewal.end",
    "change.view",
    "change.send",
    "change.address",
    "change.ask",
    "guest.view",
    "guest.resend",
    "guest.reset",
    "guests.page",
    "guests.file",
    "adopt.view",
    "adopt.send",
}
TYPED = {
    "/settings",
    "/protect",
    "/invite",
    "/bulk",
    "/assign",
    "/requests",
    "/approvals",
    "/approve",
    "/audit",
    "/deny",
    "/guest",
    "/guests",
    "/adopt",
    "/pause",
    "/resume",
    "/stop",
    "/extend",
    "/norenew",
    "/undo",
    "/renewals",
    "/resend",
    "/reset",
    "/keep",
    "/remove",
    "/restore",
    "/ask",
    "/setup",
    "/check",
    "/amend",
    "/delegate",
    "/answer",
    "/cancel",
    "/change",
    "/retry",
    "/show",
    "/help",
}
OPENING = {"invite.open", "bulk.open", "assign.open", "delegate.open", "check.open"}
UNWANTED = re.compile(
    r"\b(please|sorry|oops|success\w*|invalid|ticket|grant\w*|requester|reason\w*|reject\w*|complete\w*|modal"
    r"|user_id|he|she|his|her|him|their|they|them)\b",
    re.IGNORECASE,
)


def nodes(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        yield part
        for value in part.values():
            yield from nodes(value)
    if isinstance(part, list):
        for value in part:
            yield from nodes(value)


def texts(card: Any) -> list[str]:
    """Return what is written on a card, but for its buttons, with the runs of a block as one text."""
    found = []
    for node in nodes(card):
        if "inlines" in node:
            found.append("".join(run["text"] for run in node["inlines"]))
        elif node.get("type") == "TextBlock":
            found.append(node["text"])
        elif set(node) == {"title", "value"}:
            found.append(f"{node['title']} {node['value']}")
    return found


def shown(card: dict[str, Any]) -> list[str]:
    """Return every text that a reader sees or hears."""
    names = ("text", "title", "value", "label", "placeholder", "errorMessage", "fallbackText")
    return [node[name] for node in nodes(card) for name in names if isinstance(node.get(name), str)]


def actions(card: dict[str, Any]) -> list[dict[str, Any]]:
    return [node for node in nodes(card) if str(node.get("type", "")).startswith("Action.")]


@pytest.mark.parametrize("name", CARDS)
def test_a_card_is_one_that_teams_draws_everywhere(name: str) -> None:
    card = CARDS[name]
    assert (card["type"], card["version"], card["lang"]) == ("AdaptiveCard", "1.5", "en")
    assert card["speak"] == card["fallbackText"]
    assert len(json.dumps(card, ensure_ascii=False).encode()) <= 12_000
    ids = [node["id"] for node in nodes(card) if "id" in node]
    assert len(ids) == len(set(ids))
    assert all(node["wrap"] for node in nodes(card) if node.get("type") == "TextBlock")


@pytest.mark.parametrize("name", CARDS)
def test_every_button_has_a_verb_that_is_answered_and_a_fallback(name: str) -> None:
    for action in actions(CARDS[name]):
        if action["type"] == "Action.Execute":
            assert action["verb"] in VERBS
            old = action.get("fallback")
            assert (
                old
                == {
                    "type": "Action.Submit",
                    "title": action["title"],
                    "data": {"verb": action["verb"], **action["data"]},
                }
                or action["title"] == "Refresh"
            )
        if action["type"] == "Action.Submit":
            assert action["data"]["verb"] in VERBS
            opens = action["data"].get("msteams") == {"type": "task/fetch"}
            assert opens == (action["data"]["verb"] in OPENING)


@pytest.mark.parametrize("name", CARDS)
def test_buttons_have_names_that_differ_and_at_most_four_stand_in_a_row(name: str) -> None:
    buttons = CARDS[name].get("actions", [])
    titles = [button["title"] for button in buttons]
    assert len(titles) == len(set(titles)) <= 4
    assert all(len(title) <= 18 for title in titles)
    assert sum(button.get("style") == "positive" for button in buttons) <= 1


@pytest.mark.parametrize("name", CARDS)
def test_a_card_uses_the_words_of_the_house(name: str) -> None:
    if "nasty" in name or "requests-last" in name:
        return
    for text in shown(CARDS[name]):
        assert not UNWANTED.search(text), text
        assert "!" not in text.removeprefix("!"), text
        commands = {word.rstrip(".,") for word in re.findall(r"(?<!\S)/[a-z]+", text)}
        assert commands <= TYPED or "You typed" in text


@pytest.mark.parametrize("name", CARDS)
def test_no_card_shows_the_link_or_an_id(name: str) -> None:
    card = json.dumps(CARDS[name])
    assert "top-secret" not in card
    for text in shown(CARDS[name]):
        assert not re.search(r"[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{4}-", text) or {
            "check",
            "form",
            "lesser",
            "settings",
            "setup",
            "guard",
        } & set(name.split("-"))


@pytest.mark.parametrize("life", gallery.LIVES)
def test_the_base_card_holds_nothing_that_is_not_for_everybody(life: str) -> None:
    record = gallery.LIVES[life]()
    for audience in ("thread", "accepted/thread"):
        card = draw(record, audience, gallery.IN_THREAD)
        text = json.dumps(card, ensure_ascii=False)
        assert gallery.ADDRESS not in text
        assert gallery.JUSTIFICATION not in text
        assert "audit is in May" not in text
        assert gallery.MESSAGE not in text
        assert "actions" not in card
        assert [action["title"] for action in actions(card)] in ([], ["Refresh"])


def test_a_refusal_that_anybody_may_read_shows_no_more_than_the_thread() -> None:
    for name, card in CARDS.items():
        if name.startswith(("refused", "duplicate")) and name not in {
            "refused-plan-moved",
            "refused-will-not-work",
            "refused-would-fail-press-again",
            "refused-would-fail-not-at-all",
        }:
            text = json.dumps(card, ensure_ascii=False)
            assert gallery.ADDRESS not in text
            assert gallery.JUSTIFICATION not in text


@pytest.mark.parametrize("life", gallery.LIVES)
def test_an_approver_has_deciding_buttons_only_while_it_waits_for_them(life: str) -> None:
    record = gallery.LIVES[life]()
    verbs = {
        action.get("verb")
        for action in actions(draw(record, f"approver/{gallery.ALEX.object_id}", gallery.LOOK))
    }
    waits = record.request.state == "pendingApproval" and not life.startswith("stage-2")
    assert ("approval.approve" in verbs) == waits
    assert ("approval.deny" in verbs) == waits
    assert ("delivery.retry" in verbs) == stands_still(record)


def stands_still(record: Record) -> bool:
    """Tell whether a delivery, or an end, waits for somebody to have it taken up again."""
    given = record.request.assignment
    return record.request.failure is not None or (given is not None and given.failure is not None)


@pytest.mark.parametrize("life", gallery.LIVES)
def test_a_requestor_can_remove_an_access_while_it_is_active_and_give_up_what_failed(life: str) -> None:
    record = gallery.LIVES[life]()
    given = record.request.assignment
    verbs = {action.get("verb") for action in actions(draw(record, "requestor", gallery.LOOK))}
    active = given is not None and given.state == "active"
    assert ("assignment.remove" in verbs) == (active or is_halfway(record.request))


@pytest.mark.parametrize("life", gallery.LIVES)
def test_a_requestor_can_cancel_while_it_waits_and_retry_after_a_failure(life: str) -> None:
    record = gallery.LIVES[life]()
    verbs = {action.get("verb") for action in actions(draw(record, "requestor", gallery.LOOK))}
    changed_nothing = record.request.extends is not None and record.request.state == "deliveryFailed"
    assert ("request.cancel" in verbs) == (record.request.state == "pendingApproval" or changed_nothing)
    assert ("delivery.retry" in verbs) == stands_still(record)


def test_the_requestor_who_is_also_an_approver_gets_no_button_that_would_be_refused() -> None:
    own = gallery.pending(requestor=gallery.ALEX)
    card = draw(own, f"approver/{gallery.ALEX.object_id}", gallery.LOOK)
    assert "actions" not in card


def test_the_buttons_carry_the_plan_that_was_shown() -> None:
    record = gallery.pending()
    plan = record.request.plan
    assert plan is not None
    card = draw(record, f"approver/{gallery.ALEX.object_id}", gallery.LOOK)
    for action in actions(card):
        if action["type"] == "Action.Execute":
            assert action["data"].items() >= {"request": record.request.request_id, "plan": plan.hash}.items()


def test_the_summary_is_the_cards_own_text_and_says_what_to_do() -> None:
    record = gallery.pending()
    audience = f"approver/{gallery.ALEX.object_id}"
    text = summary(record, audience, gallery.LOOK)
    assert text == draw(record, audience, gallery.LOOK)["speak"]
    assert text.startswith("Megan Bowen asks you to approve R-1042: invite Ana Ruiz")
    assert "/approve R-1042" in text


@pytest.mark.parametrize("life", ["asked", "answered"])
def test_whoever_decides_no_more_is_posted_no_word_that_was_asked_or_answered_and_no_button(
    life: str,
) -> None:
    record, look = {"asked": gallery.asked(), "answered": gallery.answered()}[life], gallery.LOOK
    alex, nia = gallery.ALEX, gallery.NIA
    words, theirs = "'s question", f"approver/{alex.object_id}"
    assert words in json.dumps(posted(record, theirs, look))
    others = replace(record.request, approvers=(nia,), stages=(Panel((nia,)),))
    card = json.dumps(posted(replace(record, request=others), theirs, look))
    assert words not in card
    assert record.request.address not in card
    assert "approval." not in card
    voted = replace(others, reviews=(ReviewResult(alex, "Approve", gallery.ASKED_AT),))
    assert words in json.dumps(posted(replace(record, request=voted), theirs, look))


def test_the_audit_says_in_words_what_was_asked_answered_shortened_and_refused() -> None:
    said = str(CARDS["trail-request"]["body"])
    for words in (
        "Alex Wilber asked a question",
        "Megan Bowen answered",
        "Alex Wilber shortened the term",
        "was refused: Give less",
        "Nobody had decided, and nobody was there to escalate it to",
    ):
        assert words in said


def test_an_unknown_audience_is_a_bug() -> None:
    with pytest.raises(ValueError, match="audience"):
        draw(gallery.pending(), "everybody", gallery.LOOK)


def test_what_people_wrote_is_shown_as_text() -> None:
    card = draw(gallery.nasty(), f"approver/{gallery.ALEX.object_id}", gallery.LOOK)
    blocks = [node["text"] for node in nodes(card) if node.get("type") == "TextBlock"]
    title = next(text for text in blocks if text.startswith("Invite"))
    assert title == (r"Invite \[Ana\](https://evil.example) \*Ruiz\* to \<at\>Everybody\</at\> \_Records\_")
    whole = json.dumps(card, ensure_ascii=False)
    assert not re.search("[\u200b\u202e\u2066]", whole)
    assert "… (shortened)”" in whole
    assert "[" not in card["fallbackText"]


def test_what_every_card_says_aloud_has_no_letters_that_turn_a_line_around() -> None:
    drawn = anatomy.card(gallery.LOOK, "Change Ana\u202e\u200b Ruiz.", [])
    assert (drawn["fallbackText"], drawn["speak"]) == ("Change Ana Ruiz.", "Change Ana Ruiz.")
