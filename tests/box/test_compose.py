"""One box: what compose.yaml says holds with the official schema, the settings, the image and PostgreSQL."""

import os
import re
import shutil
import stat
import subprocess
from collections.abc import AsyncIterator
from dataclasses import fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from ruamel.yaml import YAML

from bot.settings import NEEDS, Settings
from bot.store import StoreError
from bot.store.postgres import PostgresStore
from tests import postgres
from tests.box.following import ROOT, stages

COMPOSE: dict[str, Any] = YAML(typ="safe").load(ROOT / "compose.yaml")
EXAMPLE = (ROOT / "compose" / "guestlist.env.example").read_text(encoding="utf-8")
SERVICES: dict[str, Any] = COMPOSE["services"]
FILLED = {
    "<application id>": "bb5439cc-b87f-58ae-8f2e-f778cae333de",
    "<tenant id>": "07c51642-1aa2-593c-8685-29f12285f84f",
    "<address of the shared mailbox>": "guests@contoso-health.com",
    "<name of this box>": "guestlist.contoso-health.com",
}
ELSEWHERE = {
    "DATABASE_URL": "compose.yaml",
    "POLICY_FILE": "compose.yaml",
    "HOST": "the image",
    "PORT": "the image",
    "STATIC_TOKEN": "for doubles of Microsoft alone",
    "DATABASE_AUTH": "PostgreSQL on this box knows no Entra",
}
"""Settings that the example leaves out, and where they are or why they are nowhere."""


def told(*, optional: bool) -> dict[str, str]:
    """Return what the example sets, with those lines that a # makes optional or without."""
    lines = re.findall(rf"^{'#?' if optional else ''}(GUESTLIST_\w+)=(.*)$", EXAMPLE, re.MULTILINE)
    assert len(dict(lines)) == len(lines)
    return dict(lines)


def test_the_official_schema_of_compose_files_has_nothing_against_it() -> None:
    command = [
        str(ROOT / ".venv/bin/check-jsonschema"),
        "--builtin-schema",
        "vendor.compose-spec",
        "compose.yaml",
    ]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout


def test_every_setting_is_in_the_example_or_said_to_be_elsewhere() -> None:
    known = {one.name.upper() for one in fields(Settings)}
    example = {name.removeprefix("GUESTLIST_") for name in told(optional=True)}
    assert example | ELSEWHERE.keys() == known
    assert not example & ELSEWHERE.keys()
    environment = {name for name in SERVICES["guestlist"]["environment"] if name.startswith("GUESTLIST_")}
    assert environment == {f"GUESTLIST_{one}" for one, where in ELSEWHERE.items() if where == "compose.yaml"}


def test_the_example_is_taken_once_it_is_filled_in(tmp_path: Path) -> None:
    (tmp_path / "certificate.pem").touch()
    (tmp_path / "policy.toml").touch()
    given = {**told(optional=False), **SERVICES["guestlist"]["environment"]}
    for blank, value in {**FILLED, "/etc/guestlist": str(tmp_path)}.items():
        given = {name: text.replace(blank, value) for name, text in given.items()}
    settings = Settings.read(given)
    assert isinstance(settings, Settings), settings
    assert NEEDS[settings.credential] == "CERTIFICATE_FILE"


def test_the_example_as_it_is_is_refused_with_each_blank_named() -> None:
    said = str(Settings.read(told(optional=False)))
    blank = [name for name, value in told(optional=False).items() if "<" in value]
    assert len(blank) == len(FILLED)
    assert [name for name in blank if name not in said] == []


def test_what_the_example_shows_as_the_default_is_the_default() -> None:
    given = {"GUESTLIST_APP_ID": FILLED["<application id>"], "GUESTLIST_TENANT_ID": FILLED["<tenant id>"]}
    shown = {name: value for name, value in told(optional=True).items() if value and "<" not in value}
    optional = {name: value for name, value in shown.items() if name not in told(optional=False)}
    assert len(optional) > 5
    assert Settings.read({**given, **optional}) == Settings.read(given)


@pytest.mark.parametrize("name", SERVICES)
def test_no_container_has_more_rights_than_are_named(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["restart"] == "unless-stopped"
    assert not service.keys() & {"privileged", "network_mode", "pid", "ipc", "devices", "userns_mode"}


def test_guestlist_is_the_image_s_user_has_time_to_stop_and_keeps_the_image_s_health_check() -> None:
    service, final = SERVICES["guestlist"], stages((ROOT / "Dockerfile").read_text(encoding="utf-8"))[-1]
    assert service["user"] == final.last("USER").rest
    assert service["stop_grace_period"] == "40s"
    assert "cap_add" not in service
    assert "healthcheck" not in service
    assert final.all("HEALTHCHECK")
    mounts = {one["target"]: one for one in service["volumes"]}
    assert mounts["/etc/guestlist"]["read_only"] is True


def test_the_database_is_published_nowhere_and_reaches_nothing() -> None:
    database = SERVICES["database"]
    assert "ports" not in database
    assert database["networks"] == ["inside"]
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    assert [name for name, one in SERVICES.items() if "inside" in one["networks"]] == [
        "guestlist",
        "database",
    ]
    assert SERVICES["guestlist"]["ports"] == ["127.0.0.1:3978:3978"]
    assert "profiles" in SERVICES["proxy"]


def test_what_others_made_is_named_by_a_whole_version_and_postgresql_is_the_tests_own() -> None:
    images = [one["image"] for one in SERVICES.values() if "build" not in one]
    assert all(re.fullmatch(r"[a-z]+:\d+\.\d+(\.\d+)?-[a-z]+", image) for image in images)
    major = re.search(r"postgres:(\d+)\.", SERVICES["database"]["image"])
    documented = re.search(
        r"PostgreSQL (\d+) is what the tests run on", (ROOT / "docs/replicas.md").read_text()
    )
    assert major
    assert documented
    assert major[1] == documented[1]


def test_no_password_stands_in_the_file() -> None:
    assert urlsplit(SERVICES["guestlist"]["environment"]["GUESTLIST_DATABASE_URL"]).password is None
    assert not [name for name in SERVICES["database"]["environment"] if name.endswith("PASSWORD")]
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {"/compose/guestlist.env", "/compose/etc/", "/compose/secrets/"} <= set(ignored)


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    """Return a folder as `prepare.sh` leaves it."""
    if os.geteuid() != 0:
        pytest.skip("only root may give files to user 10001")
    shutil.copytree(ROOT / "compose", tmp_path / "compose")
    subprocess.run([tmp_path / "compose" / "prepare.sh"], check=True, capture_output=True)
    return tmp_path / "compose"


def test_what_is_prepared_is_for_those_who_need_it_and_stays(prepared: Path) -> None:
    made = [
        prepared / one
        for one in ("guestlist.env", "etc", "etc/pgpass", "secrets", "secrets/database-password")
    ]
    assert [stat.S_IMODE(one.stat().st_mode) & 0o077 for one in made] == [0] * len(made)
    assert (prepared / "etc").stat().st_uid == (prepared / "etc/pgpass").stat().st_uid == 10001
    password = (prepared / "secrets" / "database-password").read_text()
    assert re.fullmatch("[0-9a-f]{48}", password)
    (prepared / "guestlist.env").write_text("mine")
    subprocess.run([prepared / "prepare.sh"], check=True, capture_output=True)
    assert (prepared / "secrets" / "database-password").read_text() == password
    (prepared / "secrets" / "database-password").write_text("")  # it was killed before it had written one
    subprocess.run([prepared / "prepare.sh"], check=True, capture_output=True)
    assert len((prepared / "secrets" / "database-password").read_text()) == len(password)
    assert (prepared / "guestlist.env").read_text() == "mine"


@pytest.fixture
async def guarded(prepared: Path) -> AsyncIterator[str]:
    """Return the address, without a password, of a database that asks for the one that was prepared."""
    server = postgres.server()
    if server.own is None:
        pytest.skip("the server is somebody else's")
    password, rules = (prepared / "secrets/database-password").read_text(), server.folder / "pg_hba.conf"
    before = rules.read_text()
    await postgres.run(
        server.url,
        f"CREATE ROLE guestlist LOGIN PASSWORD '{password}'",
        "CREATE DATABASE guestlist OWNER guestlist",
    )
    rules.write_text(f"local guestlist guestlist scram-sha-256\n{before}")
    server.control("reload")
    parts = urlsplit(postgres.named(server.url, "guestlist"))
    try:
        yield parts._replace(netloc="guestlist@").geturl()
    finally:
        rules.write_text(before)
        server.control("reload")
        await postgres.run(server.url, "DROP DATABASE guestlist WITH (FORCE)", "DROP ROLE guestlist")


async def test_the_file_of_the_password_opens_the_database(
    guarded: str, prepared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSFILE", str(prepared / "nothing"))
    with pytest.raises(StoreError):
        await PostgresStore.open(guarded, lambda _: None)
    monkeypatch.setenv("PGPASSFILE", str(prepared / "etc" / "pgpass"))
    await (await PostgresStore.open(guarded, lambda _: None)).close()
