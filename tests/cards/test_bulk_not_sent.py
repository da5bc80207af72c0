"""A list that is not sent is answered with why, and with what to do."""

import pytest

from access.rules.causes import Cause
from access.rules.lists import NotSent, WhyNotSent
from cards import bulk_sent
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
