"""How long Graph or the channel asks to wait, by the clock of whoever asks."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from bot.retry_after import LONGEST_HOLD, asked_wait

THERE = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
"""What a server's clock says, years from what any host's does."""
DATE = format_datetime(THERE, usegmt=True)


def date(seconds: float) -> str:
    return format_datetime(THERE + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("asked", "seconds"), [("7", 7), ("0", 0), ("2.5", 2.5), (" 7 ", 7), (date(10), 10), (date(0), 0)]
)
def test_seconds_are_taken_as_they_are_and_a_date_by_the_clock_of_the_answer(
    asked: str, seconds: float
) -> None:
    assert asked_wait({"Date": DATE, "Retry-After": asked}) == seconds


def test_a_date_in_another_zone_or_in_none_is_the_same_time() -> None:
    for zoned in ("Tue, 06 May 2031 09:08:19 +0200", "Tue, 06 May 2031 07:08:19 -0000"):
        assert asked_wait({"Date": DATE, "Retry-After": zoned}) == 10


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("99999999999", LONGEST_HOLD),
        ("9" * 400, LONGEST_HOLD),
        ("inf", LONGEST_HOLD),
        ("-5", 0),
        ("-inf", 0),
        (date(-10), 0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        (date(3601), LONGEST_HOLD),
        ("Fri, 31 Dec 9999 23:59:59 -2359", LONGEST_HOLD),
    ],
)
def test_nobody_waits_less_than_not_at_all_or_longer_than_an_hour(asked: str, seconds: float) -> None:
    assert asked_wait({"Date": DATE, "Retry-After": asked}) == seconds


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "soon",
        "nan",
        "Wed, 21 Oct 99999999999999999999999 07:28:00 GMT",
        "Wed, 21 Oct 2099 07:28:00 +99999999999999999999",
        "Wed, 21 Oct 2099 99:28:00 GMT",
    ],
)
def test_what_is_neither_seconds_nor_a_date_asks_for_nothing(asked: str) -> None:
    assert asked_wait({"Date": DATE, "Retry-After": asked}) is None
    assert asked_wait({"Date": DATE}) is None


@pytest.mark.parametrize(
    "date_there", [{}, {"Date": ""}, {"Date": "today"}, {"Date": "Wed, 21 Oct 99999"}], ids=str
)
def test_a_date_says_nothing_where_the_answer_does_not_say_when_it_was_given(
    date_there: dict[str, str],
) -> None:
    assert asked_wait({"Retry-After": date(10)} | date_there) is None
    assert asked_wait({"Retry-After": "7"} | date_there) == 7
