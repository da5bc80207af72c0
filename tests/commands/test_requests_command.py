"""`guestlist requests` beside a Guestlist that has the database open."""

import re
from pathlib import Path
from typing import Any

import pytest

from access.rules.model import Named, ObjectId, Record
from bot.commands.exporting import Limits
from bot.commands.requests import Asked, listed
from bot.settings import Settings
from bot.store.sql_store import SqlStore
from tests.backups import Database
from tests.commands.typing import beside, settings
from tests.store.making import ANA, OMAR, RECORDS, added, approve, asking

BEN = "ben@fabrikam.com"
NIA = Named(ObjectId("0a000000-0000-4000-8000-000000000003"), "Nia Chen")


@pytest.fixture
async def requests(store: SqlStore) -> tuple[Record, Record]:
    """Return one that waits for approval, and a newer one that is being delivered."""
    first = await added(store)
    second = await store.add(await asking(store, BEN, NIA))
    assert isinstance(second, Record)
    await store.change(second.request.request_id, approve())
    return first, second


@pytest.mark.usefixtures("requests")
async def test_requests_are_listed_by_object_ids_newest_first(database: Database, tmp_path: Path) -> None:
    said = await beside(database, tmp_path, "requests")
    assert (said.ended, said.err) == (0, "")
    assert [line.split()[:2] for line in said.out.splitlines()[1:-1]] == [
        ["R-1002", "delivering"],
        ["R-1001", "pendingApproval"],
    ]
    assert said.out.endswith("2 request(s).\n")
    assert not [word for word in (ANA, BEN, OMAR.name, NIA.name) if word in said.out]
    found = (await beside(database, tmp_path, "requests", "--json")).document
    assert [one["requestor"] for one in found["requests"]] == [NIA.object_id, OMAR.object_id]
    assert found["more"] is False


@pytest.mark.usefixtures("requests")
async def test_what_is_looked_for_is_listed_alone(database: Database, tmp_path: Path) -> None:
    read = Settings.read(settings(database.url, tmp_path))
    assert isinstance(read, Settings)

    async def numbers(*, since: str = "", until: str = "", app: str = "", who: str = "", **more: Any) -> str:
        found = await listed(read, Asked(Limits(since, until, app, who), **more))
        return f"{found.ends} {' '.join(re.findall('R-[0-9]+', found.text))}".strip()

    both = "0 R-1002 R-1001"
    assert await numbers(states=["delivering"]) == "0 R-1002"
    assert await numbers(states=["delivering", "pendingApproval"]) == both
    assert await numbers(waiting=True) == both
    assert await numbers(failed=True) == "0"
    assert await numbers(app=RECORDS.name.upper()) == both
    assert await numbers(app="0b000000-0000-4000-8000-00000000000f") == "0"
    assert await numbers(who=OMAR.object_id) == "0 R-1001"
    assert await numbers(who=BEN) == "0 R-1002"
    assert (await numbers(since="1d"), await numbers(until="1d")) == (both, "0")
    assert await numbers(most=1) == "0 R-1002"
    wrong = ({"states": ["lost"]}, {"app": "Nothing"}, {"who": "Nobody"}, {"since": "someday"})
    assert [await numbers(**one) for one in wrong] == ["2"] * len(wrong)


@pytest.mark.usefixtures("requests")
async def test_names_are_shown_where_they_are_asked_for_and_nothing_is_written(
    database: Database, store: SqlStore, tmp_path: Path
) -> None:
    before = await store.audit_head()
    assert ANA in (await beside(database, tmp_path, "requests", "--names")).out
    found = (await beside(database, tmp_path, "requests", "show", "R-1001", "--names", "--json")).document
    assert found["guest_address"] == ANA
    assert await store.audit_head() == before
    typed_before = await beside(database, tmp_path, "requests", "--names", "--json", "show", "R-1001")
    assert typed_before.document == found, "what stands before the word holds for it"


@pytest.mark.usefixtures("requests")
async def test_one_is_shown_with_its_journal_and_what_it_waits_for(
    database: Database, tmp_path: Path
) -> None:
    said = await beside(database, tmp_path, "requests", "show", "r-1001")
    assert (said.ended, said.err) == (0, "")
    assert ANA not in said.out
    assert "an approval at stage 1 by " in said.out
    found = (await beside(database, tmp_path, "requests", "show", "1002", "--json")).document
    steps = [one["job"] for one in found["jobs"] if one["job"].startswith("step ")]
    assert steps[0] == "step invite"
    assert any(one.startswith("step invite, due ") for one in found["waits_for"])


@pytest.mark.usefixtures("store")
async def test_what_is_no_request_is_said(database: Database, tmp_path: Path) -> None:
    for words, told in ((("R-7",), "no request R-7."), (("yesterday",), "Write its number, such as R-1042.")):
        said = await beside(database, tmp_path, "requests", "show", *words)
        assert (said.ended, said.out) == (2, "")
        assert told in said.err
