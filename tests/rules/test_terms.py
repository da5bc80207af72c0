"""How long: what people may type, and when it ends."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.rules.model import Term
from access.rules.refusals import ProblemCode
from access.rules.terms import check_term, read_length, read_term
from tests.rules.making import NOW, ZONE

YEAR = timedelta(days=365)


@pytest.mark.parametrize(
    ("typed", "term"),
    [
        ("90d", Term(days=90)),
        ("for 90d", Term(days=90)),
        ("For  90 Days", Term(days=90)),
        ("1 day", Term(days=1)),
        ("2w", Term(days=14)),
        ("2 weeks", Term(days=14)),
        ("3 months", Term(days=90)),
        ("1m", Term(days=30)),
        ("1 year", Term(days=365)),
        ("until 2027-03-31", Term(until=date(2027, 3, 31))),
        ("Until  2027-03-31", Term(until=date(2027, 3, 31))),
        ("2028-02-29", Term(until=date(2028, 2, 29))),
        ("31.03.2027", Term(until=date(2027, 3, 31))),
        ("until 1. 4. 2027", Term(until=date(2027, 4, 1))),
        ("until 31 March 2027", Term(until=date(2027, 3, 31))),
        ("until 31st mar. 2027", Term(until=date(2027, 3, 31))),
        ("until 31. March 2027", Term(until=date(2027, 3, 31))),
        ("until March 31, 2027", Term(until=date(2027, 3, 31))),
        ("until Sept 1 2027", Term(until=date(2027, 9, 1))),
        ("until 31/03/2027", Term(until=date(2027, 3, 31))),
        ("until 03/31/2027", Term(until=date(2027, 3, 31))),
        ("until 04/04/2027", Term(until=date(2027, 4, 4))),
        ("", ProblemCode.TERM_MISSING),
        ("   ", ProblemCode.TERM_MISSING),
        ("90", ProblemCode.TERM_UNREADABLE),
        ("0d", ProblemCode.TERM_UNREADABLE),
        ("-5d", ProblemCode.TERM_UNREADABLE),
        ("12345d", ProblemCode.TERM_UNREADABLE),
        ("100 years", Term(days=36500)),
        ("101 years", ProblemCode.TERM_TOO_LONG),
        ("for 9999y", ProblemCode.TERM_TOO_LONG),
        ("until 2999-12-31", Term(until=date(2999, 12, 31))),
        ("until 9999-12-31", ProblemCode.TERM_TOO_LONG),
        ("90 dogs", ProblemCode.TERM_UNREADABLE),
        ("until 2027-02-30", ProblemCode.TERM_UNREADABLE),
        ("until spring", ProblemCode.TERM_UNREADABLE),
        ("until 03/04/2027", ProblemCode.TERM_UNREADABLE),  # March or April?
        ("until 31/31/2027", ProblemCode.TERM_UNREADABLE),
        ("until 31.02.2027", ProblemCode.TERM_UNREADABLE),
        ("until 31.03.27", ProblemCode.TERM_UNREADABLE),
        ("until 31 Ma 2027", ProblemCode.TERM_UNREADABLE),
        ("until 31 Moon 2027", ProblemCode.TERM_UNREADABLE),
        ("until 32 March 2027", ProblemCode.TERM_UNREADABLE),
        ("until 31 March", ProblemCode.TERM_UNREADABLE),
        ("forever", ProblemCode.TERM_UNREADABLE),
    ],
)
def test_a_term_is_read_as_people_write_it(typed: str, term: Term | ProblemCode) -> None:
    assert read_term(typed) == term


@pytest.mark.parametrize(
    ("term", "code"),
    [
        (Term(days=365), None),
        (Term(days=366), ProblemCode.TERM_TOO_LONG),
        (Term(until=date(2026, 11, 20)), ProblemCode.TERM_PAST),
        (Term(until=date(2026, 11, 21)), None),
        (Term(until=date(2027, 11, 21)), None),
        (Term(until=date(2027, 11, 22)), ProblemCode.TERM_TOO_LONG),
        (Term(until=date(1, 1, 1)), ProblemCode.TERM_PAST),
        (Term(until=date(9999, 12, 31)), ProblemCode.TERM_TOO_LONG),
        (Term(), ProblemCode.TERM_PAST),
    ],
)
def test_a_term_is_neither_over_nor_longer_than_the_policy_allows(
    term: Term, code: ProblemCode | None
) -> None:
    assert check_term(term, YEAR, NOW, ZONE) is code


def test_today_is_the_day_where_dates_are_typed_not_where_the_server_stands() -> None:
    evening = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)
    today = Term(until=date(2026, 11, 21))
    assert check_term(today, YEAR, evening, ZoneInfo("America/New_York")) is None
    assert check_term(today, YEAR, evening, ZoneInfo("Asia/Tokyo")) is ProblemCode.TERM_PAST


def test_the_last_minute_of_the_last_day_is_too_late() -> None:
    last_minute = datetime(2026, 11, 21, 22, 59, 30, tzinfo=UTC)
    assert check_term(Term(until=date(2026, 11, 21)), YEAR, last_minute, ZONE) is ProblemCode.TERM_PAST


def test_until_a_day_ends_a_minute_before_midnight_in_the_zone() -> None:
    ends = Term(until=date(2027, 3, 31)).ends_at(NOW, ZONE)
    assert ends == datetime(2027, 3, 31, 21, 59, tzinfo=UTC)
    assert ends.utcoffset() == timedelta(0)


def test_a_length_counts_from_its_start() -> None:
    assert Term(days=90).ends_at(NOW, ZONE) == NOW + timedelta(days=90)


@given(st.text(max_size=30))
def test_whatever_is_typed_is_read_or_refused(text: str) -> None:
    term = read_term(text)
    assert isinstance(term, ProblemCode) or (term.days is None) != (term.until is None)


@given(st.dates(), st.sampled_from(["Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"]))
def test_every_date_can_be_checked_everywhere(until: date, zone: str) -> None:
    check_term(Term(until=until), YEAR, NOW, ZoneInfo(zone))


def test_a_length_of_the_policy_is_no_date() -> None:
    assert read_length("14d") == timedelta(days=14)
    for wrong in ("2027-01-01", "", "soon", "14"):
        with pytest.raises(ValueError, match="is no length"):
            read_length(wrong)
