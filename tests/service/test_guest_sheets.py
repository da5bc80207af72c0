"""A file of guests: who may have it, what stands in it, and what is said where none was saved."""

import csv
import io
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from access.ports import AccessError, Gone, NotDone, NotKept, NotLicensed, Refused, Unknown
from access.rules.causes import Cause
from access.rules.guest_list import GuestPage, Only, Wanted
from access.rules.model import Guest, ObjectId, Redemption
from access.rules.sheet import COLUMNS, WhyNotSaved, estimate, name_of
from access.service.guest_sheets import GuestSheets
from tests.service.house import DIEGO, GUESTS, LIDIA, MEGAN, NIA, PORTAL, RECORDS, House

OWN = Wanted(app="Health Records")
URL = "https://contoso-my.sharepoint.com/upload"
BERLIN = ZoneInfo("Europe/Berlin")


@dataclass
class FakeUploads:
    """Keeps what is written, or fails as a test says, and notes what stood in the audit by then."""

    house: House
    error: AccessError | None = None
    files: dict[str, bytes] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)

    async def put(self, url: str, size: int, parts: Iterator[bytes]) -> None:
        self.told = [one.fact.what for one in await self.house.audit()]
        if self.error is not None:
            raise self.error
        self.files[url] = b"".join(parts)
        assert len(self.files[url]) == size


@pytest.fixture
def uploads(house: House) -> FakeUploads:
    return FakeUploads(house)


@pytest.fixture
def sheets(house: House, uploads: FakeUploads) -> GuestSheets:
    return GuestSheets(house.lists, uploads)


def holds(house: House, key: str, **about: Any) -> ObjectId:
    """Give somebody an app past Guestlist."""
    guest = Guest(ObjectId(key), key.title(), f"{key}@adatum.com", Redemption.ACCEPTED)
    house.tenant.guests[guest.object_id] = replace(guest, **about)
    house.tenant.access.add((guest.object_id, RECORDS))
    return guest.object_id


def rows(uploads: FakeUploads) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(uploads.files[URL].decode("utf-8-sig"))))


async def test_every_guest_that_is_wanted_has_a_line_and_not_those_of_a_page_alone(
    house: House, sheets: GuestSheets, uploads: FakeUploads
) -> None:
    for number in range(12):
        holds(house, f"guest{number:02}")
    assert isinstance(await sheets.save(replace(OWN, page=2), NIA, URL, BERLIN), GuestPage)
    assert uploads.files[URL].startswith("\ufeff".encode())
    assert [row["object_id"] for row in rows(uploads)] == [f"guest{number:02}" for number in range(12)]
    assert tuple(rows(uploads)[0]) == COLUMNS


async def test_a_file_of_all_ones_apps_names_the_app_in_each_line_and_the_audit_each_app(
    house: House, sheets: GuestSheets, uploads: FakeUploads
) -> None:
    house.tenant.access.add((holds(house, "jo"), GUESTS))
    assert isinstance(await sheets.save(Wanted(app="all"), MEGAN, URL, BERLIN), GuestPage)
    assert [row["app"] for row in rows(uploads)] == ["Health Records", "Patient Portal"]
    [fact] = [one.fact for one in await house.audit() if one.fact.what == "guests.saving"]
    assert fact.detail["apps"] == sorted([PORTAL, RECORDS])


async def test_a_line_says_what_the_card_says_with_days_as_numbers(
    house: House, sheets: GuestSheets, uploads: FakeUploads
) -> None:
    record = await house.delivered(await house.approved())
    jo = holds(house, "jo", enabled=False)
    house.app_guests.last[jo] = house.clock.now() - timedelta(days=3)
    await sheets.save(OWN, NIA, URL, BERLIN)
    by_name = {row["name"]: row for row in rows(uploads)}
    assert record.request.ends_at is not None
    ana = by_name["Ana"]
    assert ana["ends"] == record.request.ends_at.astimezone(BERLIN).date().isoformat()
    assert (ana["state"], ana["accepted"], ana["enabled"]) == ("pending", "no", "yes")
    assert (ana["requests"], ana["requestor"], ana["last_sign_in"]) == ("R-1001", "Megan", "none")
    other = by_name["Jo"]
    assert (other["state"], other["accepted"], other["enabled"]) == ("disabled", "yes", "no")
    assert (other["ends"], other["requests"], other["requestor"]) == ("", "", "")
    assert other["last_sign_in"] == (house.clock.now() - timedelta(days=3)).date().isoformat()


@pytest.mark.parametrize(
    ("error", "said"),
    [(NotLicensed(Cause.RIGHTS_MISSING), "not licensed"), (NotDone(Cause.UNAVAILABLE), "not known")],
)
async def test_a_sign_in_that_cannot_be_read_is_not_taken_for_none(
    house: House, sheets: GuestSheets, uploads: FakeUploads, error: AccessError, said: str
) -> None:
    holds(house, "jo")
    house.faults.before["signed_in"] = [error]
    await sheets.save(OWN, NIA, URL, BERLIN)
    assert rows(uploads)[0]["last_sign_in"] == said


async def test_a_line_says_who_counts_as_a_member_and_not_as_a_guest(
    house: House, sheets: GuestSheets, uploads: FakeUploads
) -> None:
    holds(house, "jo", is_member=True)
    holds(house, "kim")
    await sheets.save(OWN, NIA, URL, BERLIN)
    assert {row["name"]: row["counts_as"] for row in rows(uploads)} == {"Jo": "member", "Kim": "guest"}


async def test_no_cell_is_taken_for_a_formula(
    house: House, sheets: GuestSheets, uploads: FakeUploads
) -> None:
    holds(house, "jo", name='=HYPERLINK("https://evil.example")', address="+1@adatum.com")
    await sheets.save(OWN, NIA, URL, BERLIN)
    [row] = rows(uploads)
    assert (row["name"][:2], row["address"][:2]) == ("'=", "'+")


async def test_who_took_how_many_guests_with_them_is_in_the_audit_before_the_first_byte_leaves(
    house: House, sheets: GuestSheets, uploads: FakeUploads
) -> None:
    holds(house, "jo")
    await sheets.save(replace(OWN, only=Only.ACCEPTED, domain="adatum.com"), NIA, URL, BERLIN)
    assert uploads.told[-1] == "guests.saving"
    fact = (await house.audit())[-1].fact
    detail = {"app": RECORDS, "rows": 1, "only": "accepted", "domain": "adatum.com"}
    assert (fact.actor, fact.detail) == (NIA, detail)


async def test_an_admin_s_file_of_an_app_that_is_not_theirs_is_a_look_too(
    house: House, sheets: GuestSheets
) -> None:
    holds(house, "jo")
    assert isinstance(await sheets.save(OWN, LIDIA, URL, BERLIN), GuestPage)
    assert [one.fact.what for one in await house.audit()][-2:] == ["guests.looked", "guests.saving"]


@pytest.mark.parametrize("wanted", [OWN, Wanted(), Wanted(app="No such app")])
async def test_who_may_not_see_the_guests_gets_no_file(
    house: House, sheets: GuestSheets, uploads: FakeUploads, wanted: Wanted
) -> None:
    holds(house, "jo")
    assert await sheets.save(wanted, DIEGO, URL, BERLIN) is WhyNotSaved.NO_SUCH_APP
    assert uploads.files == {}


async def test_nothing_is_written_of_what_cannot_be_read(
    house: House, sheets: GuestSheets, uploads: FakeUploads
) -> None:
    house.faults.before["guests_of"] = [NotDone(Cause.UNAVAILABLE)]
    assert await sheets.save(OWN, NIA, URL, BERLIN) is WhyNotSaved.UNREAD
    assert uploads.files == {}


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (Gone(Cause.REFUSED), WhyNotSaved.TOO_LATE),
        (Refused(Cause.GUARDED), WhyNotSaved.NOT_ALLOWED),
        (Refused(Cause.REFUSED), WhyNotSaved.REFUSED),
        (NotDone(Cause.UNAVAILABLE), WhyNotSaved.AWAY),
        (Unknown(Cause.UNAVAILABLE), WhyNotSaved.UNSURE),
    ],
)
async def test_what_became_of_the_upload_is_said(
    sheets: GuestSheets, uploads: FakeUploads, error: AccessError, why: WhyNotSaved
) -> None:
    uploads.error = error
    assert await sheets.save(OWN, NIA, URL, BERLIN) is why


async def test_without_an_entry_there_is_no_file(
    house: House, sheets: GuestSheets, uploads: FakeUploads
) -> None:
    holds(house, "jo")
    with closing(sqlite3.connect(house.store._witness.with_name("guestlist.db"))) as connection, connection:
        connection.execute("ALTER TABLE audit RENAME TO away")
    with pytest.raises(NotKept):
        await sheets.save(OWN, NIA, URL, BERLIN)
    assert uploads.files == {}


async def test_about_how_large_the_file_is_goes_by_the_rows_of_one_page(
    house: House, sheets: GuestSheets, uploads: FakeUploads
) -> None:
    for number in range(12):
        holds(house, f"guest{number:02}")
    page = await house.lists.show(OWN, NIA)
    assert isinstance(page, GuestPage)
    await sheets.save(OWN, NIA, URL, BERLIN)
    assert estimate(page, BERLIN) == pytest.approx(len(uploads.files[URL]), rel=0.1)


@pytest.mark.parametrize(
    ("app", "name"),
    [
        ("Health Records", "guests-health-records-2026-11-22.csv"),
        ("../..\\evil: *?", "guests-evil-2026-11-22.csv"),
        ("???", "guests-app-2026-11-22.csv"),
        ("Ärzte & Söhne", "guests-ärzte-söhne-2026-11-22.csv"),
        ("x" * 300, f"guests-{'x' * 60}-2026-11-22.csv"),
    ],
)
def test_a_file_has_a_name_that_every_disk_takes(app: str, name: str, house: House) -> None:
    assert name_of(app, house.clock.now().date().replace(year=2026, month=11, day=22)) == name
