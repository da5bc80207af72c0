"""`guestlist doctor` against the clinic: each thing is broken once, and told with what to do about it."""

import asyncio
import json
import os
import sqlite3
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from azure.core.credentials import AccessToken

from access.ports import Refused
from access.rules.causes import Cause
from bot.clock import host_time
from bot.commands.doctor import NAMES, examined
from bot.commands.examined import Item, Stands
from bot.credential import Credential, StaticCredential
from bot.settings import Settings
from tests.clinic import TOKEN, Clinic, environment, guestlist_in, open_sandbox, until
from tests.test_run import free_port

_FURTHER = "Directory.ReadWrite.All,Mail.Send"


@asynccontextmanager
async def served(folder: Path, **changed: str) -> AsyncIterator[tuple[Clinic, Settings]]:
    """Serve the sandbox, and Guestlist at an address of its own that it knows of."""
    port = free_port()
    async with open_sandbox() as clinic:
        environ = environment(clinic.url, folder / "guestlist.db", port)
        public = {"GUESTLIST_PUBLIC_URL": f"http://127.0.0.1:{port}"}
        settings = Settings.read(environ | public | {f"GUESTLIST_{name}": it for name, it in changed.items()})
        assert isinstance(settings, Settings), settings
        async with guestlist_in(clinic, settings) as guestlist:

            async def ready() -> bool:
                return not guestlist.unready()

            await until(ready, "Guestlist is ready")
            yield clinic, settings


@asynccontextmanager
async def alone(folder: Path, **changed: str) -> AsyncIterator[tuple[Clinic, Settings]]:
    """Serve the sandbox, without a Guestlist."""
    async with open_sandbox() as clinic:
        environ = environment(clinic.url, folder / "guestlist.db", free_port())
        settings = Settings.read(environ | {f"GUESTLIST_{name}": it for name, it in changed.items()})
        assert isinstance(settings, Settings), settings
        yield clinic, settings


async def looked(
    settings: Settings, credential: Credential | None = None, ahead: timedelta = timedelta()
) -> Mapping[str, Item]:
    def host() -> datetime:
        return host_time() + ahead

    found = await examined(settings, credential or StaticCredential(TOKEN), host)
    assert tuple(one.name for one in found) == NAMES
    assert all(one.remedy for one in found if one.stands is Stands.BROKEN)
    return {one.name: one for one in found}


def standing(found: Mapping[str, Item], stands: Stands) -> set[str]:
    return {name for name, one in found.items() if one.stands is stands}


async def test_beside_a_running_guestlist_everything_is_looked_at(tmp_path: Path) -> None:
    async with served(tmp_path) as (clinic, settings):
        await clinic.switch(installPermission=True)
        found = await looked(settings)
    unseen = {"sign-in", "bot-token", "database-clock"}
    assert standing(found, Stands.NOT_CHECKED) == unseen, "a fixed token, and a file"
    assert standing(found, Stands.OK) == set(NAMES) - unseen


async def test_it_only_reads_in_the_tenant(tmp_path: Path) -> None:
    async with alone(tmp_path) as (clinic, settings):
        await looked(settings)
        calls = await clinic.ledger()
    assert {one["kind"] for one in calls} == {"graph.call"}
    assert {one["detail"]["method"] for one in calls} == {"GET"}


async def test_what_is_missing_of_its_permissions_is_told_with_what_it_is_for(tmp_path: Path) -> None:
    async with alone(tmp_path) as (clinic, settings):
        await clinic.switch(withheldPermissions="User.Invite.All,Group.Create", policyPermission=False)
        await clinic.switch(furtherPermissions=_FURTHER)
        found = await looked(settings)
        await clinic.switch(withheldPermissions="GroupMember.ReadWrite.All")
        groups = (await looked(settings))["permissions"]
    assert found["permissions"].stands is Stands.BROKEN
    assert found["permissions"].details == ("User.Invite.All: for inviting guests",)
    optional = found["optional-permissions"]
    assert optional.stands is Stands.NOTE
    assert {one.partition(":")[0] for one in optional.details} == {
        "Group.Create",
        "Policy.Read.All",
        "TeamsAppInstallation.ReadWriteSelfForUser.All",
        "AppCatalog.Read.All",
    }
    assert found["further-permissions"].details == (
        "Directory.ReadWrite.All: Guestlist does not use it",
        "Mail.Send: in Entra it reaches every mailbox",
    )
    assert groups.stands is Stands.BROKEN, "the policy gives groups"


async def test_an_application_that_the_tenant_does_not_have_is_told(tmp_path: Path) -> None:
    other = "00000000-0000-4000-8000-000000000001"
    async with alone(tmp_path, APP_ID=other) as (_, settings):
        found = await looked(settings)
    assert (found["permissions"].stands, other in found["permissions"].said) == (Stands.BROKEN, True)
    assert found["further-permissions"].stands is Stands.NOT_CHECKED


async def test_a_graph_that_is_away_is_not_taken_for_rights_that_are_missing(tmp_path: Path) -> None:
    async with alone(tmp_path) as (clinic, settings):
        await clinic.fault(match={"path": "/v1.0/"}, do="503-before", times=None, retryAfter="absent")
        found = await looked(settings)
    away = {"permissions", "optional-permissions", "further-permissions", "mailbox"}
    assert away <= standing(found, Stands.NOT_CHECKED)


@pytest.mark.parametrize(
    ("box", "stands", "said"),
    [
        ("00000000-0000-4000-8000-000000000002", Stands.BROKEN, "mailbox"),
        ("", Stands.NOTE, "Microsoft sends its own invitation"),
    ],
)
async def test_a_mailbox_that_is_not_there_is_told(
    box: str, stands: Stands, said: str, tmp_path: Path
) -> None:
    async with alone(tmp_path, MAILBOX=box) as (_, settings):
        found = (await looked(settings))["mailbox"]
    assert (found.stands, said in found.said) == (stands, True)


@pytest.mark.parametrize(("ahead", "way"), [(400, "400 s ahead of"), (-400, "400 s behind")])
async def test_a_clock_that_is_wrong_is_told_with_how_far(ahead: int, way: str, tmp_path: Path) -> None:
    async with alone(tmp_path) as (_, settings):
        found = (await looked(settings, ahead=timedelta(seconds=ahead)))["clock"]
    assert found.stands is Stands.BROKEN
    assert way in found.said.replace("399", "400").replace("401", "400")


async def test_addresses_at_which_nobody_or_somebody_else_answers_are_told(tmp_path: Path) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    async with alone(tmp_path, PUBLIC_URL=nobody, CHANNEL_OPENID_URL=f"{nobody}/keys") as (clinic, settings):
        found = await looked(settings)
        elsewhere = await looked(replace(settings, public_url=clinic.url))
    assert {"public-url", "bot-endpoint", "channel-keys"} == standing(found, Stands.BROKEN)
    assert found["process"].stands is Stands.NOT_CHECKED
    assert "is no Guestlist (status 404)" in elsewhere["public-url"].said
    assert "answers 404" in elsewhere["bot-endpoint"].said


class Issued:
    """Entra as a credential shows it: a token of somebody, or a refusal."""

    def __init__(self, **claims: str) -> None:
        self._claims = claims

    async def get_token(self, *_: str, claims: str | None = None) -> AccessToken:  # noqa: ARG002 - the port's
        if not self._claims:
            raise Refused(Cause.SIGN_IN_REFUSED, "Entra refused to sign Guestlist in")
        return AccessToken(jwt.encode(self._claims, "k" * 32, "HS256"), 1)

    def forget(self, *_: str) -> None: ...

    async def close(self) -> None: ...


async def test_a_token_that_cannot_be_had_or_is_for_another_is_told(tmp_path: Path) -> None:
    secret = {"CREDENTIAL": "secret", "CLIENT_SECRET": "x", "STATIC_TOKEN": "", "SERVICE_ORIGINS": ""}
    away = f"https://127.0.0.1:{free_port()}"
    urls = dict.fromkeys(("GRAPH_URL", "LOGIN_URL", "CHANNEL_OPENID_URL"), away)
    environ = environment("https://nowhere.example", tmp_path / "guestlist.db")
    settings = Settings.read(environ | {f"GUESTLIST_{name}": it for name, it in {**secret, **urls}.items()})
    assert isinstance(settings, Settings), settings
    ours = {"appid": settings.app_id, "tid": settings.tenant_id}
    tokens = {"sign-in", "bot-token"}
    assert tokens <= standing(await looked(settings, Issued(**ours)), Stands.OK)
    assert tokens <= standing(await looked(settings, Issued()), Stands.BROKEN)
    for other in ({"appid": "another"}, {"tid": "another"}):
        found = await looked(settings, Issued(**(ours | other)))
        assert tokens <= standing(found, Stands.BROKEN)
        assert "another" in found["bot-token"].said
    assert found["clock"].stands is Stands.BROKEN, "Graph is not there"


async def test_a_policy_with_mistakes_is_told_with_each(tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text("[defaults]\ncolour = 1\nshape = 2\n", encoding="utf-8")
    async with alone(tmp_path, POLICY_FILE=str(policy)) as (_, settings):
        found = (await looked(settings))["policy"]
    assert (found.stands, len(found.details)) == (Stands.BROKEN, 2)


def _written(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as database:
        for one in statements:
            database.execute(one)
        database.commit()


_VERSION = "CREATE TABLE alembic_version (version_num VARCHAR(32))"
_NOTES = "CREATE TABLE notes (key TEXT PRIMARY KEY, value TEXT NOT NULL)"


@pytest.mark.parametrize(
    ("statements", "stands", "said"),
    [
        ([], Stands.NOTE, "is empty"),
        ([_VERSION, _NOTES, "INSERT INTO alembic_version VALUES ('0001')"], Stands.NOTE, "version 0001"),
        ([_VERSION, _NOTES, "INSERT INTO alembic_version VALUES ('9999')"], Stands.BROKEN, "newer Guestlist"),
        ([_VERSION, "INSERT INTO alembic_version VALUES ('0001')"], Stands.BROKEN, "no such table"),
    ],
)
async def test_a_database_of_another_version_is_told(
    statements: Sequence[str], stands: Stands, said: str, tmp_path: Path
) -> None:
    _written(tmp_path / "guestlist.db", *statements)
    async with alone(tmp_path) as (_, settings):
        found = (await looked(settings))["database"]
    assert (found.stands, said in found.said) == (stands, True), found


async def test_a_database_that_is_not_there_or_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    path = tmp_path / "guestlist.db"
    async with alone(tmp_path) as (_, settings):
        absent = (await looked(settings))["database"]
        assert not path.exists(), "to look makes none"
        path.write_bytes(b"this is no database, whatever it is called" * 100)
        other = (await looked(settings))["database"]
    assert (absent.stands, other.stands) == (Stands.NOTE, Stands.BROKEN)
    assert other.remedy


async def typed(environ: Mapping[str, str], *words: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot.cli", "doctor", *words),
        env={**os.environ, **environ},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


def read(said: str) -> dict[str, Any]:
    whole: dict[str, Any] = json.loads(said)
    assert whole.keys() == {"version", "at", "broken", "not_checked", "items"}
    assert all(one.keys() == {"name", "stands", "said", "remedy", "details"} for one in whole["items"])
    assert tuple(one["name"] for one in whole["items"]) == NAMES
    return whole


async def test_it_ends_with_1_where_anything_is_broken_and_tells_a_machine_the_same(tmp_path: Path) -> None:
    async with open_sandbox() as clinic:
        environ = environment(clinic.url, tmp_path / "guestlist.db", free_port())
        ended, said = await typed(environ)
        assert (ended, said.splitlines()[-1]) == (0, "Nothing is broken, 5 not checked.")
        assert TOKEN not in said
        await clinic.switch(withheldPermissions="User.Invite.All")
        ended, said = await typed(environ)
        assert ended == 1
        assert "broken       permissions           because User.Invite.All is missing." in said
        ended, said = await typed(environ, "--json")
        whole = read(said)
    assert (ended, whole["version"], whole["broken"], whole["not_checked"]) == (1, 1, 1, 5)
    assert [one["name"] for one in whole["items"] if one["stands"] == "broken"] == ["permissions"]


async def test_settings_that_cannot_be_used_are_told_all_at_once(tmp_path: Path) -> None:
    environ = environment("http://127.0.0.1:9", tmp_path / "guestlist.db")
    wrong = {"GUESTLIST_APP_ID": "nonsense", "GUESTLIST_TIME_ZONE": "Mars", "GUESTLIST_COLOUR": "red"}
    ended, said = await typed(environ | wrong, "--json")
    items = {one["name"]: one for one in read(said)["items"]}
    assert ended == 1
    assert [one.partition(":")[0] for one in items["settings"]["details"]] == [
        "GUESTLIST_COLOUR",
        "GUESTLIST_APP_ID",
        "GUESTLIST_TIME_ZONE",
    ]
    assert {one["stands"] for name, one in items.items() if name != "settings"} == {"not-checked"}


async def test_a_postgresql_that_is_not_there_is_told_without_its_password(tmp_path: Path) -> None:
    url = f"postgresql://guestlist:hush@127.0.0.1:{free_port()}/guestlist"
    async with alone(tmp_path, DATABASE_URL=url) as (_, settings):
        found = (await looked(settings))["database"]
    assert found.stands is Stands.BROKEN
    assert "hush" not in f"{found.said}{found.remedy}"
