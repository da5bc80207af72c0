"""`guestlist policy replay` beside a Guestlist that has the database open, on both databases."""

import asyncio
import json
import os
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from access.rules.facts import Facts, Laid, Meant
from access.rules.model import Change, Record
from bot.clock import SteadyClock
from bot.store.past import sent_since
from bot.store.sql_store import SqlStore
from tests.audit.chains import book_of, tamper
from tests.backups import Database
from tests.store.making import ANA, OMAR, PIA, READER, RECORDS, approve, asking, cancel

TENANT = "07c51642-1aa2-593c-8685-29f12285f84f"
IN_FORCE = '[[defaults.stage]]\napprovers = ["app-owners"]\n'
FACTS = Facts(
    domain="fabrikam.com",
    give=READER,
    guest_known=False,
    letters=30,
    landing="app-home",
    closes_after=14 * 24 * 3600,
    stages=(Laid(("app-owners",)),),
    meant=(Meant("app-owners", (OMAR.object_id, PIA.object_id)),),
)
FORGOTTEN = "justification = { pattern = 'audit', expected = 'what it is for' }\n"


async def asked(database: Database, folder: Path, policy: str, *words: str) -> tuple[int | None, str, str]:
    """Run the command with a policy; return its exit code, and what it said on both streams."""
    (folder / "policy.toml").write_text(policy, encoding="utf-8")
    values = {"APP_ID": TENANT, "TENANT_ID": TENANT, "POLICY_FILE": str(folder / "policy.toml")}
    values |= {"DATABASE_URL": database.url}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot.cli", "policy", "replay", *words),
        env={**os.environ, **{f"GUESTLIST_{name}": value for name, value in values.items()}},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


async def sent(store: SqlStore, address: str = ANA, facts: Facts | None = FACTS, ago: int = 0) -> Record:
    make = await asking(store, address)

    def with_facts(number: int, now: datetime) -> Change:
        change = make(number, now)
        at = now - timedelta(days=ago)
        return replace(change, request=replace(change.request, facts=facts, submitted_at=at))

    record = await store.add(with_facts)
    assert isinstance(record, Record)
    return record


async def test_every_end_has_its_code_and_the_table_names_what_is_not_the_same(
    database: Database, store: SqlStore, tmp_path: Path
) -> None:
    assert (await asked(database, tmp_path, IN_FORCE))[:2][0] == 0, "nothing was sent"
    record = await sent(store)
    await store.change(record.request.request_id, approve())
    code, out, err = await asked(database, tmp_path, IN_FORCE)
    assert (code, out.splitlines()[1:], err) == (
        0,
        ["1 request: 1 same, 0 differently, 0 undecidable."],
        "",
    )
    await sent(store, "ben@fabrikam.com", facts=None)
    code, out, _ = await asked(database, tmp_path, IN_FORCE)
    today = f"{SteadyClock().now():%Y-%m-%d}"
    assert code == 3
    assert out.splitlines()[1:] == [
        f"R-1002    undecidable {today}  pendingApproval  Health Records",
        "          Not known: what held when it was sent: an older version kept no facts.",
        "2 requests: 1 same, 0 differently, 1 undecidable.",
    ]
    code, out, _ = await asked(database, tmp_path, f'{IN_FORCE}[domains]\ndeny = ["fabrikam.com"]\n')
    assert code == 1
    assert "It would be refused: guests of fabrikam.com are kept out by domains." in out
    assert out.splitlines()[-1] == "2 requests: 0 same, 1 differently, 1 undecidable."


async def test_json_has_every_request_and_names_no_guest(
    database: Database, store: SqlStore, tmp_path: Path
) -> None:
    record = await sent(store)
    code, out, _ = await asked(
        database, tmp_path, IN_FORCE + 'quorum = 2\nfallback = ["manager"]\n', "--json"
    )
    whole: dict[str, Any] = json.loads(out)
    (found,) = whole["requests"]
    assert code == 1
    assert (whole["same"], whole["differently"], whole["undecidable"]) == (0, 1, 0)
    assert (found["request"], found["request_id"]) == ("R-1001", record.request.request_id)
    assert found["outcome"] == "differently"
    assert found["differences"] == [{"what": "quorum", "words": "Stage 1 would need 2 approvals, not 1."}]
    assert ANA not in out
    assert "canary" not in out.lower()
    code, out, _ = await asked(database, tmp_path, IN_FORCE, "--json", "--since", "2099-01-01")
    assert (code, json.loads(out)["requests"]) == (0, [])


async def test_what_is_older_or_of_another_app_is_left_out(
    database: Database, store: SqlStore, tmp_path: Path
) -> None:
    await sent(store, ago=200)
    await sent(store, "ben@fabrikam.com", ago=100)
    for words, count in (
        ((), 1),
        (("--since", "300d"), 2),
        (("--since", "30d"), 0),
        (("--app", "health records"), 1),
        (("--app", RECORDS.object_id), 1),
        (("--app", TENANT), 0),
    ):
        code, out, _ = await asked(database, tmp_path, IN_FORCE, *words)
        assert (code, out.splitlines()[-1].split()[0]) == (0, str(count)), words
    for words in (("--app", "Nothing"), ("--since", "yesterday")):
        code, out, err = await asked(database, tmp_path, IN_FORCE, *words)
        assert (code, out) == (2, "")
        assert "Traceback" not in err


async def test_a_forgotten_guest_keeps_facts_and_of_their_justification_nobody_knows(
    database: Database, store: SqlStore, tmp_path: Path
) -> None:
    record = await sent(store)
    await store.change(record.request.request_id, cancel)
    other = await sent(store, "ben@fabrikam.com")
    assert await store.forget(await store.subject(ANA)) == 1
    assert (await asked(database, tmp_path, IN_FORCE))[0] == 0
    code, out, _ = await asked(database, tmp_path, f"[defaults]\n{FORGOTTEN}{IN_FORCE}", "--json")
    first, second = json.loads(out)["requests"]
    assert (code, first["outcome"], second["outcome"]) == (3, "undecidable", "same")
    assert first["missing"] == ["the justification, which was erased: whether it fits the pattern"]
    assert second["request_id"] == other.request.request_id


async def test_what_a_newer_version_wrote_is_undecidable(
    database: Database, store: SqlStore, tmp_path: Path
) -> None:
    await sent(store)
    await tamper(database, "UPDATE requests SET body = replace(body, 'pendingApproval', 'paused')")
    code, out, _ = await asked(database, tmp_path, IN_FORCE)
    assert code == 3
    assert "Not known: what it says: a newer version of Guestlist wrote it." in out


async def test_more_requests_than_a_page_holds_are_read_each_once(
    database: Database, store: SqlStore
) -> None:
    for number in range(205):
        await sent(store, f"ana{number}@fabrikam.com")
    book = await book_of(database)
    found = [past.number async for past in sent_since(book, SteadyClock().now() - timedelta(days=1))]
    await book.close()
    assert found == list(range(1001, 1206))
