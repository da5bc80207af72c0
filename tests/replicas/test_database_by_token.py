"""A database that Guestlist signs in to with tokens of its identity, while what it takes is rotated."""

import asyncio
import os
import secrets
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from access.rules.model import AuditFact
from bot.credential import credential_of
from bot.kept import Kept, open_kept
from bot.settings import Settings
from bot.store import StoreError
from tests import postgres
from tests.clinic import until
from tests.identity import IdentityEndpoint, identity_endpoint
from tests.test_settings import environment

ROLE = "guestlist_identity"
CUT = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{ROLE}'"


@dataclass(slots=True)
class Rotated:
    """A role whose password is the token of the moment."""

    database: str
    endpoint: IdentityEndpoint
    environ: dict[str, str]
    token: str = ""

    async def rotate(self) -> None:
        """Have the server take another token than before, and end what was opened with that."""
        self.token = secrets.token_hex(500)
        await postgres.run(self.database, f"ALTER ROLE {ROLE} PASSWORD '{self.token}'", CUT)

    async def listeners(self) -> bool:
        found = await postgres.run(
            self.database,
            f"SELECT FROM pg_stat_activity WHERE usename = '{ROLE}' AND application_name = 'guestlist queue'"
            " AND datname = current_database()",
        )
        return bool(found)


@pytest.fixture
async def database() -> AsyncIterator[str]:
    """Yield a database whose owner, and nobody else, needs a password."""
    here, url = postgres.server(), await postgres.new_database()
    name = urlsplit(url).path[1:]
    await postgres.run(url, f"CREATE ROLE {ROLE} LOGIN", f'ALTER DATABASE "{name}" OWNER TO {ROLE}')
    rule = f"local all {ROLE} scram-sha-256\n"
    if here.own and rule not in (rules := here.folder / "pg_hba.conf").read_text(encoding="utf-8"):
        rules.write_text(rule + rules.read_text(encoding="utf-8"), encoding="utf-8")
        here.control("reload")
    yield url
    await postgres.drop(url)
    await postgres.run(here.url, f"DROP ROLE {ROLE}")


@pytest.fixture
async def rotated(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rotated]:
    async with identity_endpoint(lambda: made.token) as endpoint:
        parts = urlsplit(database)
        url = urlunsplit(parts._replace(netloc=f"{ROLE}@{parts.netloc.rpartition('@')[2]}"))
        environ = environment(tmp_path, DATABASE_URL=url, DATABASE_AUTH="entra") | endpoint.environ
        for name, value in endpoint.environ.items():
            monkeypatch.setenv(name, value)
        made = Rotated(database, endpoint, environ)
        await made.rotate()
        yield made


def settings_of(rotated: Rotated) -> Settings:
    settings = Settings.read(rotated.environ)
    assert isinstance(settings, Settings), str(settings)
    return settings


@pytest.fixture
async def kept(rotated: Rotated) -> AsyncIterator[Kept]:
    settings = settings_of(rotated)
    credential = credential_of(settings)
    opened = await open_kept(settings, lambda: datetime.now(UTC), credential)
    yield opened
    await opened.queue.close()
    await opened.store.close()
    await credential.close()


async def test_connections_made_after_a_rotation_work_without_a_restart(rotated: Rotated, kept: Kept) -> None:
    listening = asyncio.create_task(kept.queue.listen())
    await until(rotated.listeners, "the queue listens")
    await kept.store.write_audit(AuditFact(what="before"))
    assert len(rotated.endpoint.asked) == 1, "one token opens every connection"
    old = rotated.token
    await rotated.rotate()
    with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
        await asyncpg.connect(rotated.environ["GUESTLIST_DATABASE_URL"], password=old)
    await asyncio.gather(*(kept.store.write_audit(AuditFact(what="after")) for _ in range(20)))
    await until(rotated.listeners, "the queue listens again")
    assert len(rotated.endpoint.asked) == 2, "the refused token was asked for anew, once"
    asked = rotated.endpoint.asked[-1]
    assert asked["resource"] == "https://ossrdbms-aad.database.windows.net"
    assert asked["client_id"] == rotated.environ["GUESTLIST_APP_ID"].lower()
    await kept.queue.close()
    await asyncio.wait_for(listening, 30)


async def test_a_token_that_the_server_does_not_take_is_asked_for_anew_once_and_said(
    rotated: Rotated,
) -> None:
    settings = settings_of(rotated)
    credential = credential_of(settings)
    rotated.token = "of-somebody-else"
    with pytest.raises(StoreError, match="make Guestlist's identity a role of it") as refused:
        await open_kept(settings, lambda: datetime.now(UTC), credential)
    assert len(rotated.endpoint.asked) == 2
    assert rotated.token not in str(refused.value)
    await credential.close()


async def test_where_no_token_can_be_had_the_database_is_out_of_reach_and_says_why(rotated: Rotated) -> None:
    settings = settings_of(rotated)
    credential = credential_of(settings)
    rotated.endpoint.away = True
    with pytest.raises(StoreError, match="no token for it can be had"):
        await open_kept(settings, lambda: datetime.now(UTC), credential)
    await credential.close()


@pytest.mark.parametrize(
    "words", [("forget", "ana@fabrikam.com"), ("audit", "verify"), ("db", "status"), ("doctor",)]
)
async def test_a_command_signs_in_by_token_too(rotated: Rotated, kept: Kept, words: tuple[str, ...]) -> None:
    await kept.store.write_audit(AuditFact(what="something"))
    own = {name: value for name, value in os.environ.items() if not name.startswith("GUESTLIST_")}
    pipe = asyncio.subprocess.PIPE
    command = (sys.executable, "-m", "bot.cli", *words)
    child = await asyncio.create_subprocess_exec(
        *command, env=own | rotated.environ, stdout=pipe, stderr=pipe
    )
    said, wrong = await asyncio.wait_for(child.communicate(), 60)
    if words == ("doctor",):
        assert b"database              it can be reached and written to" in said, said
    else:
        unknown = words[0] == "forget"
        assert child.returncode == int(unknown), (said, wrong)
