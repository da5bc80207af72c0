"""Checkpoints: when they are due, where they are kept, and what happens where they cannot be."""

from datetime import datetime, timedelta
from pathlib import Path

import orjson
import pytest

from access.ports import AccessError, NotDone, Refused
from access.rules.audit import BEFORE_THE_FIRST, AuditEntry, link
from access.rules.causes import Cause
from access.rules.checkpoints import EVERY, Checkpoint, Comparison, is_due
from access.rules.model import AuditFact
from access.service.checkpoints import Checkpoints
from bot.checkpoint_file import CheckpointFile
from bot.store.sql_store import SqlStore
from tests.audit.chains import written
from tests.store.making import TurnedClock

TENANT = "07c51642-1aa2-593c-8685-29f12285f84f"
DIGEST = "a" * 64


def entry(seq: int, at: datetime) -> AuditEntry:
    return link(BEFORE_THE_FIRST, seq, at, AuditFact(what="act.refused"))


def test_one_is_due_after_so_many_entries_or_a_day() -> None:
    at = TurnedClock().at
    assert not is_due(entry(EVERY - 1, at), entry(1, at), at + timedelta(hours=23))
    assert is_due(entry(EVERY, at), entry(1, at), at)
    assert is_due(entry(1, at), entry(1, at), at + timedelta(days=1))


@pytest.mark.parametrize(("late", "told"), [(timedelta(hours=24), 0), (timedelta(hours=26), 1)])
def test_a_checkpoint_that_came_late_is_missing_for_its_entries(late: timedelta, told: int) -> None:
    at = TurnedClock().at
    one = entry(1, at)
    comparison = Comparison.of([Checkpoint(1, one.hash, at + late)])
    comparison.step(one)
    assert comparison.end(one) == []
    assert len(comparison.gaps) == told


def test_quiet_days_need_no_checkpoint() -> None:
    at = TurnedClock().at
    first, second = entry(1, at), entry(2, at + timedelta(days=9))
    kept = [Checkpoint(one.seq, one.hash, one.at + timedelta(hours=1)) for one in (first, second)]
    comparison = Comparison.of(kept)
    comparison.step(first)
    comparison.step(second)
    assert (comparison.end(second), comparison.gaps) == ([], [])


class Elsewhere:
    """Keeps checkpoints in memory, or cannot."""

    def __init__(self) -> None:
        self.kept: list[Checkpoint] = []
        self.trouble: AccessError | None = None

    async def keep(self, checkpoint: Checkpoint) -> None:
        if self.trouble:
            raise self.trouble
        self.kept.append(checkpoint)


async def test_the_head_is_kept_once_and_again_when_more_is_due(store: SqlStore) -> None:
    clock, place, rung = TurnedClock(), Elsewhere(), list[str]()
    checkpoints = Checkpoints("file", store, clock, place.keep, rung.append)
    await written(store, 2)
    head = await store.audit_head()
    assert head is not None
    clock.at = head.at
    await checkpoints.look()
    assert place.kept == [], "not due yet"
    clock.turn(hours=24.1)
    await checkpoints.look()
    await checkpoints.look()
    assert place.kept == [Checkpoint(head.seq, head.hash, clock.at)]

    await written(store, 1)
    clock.turn(hours=48)
    await Checkpoints("file", store, clock, place.keep, rung.append).look()
    assert [one.seq for one in place.kept] == [head.seq, head.seq + 1], (
        "whoever takes over goes on from there"
    )
    assert rung == []


async def test_of_a_place_that_cannot_be_written_the_operator_hears_once(store: SqlStore) -> None:
    clock, place, rung = TurnedClock(), Elsewhere(), list[str]()
    checkpoints = Checkpoints("conversation", store, clock, place.keep, rung.append)
    await written(store, 1)
    clock.at = clock.at + timedelta(days=36500)
    place.trouble = NotDone(Cause.UNAVAILABLE, "Nobody answers.")
    for _ in range(3):
        with pytest.raises(NotDone):
            await checkpoints.look()
    assert rung == ["The audit goes on without checkpoints in its conversation. Nobody answers."]
    await written(store, 1)
    place.trouble = None
    await checkpoints.look()
    assert len(place.kept) == 1, "and what was missed is kept with the next"


async def test_the_file_is_only_ever_appended_to(tmp_path: Path) -> None:
    path = tmp_path / "checkpoints.jsonl"
    file = CheckpointFile(path, TENANT)
    first, second = (Checkpoint(seq, DIGEST, TurnedClock().at) for seq in (5, 9))
    await file.keep(first)
    before = path.read_bytes()
    await file.keep(second)
    assert path.read_bytes().startswith(before)
    assert orjson.loads(before) == {
        "seq": 5,
        "hash": DIGEST,
        "at": "2026-03-01T09:00:00.123456+00:00",
        "tenant": TENANT,
    }
    assert path.stat().st_mode & 0o077 == 0, "nobody else reads or writes it"
    assert file.read() == ([first, second], [])


async def test_half_a_line_that_a_crash_has_left_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "checkpoints.jsonl"
    path.write_bytes(b'{"seq": 4, "ha')
    file = CheckpointFile(path, TENANT)
    kept = Checkpoint(5, DIGEST, TurnedClock().at)
    await file.keep(kept)
    assert file.read() == ([kept], ['line 1: no checkpoint: {"seq": 4, "ha'])


async def test_a_checkpoint_of_another_tenant_is_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "checkpoints.jsonl"
    await CheckpointFile(path, "another").keep(Checkpoint(5, DIGEST, TurnedClock().at))
    assert CheckpointFile(path, TENANT).read() == ([], ["line 1: of another tenant"])


async def test_a_file_that_cannot_be_written_says_what_to_do(tmp_path: Path) -> None:
    file = CheckpointFile(tmp_path / "gone" / "checkpoints.jsonl", TENANT)
    with pytest.raises(Refused, match="GUESTLIST_CHECKPOINT_FILE"):
        await file.keep(Checkpoint(5, DIGEST, TurnedClock().at))
