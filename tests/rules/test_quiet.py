"""Nobody is pinged in their quiet hours, and whoever may be pinged at some time is."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.rules.quiet import QuietHours

BERLIN, TOKYO, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Tokyo"), ZoneInfo("America/New_York")
NIGHTS = QuietHours(time(18), time(8), weekend=False)
USUAL = QuietHours()
NOON = QuietHours(time(12), time(13, 30), weekend=False)
NONE = QuietHours(time(0), time(0), weekend=False)

TABLE = [
    (USUAL, BERLIN, "Wed 25 Nov 2026 09:00", "Wed 25 Nov 2026 09:00"),
    (USUAL, BERLIN, "Wed 25 Nov 2026 07:59", "Wed 25 Nov 2026 08:00"),
    (USUAL, BERLIN, "Wed 25 Nov 2026 18:00", "Thu 26 Nov 2026 08:00"),
    (USUAL, BERLIN, "Fri 27 Nov 2026 17:59", "Fri 27 Nov 2026 17:59"),
    (USUAL, BERLIN, "Fri 27 Nov 2026 18:00", "Mon 30 Nov 2026 08:00"),
    (USUAL, TOKYO, "Sun 29 Nov 2026 23:59", "Mon 30 Nov 2026 08:00"),
    (NIGHTS, BERLIN, "Sat 28 Nov 2026 10:00", "Sat 28 Nov 2026 10:00"),
    (NIGHTS, NEW_YORK, "Sat 28 Nov 2026 03:00", "Sat 28 Nov 2026 08:00"),
    (NOON, BERLIN, "Wed 25 Nov 2026 12:00", "Wed 25 Nov 2026 13:30"),
    (NOON, BERLIN, "Wed 25 Nov 2026 22:00", "Wed 25 Nov 2026 22:00"),
    (NONE, BERLIN, "Sun 29 Nov 2026 03:00", "Sun 29 Nov 2026 03:00"),
    # A night in which the clock is put forward, and one in which it is put back.
    (NIGHTS, BERLIN, "Sun 29 Mar 2026 01:30", "Sun 29 Mar 2026 08:00"),
    (
        QuietHours(time(22), time(2, 30), weekend=False),
        BERLIN,
        "Sun 29 Mar 2026 01:30",
        "Sun 29 Mar 2026 03:30",
    ),
    (NIGHTS, BERLIN, "Sun 25 Oct 2026 02:30", "Sun 25 Oct 2026 08:00"),
]


def at(text: str, zone: ZoneInfo) -> datetime:
    return datetime.strptime(text, "%a %d %b %Y %H:%M").replace(tzinfo=zone)


@pytest.mark.parametrize(("quiet", "zone", "asked", "told"), TABLE)
def test_what_is_due_in_quiet_hours_comes_when_they_end(
    quiet: QuietHours, zone: ZoneInfo, asked: str, told: str
) -> None:
    assert quiet.over(at(asked, zone).astimezone(UTC), zone) == at(told, zone).astimezone(UTC)


TIMES = st.times().map(lambda one: one.replace(second=0, microsecond=0))


@given(
    st.builds(QuietHours, TIMES, TIMES, st.booleans()),
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds
    st.sampled_from([BERLIN, TOKYO, NEW_YORK, ZoneInfo("Asia/Kathmandu"), ZoneInfo("Australia/Lord_Howe")]),
)
def test_it_comes_never_sooner_and_at_a_time_that_is_not_quiet(
    quiet: QuietHours, asked: datetime, zone: ZoneInfo
) -> None:
    told = quiet.over(asked, zone)
    assert asked <= told <= asked + timedelta(days=5)
    assert quiet.over(told, zone) == told
