"""A list that is not sent is answered with why, and with what to do."""

import pytest

from access.rules.causes import Cause
from access.rules.list_rows import MOST_COUNTED, Unreadable, WhyUnread
from access.rules.lists import NotSent, WhyNotSent
from cards import bulk_sent, bulk_unread
from cards.look import Look
from cards.texts import LANGUAGES
from tests.cards import gallery, listed

CAUSES = (
    Cause.LIST_MOVED,
    Cause.TERM_OVER,
    Cause.APP_GONE,
    Cause.APP_DISABLED,
    Cause.ROLE_GONE,
    Cause.GROUP_GONE,
    Cause.GROUP_CLOSED,
    Cause.OTHERS_GROUP,
    Cause.REQUESTOR_LEFT,
)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("why", [*WhyNotSent, *CAUSES])
def test_each_refusal_says_what_to_do(why: WhyNotSent | Cause, language: str) -> None:
    look = Look(gallery.BERLIN, personal=True, texts=LANGUAGES[language])
    said = bulk_sent.not_sent(NotSent(why), listed.made(listed.rows()), look)
    assert "/bulk" in said or "Health Records" in said
    assert not {"{", "}", "None"} & set(said.split())


def test_of_a_list_that_is_none_nothing_is_said() -> None:
    said = bulk_sent.not_sent(NotSent(Cause.APP_GONE), None, gallery.LOOK)
    assert said.startswith("There is no such list.")


def test_of_rows_that_nobody_has_counted_no_number_is_told() -> None:
    counted = bulk_unread.sentence(Unreadable(WhyUnread.TOO_MANY_ROWS, count=23_456), gallery.LOOK)
    assert "has 23456 rows" in counted
    assert "into 3 lists" in counted
    said = bulk_unread.sentence(Unreadable(WhyUnread.TOO_MANY_ROWS, count=MOST_COUNTED + 1), gallery.LOOK)
    assert "more than 100000 rows" in said
    assert "100001" not in said
