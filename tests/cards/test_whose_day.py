"""Days are typed in the house's zone: whoever reads in another sees whose day it is."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from access.rules.model import Term
from cards.look import Look
from cards.words import ends, for_term, last_day, term
from tests.cards import gallery

BERLIN = Look(ZoneInfo("Europe/Berlin"))
TYPED = Term(until=date(2027, 3, 31))
END = datetime(2027, 3, 31, 21, 59, tzinfo=UTC)
"""23:59 of that day in Berlin, and the next morning in Auckland."""


def test_a_day_that_was_typed_is_the_houses_and_says_so_to_who_reads_elsewhere() -> None:
    auckland = BERLIN.of("en", "Pacific/Auckland")
    assert term(TYPED, auckland) == "Until Wed 31 Mar 2027 CEST"
    assert for_term(TYPED, auckland) == "until Wed 31 Mar 2027 CEST"
    assert last_day(END, auckland) == "Wed 31 Mar 2027 CEST"


def test_who_reads_in_the_houses_zone_or_one_of_the_same_time_reads_the_day_alone() -> None:
    for zone in ("Europe/Berlin", "Europe/Madrid", "", "Nowhere/Else"):
        reader = BERLIN.of("en", zone)
        assert (term(TYPED, reader), last_day(END, reader)) == ("Until Wed 31 Mar 2027", "Wed 31 Mar 2027")


def test_a_look_that_is_made_of_a_persons_keeps_the_houses_zone() -> None:
    again = BERLIN.of("en", "Pacific/Auckland").of("de", "America/New_York")
    assert again.house == BERLIN.zone
    assert last_day(END, again).endswith(" 2027 CEST")


def test_the_end_of_a_delivered_request_is_the_houses_day() -> None:
    request = gallery.delivered().request
    house, auckland = ends(request, BERLIN), ends(request, BERLIN.of("en", "Pacific/Auckland"))
    assert auckland.startswith(house.split(" (")[0])
    assert "CE" in auckland
