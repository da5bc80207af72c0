"""What `guestlist audit export` writes, on both databases, beside a Guestlist that runs."""

import csv
import io
import json
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from access.rules.cells import csv_line, defused
from access.rules.changing import newer
from access.rules.model import (
    Amendment,
    AuditFact,
    Change,
    Escalation,
    Named,
    ObjectId,
    Panel,
    Question,
    Record,
    ReviewResult,
    Term,
)
from bot.commands.exporting import COLUMNS, NotExported, apps, export, time_of, whose
from bot.store.book import Book
from bot.store.exported import Wanted
from bot.store.sql_store import SqlStore
from tests.audit.chains import written
from tests.audit.test_command import asked
from tests.backups import Database
from tests.store.making import ANA, OMAR, PIA, RECORDS, added, approve, cancel

BEN = "ben.canary@fabrikam.com"
LEE = Named(ObjectId("0a000000-0000-4000-8000-000000000009"), "Lee Gu")


async def exported(book: Book, wanted: Wanted | None = None) -> list[dict[str, Any]]:
    lines: list[str] = []
    count = await export(book, wanted or Wanted(), "jsonl", lines.append)
    assert count == len(lines)
    return [json.loads(line) for line in lines]


async def test_every_entry_is_written_with_its_request_and_guest(store: SqlStore, book: Book) -> None:
    record = await added(store)
    await store.change(record.request.request_id, approve())
    await written(store, 1)
    submitted, approved, other = await exported(book)
    assert tuple(submitted) == COLUMNS
    assert (submitted["what"], submitted["request"], submitted["actor"]) == (
        "request.submitted",
        record.request.label,
        OMAR.object_id,
    )
    assert (submitted["guest_address"], submitted["guest_name"]) == (ANA, "Ana Canary")
    assert (approved["what"], approved["actor"], approved["app_id"]) == (
        "request.approved",
        PIA.object_id,
        RECORDS.object_id,
    )
    assert approved["previous"] == submitted["hash"]
    assert submitted["at"].endswith("Z")
    assert datetime.fromisoformat(submitted["at"]).tzinfo is not None
    assert (other["request"], other["guest_name"], other["detail"]) == (None, None, {"place": 0})


@pytest.mark.parametrize("where", ["stages", "reviews", "questions", "amendments", "escalations"])
async def test_a_person_is_found_by_the_name_wherever_a_request_holds_it(
    store: SqlStore, book: Book, where: str
) -> None:
    record = await added(store)
    at = record.request.submitted_at
    held: dict[str, Any] = {
        "stages": Panel((LEE,)),
        "reviews": ReviewResult(LEE, "Approve", at),
        "questions": Question(LEE, "Why?", at),
        "amendments": Amendment(LEE, at, Term(days=90)),
        "escalations": Escalation(1, at, (LEE,)),
    }

    def change(one: Record, now: datetime) -> Change:
        told = AuditFact(what="test.changed", request_id=one.request.request_id)
        return Change(request=newer(one.request, now, **{where: (held[where],)}), audit=(told,))

    await store.change(record.request.request_id, change)
    assert (await whose(book, "lee gu")).ids == {LEE.object_id}


async def test_a_guest_who_was_forgotten_has_no_name_in_an_export(store: SqlStore, book: Book) -> None:
    record = await added(store)
    await store.change(record.request.request_id, cancel)
    await store.forget(record.request.subject)
    found = await exported(book)
    assert [row["what"] for row in found] == ["request.submitted", "request.canceled", "subject.forgotten"]
    assert ANA not in json.dumps(found)
    assert "Canary" not in json.dumps(found)
    assert {row["subject"] for row in found} == {record.request.subject}


async def test_an_export_can_be_of_one_person_by_id_address_or_name(store: SqlStore, book: Book) -> None:
    await added(store)
    bens = await added(store, BEN, requestor=LEE)
    await store.write_audit(AuditFact(what="app.installing", detail={"person": PIA.object_id}))
    for text, count in (
        (LEE.object_id.upper(), 1),
        ("lee gu", 1),
        (f" {BEN.upper()}", 1),
        (ANA, 1),
        ("ana canary", 2),
        (PIA.object_id, 3),
    ):
        found = await exported(book, Wanted(whose=await whose(book, text)))
        assert len(found) == count, text
    [of_ben] = await exported(book, Wanted(whose=await whose(book, BEN)))
    assert of_ben["request"] == bens.request.label
    for text in ("nobody", "no@address@at.all"):
        with pytest.raises(NotExported):
            await whose(book, text)


async def test_an_export_can_be_of_one_app_by_id_or_name(store: SqlStore, book: Book) -> None:
    await added(store)
    await written(store, 2)
    for text in (RECORDS.object_id, "health records"):
        [row] = await exported(book, Wanted(apps=await apps(book, text)))
        assert row["app_id"] == RECORDS.object_id
    with pytest.raises(NotExported, match="object id"):
        await apps(book, "Nothing")


async def test_an_export_can_be_of_a_while(store: SqlStore, book: Book) -> None:
    await written(store, 3)
    entries = [entry async for entry in store.audit_entries()]
    wanted = Wanted(since=entries[1].at, until=entries[2].at + timedelta(days=1))
    assert {2, 3} <= {row["seq"] for row in await exported(book, wanted)}
    assert await exported(book, Wanted(until=entries[0].at)) == []


def test_a_time_is_read_as_it_is_typed() -> None:
    zone, now = ZoneInfo("Europe/Berlin"), datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert time_of("2026-11-21", zone, now) == datetime(2026, 11, 20, 23, tzinfo=UTC)
    assert time_of("2026-11-21", zone, now, ends=True) == datetime(2026, 11, 21, 23, tzinfo=UTC)
    assert time_of("2026-11-21T10:00", zone, now) == datetime(2026, 11, 21, 9, tzinfo=UTC)
    assert time_of("2026-11-21T10:00Z", zone, now) == datetime(2026, 11, 21, 10, tzinfo=UTC)
    assert time_of("30d", zone, now) == now - timedelta(days=30)
    for text in ("yesterday", "2026-13-01", "9999-12-31"):
        with pytest.raises(NotExported, match="is no time"):
            time_of(text, zone, now, ends=True)
    with pytest.raises(NotExported, match="'99999d' is too long a time"):
        time_of("99999d", zone, now)


FORMULAS = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    ' "=1',
    "'=1",
    "＝1",
    "＋1",
    "－1",
    "＠x",
    "\u200b=1",
)


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_is_taken_for_a_formula(text: str) -> None:
    assert defused(text) == f"'{text}"


@pytest.mark.parametrize("blank", "\t\r\n")
def test_a_cell_that_begins_with_a_blank_that_a_spreadsheet_drops_is_no_formula(blank: str) -> None:
    assert defused(f"{blank}=1") == f"'{blank}'=1"
    assert defused(f"{blank}Ana") == f"'{blank}Ana"


@pytest.mark.parametrize("separator", [";", "|", "\t", "\n", "\r\n"])
def test_no_cell_is_a_formula_where_a_spreadsheet_separates_cells_by_something_else(separator: str) -> None:
    assert defused(f"Ana{separator}=1{separator}b") == f"Ana{separator}'=1{separator}b"
    line = csv_line(["R-1042", defused(f"Ana; =HYPERLINK(1);-1{separator}+1"), "delivered"])
    for row in csv.reader(io.StringIO(line, newline=""), delimiter=separator[:1].strip() or ";"):
        assert not [cell for cell in row if cell.strip()[:1] in tuple("=+-@")]


@pytest.mark.parametrize("text", ["", "R-1042", "2026-11-21T10:00:00Z", '{"a": "=1"}', "Ana = Anna"])
def test_other_cells_stay_as_they_are(text: str) -> None:
    assert defused(text) == text


async def test_csv_is_read_back_cell_by_cell(store: SqlStore, book: Book) -> None:
    await store.write_audit(AuditFact(what="=cmd|' /C calc'!A0", detail={"said": 'a "quoted", text;\n=1'}))
    lines: list[str] = []
    assert await export(book, Wanted(), "csv", lines.append) == 1
    head, row = csv.reader(io.StringIO("".join(lines), newline=""))
    assert tuple(head) == COLUMNS
    cells = dict(zip(head, row, strict=True))
    assert cells["what"] == "'=cmd|' /C calc'!A0"
    assert json.loads(cells["detail"]) == {"said": 'a "quoted", text;\n=1'}


async def test_memory_does_not_grow_with_the_entries(store: SqlStore, book: Book) -> None:
    async def peak() -> int:
        tracemalloc.start()
        await export(book, Wanted(), "csv", lambda _: None)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    await store.write_audit(AuditFact(what="first", detail={"text": "x" * 100}))
    for _ in range(2):
        await written(store, 1000)
    before = await peak()
    for _ in range(4):
        await written(store, 1000)
    assert await peak() < before * 1.5


async def test_the_command_writes_entries_alone_and_says_on_the_other_stream_how_many(
    database: Database, store: SqlStore, tmp_path: Path
) -> None:
    await added(store)
    code, out, err = await asked(database, tmp_path, "export", "--person", ANA, "--since", "2d")
    assert (code, err) == (0, "1 entry.\n")
    assert [line.split(",")[0] for line in out.splitlines()] == ['"seq"', '"1"']
    code, out, err = await asked(database, tmp_path, "export", "--since", "yesterday")
    assert (code, out) == (2, "")
    assert "'yesterday' is no time" in err
