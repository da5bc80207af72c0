"""Whose notification is ours: by the secret and the subscription, of which two may count for a while."""

from datetime import UTC, datetime, timedelta

import pytest

from access.rules.subscribing import LIFE, NOTHING, RENEWED, Kept, Key, is_to_renew, read, written

KEPT = Kept("https://guestlist.example", (Key("new", "s-new"), Key("old", "s-old")))


@pytest.mark.parametrize(
    ("subscription", "secret", "ours"),
    [
        ("new", "s-new", True),
        ("old", "s-old", True),
        ("new", "s-old", False),
        ("other", "s-new", False),
        ("new", "", False),
        ("", "s-new", False),
        ("new", "s-neu\u00e4", False),
        ("new", "s-ne", False),
    ],
)
def test_a_notification_is_ours_by_its_secret_and_its_subscription_together(
    subscription: str, secret: str, *, ours: bool
) -> None:
    assert KEPT.opens(subscription, secret) is ours


def test_while_the_answer_to_a_subscription_is_out_its_secret_alone_counts() -> None:
    begun = KEPT.with_key(KEPT.url, Key("", "s-begun"))
    assert begun.opens("whatever", "s-begun")
    assert begun.opens("new", "s-new")
    assert not begun.opens("old", "s-old"), "two count at the most"


def test_nothing_is_ours_where_nothing_is_kept() -> None:
    assert not NOTHING.opens("", "")


def test_what_is_written_holds_no_secret_and_is_read_again() -> None:
    note = written(KEPT, lambda words: words[::-1])
    assert "s-new" not in note
    assert read(note, lambda words: words[::-1]) == KEPT


@pytest.mark.parametrize("note", [None, ""])
def test_no_note_is_no_subscription(note: str | None) -> None:
    assert read(note, str) == NOTHING


def test_a_key_that_cannot_be_opened_any_more_is_none() -> None:
    kept = read(written(KEPT, str), lambda _: None)
    assert (kept.url, kept.subscription_id) == (KEPT.url, "")


def test_it_is_renewed_long_before_its_end() -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    assert not is_to_renew(now + LIFE, now)
    assert is_to_renew(now + LIFE, now + LIFE - RENEWED + timedelta(seconds=1))
    assert timedelta(minutes=41_760) > LIFE > RENEWED > timedelta(days=3)
