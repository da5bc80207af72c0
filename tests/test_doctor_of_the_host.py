"""What the doctor says of how Guestlist signs in, and of who else on this computer reaches its files."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from access.ports import Refused
from access.rules.checkpoints import Checkpoint
from bot.checkpoint_file import CheckpointFile
from bot.clock import host_time
from bot.commands.doctor_host import credential_or_why, examined
from bot.commands.doctor_store import examined as store_examined
from bot.commands.examined import Item, Stands
from bot.credential import StaticCredential
from bot.settings import Settings
from bot.store import SqliteStore
from tests import postgres
from tests.certificates import certificate
from tests.store.making import TurnedClock
from tests.test_settings import SECRET, environment, local, read


def item(settings: Settings, name: str, host: datetime | None = None) -> Item:
    found = {one.name: one for one in examined(settings, lambda: host or host_time())}
    return found[name]


def held(folder: Path, days: float) -> str:
    file = folder / "guestlist.pem"
    file.write_bytes(certificate(days)[0])
    file.chmod(0o600)
    return str(file)


def test_an_identity_without_a_secret_is_in_order_and_a_secret_is_the_last_resort(tmp_path: Path) -> None:
    assert item(read(environment(tmp_path)), "credential").stands is Stands.OK
    found = item(read(environment(tmp_path, CREDENTIAL="secret", CLIENT_SECRET=SECRET)), "credential")
    assert found.stands is Stands.NOTE
    assert "for two years at most" in found.said
    assert "managed identity is first, a certificate next" in found.remedy
    assert SECRET not in repr(found)


def test_what_is_left_over_beside_the_credential_is_named_without_its_value(tmp_path: Path) -> None:
    over = {"CLIENT_SECRET": SECRET, "CERTIFICATE_FILE": held(tmp_path, 100)}
    found = item(read(environment(tmp_path, **over)), "credential")
    assert found.stands is Stands.NOTE
    (beside,) = found.details
    assert "GUESTLIST_CERTIFICATE_FILE and GUESTLIST_CLIENT_SECRET is set beside it" in beside
    assert SECRET not in repr(found)


@pytest.mark.parametrize(("days", "stands"), [(100, Stands.NOTE), (20, Stands.NOTE), (-1, Stands.BROKEN)])
def test_what_is_left_over_hides_nothing_of_what_is_used(tmp_path: Path, days: float, stands: Stands) -> None:
    over = {"CLIENT_SECRET": SECRET, "CERTIFICATE_FILE": held(tmp_path, days)}
    found = item(read(environment(tmp_path, CREDENTIAL="certificate", **over)), "credential")
    assert found.stands is stands
    (beside,) = found.details
    assert "certificate is used, and GUESTLIST_CLIENT_SECRET is set beside it" in beside
    assert f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%d}" in found.said


@pytest.mark.parametrize(
    ("days", "stands", "said"),
    [(100, Stands.OK, "until"), (20.5, Stands.NOTE, "in 20 days"), (-1, Stands.BROKEN, "ended")],
)
def test_a_certificate_is_told_with_its_end(tmp_path: Path, days: float, stands: Stands, said: str) -> None:
    file = held(tmp_path, days)
    found = item(read(environment(tmp_path, CREDENTIAL="certificate", CERTIFICATE_FILE=file)), "credential")
    assert found.stands is stands
    assert said in found.said
    assert f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%d}" in found.said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (certificate(curve=True)[0], "its key is no RSA key"),
        (certificate(begins=2.5)[0], "until then only what runs by the one before signs in, if that is good"),
    ],
)
def test_a_certificate_by_which_no_start_signs_in_is_broken(
    tmp_path: Path, content: bytes, said: str
) -> None:
    file = Path(held(tmp_path, 100))
    file.write_bytes(content)
    found = item(
        read(environment(tmp_path, CREDENTIAL="certificate", CERTIFICATE_FILE=str(file))), "credential"
    )
    assert found.stands is Stands.BROKEN
    assert said in found.said


async def test_a_certificate_that_cannot_be_used_is_broken_and_the_rest_is_looked_at(tmp_path: Path) -> None:
    file = tmp_path / "guestlist.pem"
    file.write_text("half", encoding="utf-8")
    settings = read(environment(tmp_path, CREDENTIAL="certificate", CERTIFICATE_FILE=str(file)))
    assert item(settings, "credential").stands is Stands.BROKEN
    with pytest.raises(Refused, match="cannot be used"):
        await credential_or_why(settings).get_token("scope")


def modes_in(folder: Path) -> dict[str, int]:
    return {one.name: one.stat().st_mode & 0o777 for one in folder.iterdir()}


async def test_what_guestlist_writes_is_made_for_its_own_account_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        path = tmp_path / "guestlist.db"
        store = await SqliteStore.open(path, TurnedClock(), lambda _: None)
        await store.keep_note("one", "more")
        await CheckpointFile(tmp_path / "checkpoints", "tenant").keep(Checkpoint(1, "00", datetime.now(UTC)))
        modes = modes_in(tmp_path)
        await store.close()
        modes |= modes_in(tmp_path)
    finally:
        os.umask(before)
    ends = ("", "-wal", "-shm", "-lock", "-witness")
    assert modes == {f"guestlist.db{end}": 0o600 for end in ends} | {"checkpoints": 0o600}


def test_files_that_others_reach_are_named(tmp_path: Path) -> None:
    settings = read(environment(tmp_path, CHECKPOINT_FILE=str(tmp_path / "checkpoints")))
    assert item(settings, "files").stands is Stands.OK, "what is not there is nobody's"
    for name, mode in (("guestlist.db", 0o644), ("guestlist.db-wal", 0o660), ("checkpoints", 0o600)):
        (tmp_path / name).touch()
        (tmp_path / name).chmod(mode)
    settings.policy_file.chmod(0o664)
    found = item(settings, "files")
    assert found.stands is Stands.NOTE
    assert [one.removeprefix(f"{tmp_path}/") for one in found.details] == [
        "policy.toml: others may write it, and with it make themselves approvers",
        "guestlist.db: others may read it",
        "guestlist.db-wal: others may write it",
    ]
    settings.policy_file.chmod(0o644)
    assert len(item(settings, "files").details) == 2, "a policy that others read is nobody's secret"


async def test_a_server_that_need_not_prove_itself_is_noted(tmp_path: Path) -> None:
    url = await postgres.prepared_database()
    try:
        for mode, stands in (("", Stands.OK), ("&sslmode=disable", Stands.NOTE)):
            settings = read(local(tmp_path, DATABASE_URL=url + mode))
            found, _ = await store_examined(settings, StaticCredential("token"), host_time)
            assert found.stands is stands, found
    finally:
        await postgres.drop(url)
