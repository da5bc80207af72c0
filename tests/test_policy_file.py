"""A changed policy file is taken up without a restart, and one with mistakes never decides anything."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from access.ports import Unreachable
from access.rules.causes import Cause
from access.rules.model import AuditFact
from bot.policy_file import PolicyFile, Written
from bot.store import SqliteStore
from tests.service.fakes import HandClock

DAYS = '[defaults]\nterm = {{ default = "{}d" }}\n'
TEN, TWENTY, BROKEN = DAYS.format(10), DAYS.format(20), "[defaults]\ncolour = 1\n[domains]\nblock = ['x']\n"


def digest(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


@dataclass(slots=True)
class Replica:
    """One process's look at a file, over a store that others may share."""

    path: Path
    store: SqliteStore
    rung: list[str] = field(default_factory=list)
    file: PolicyFile = field(init=False)

    async def start(self) -> "Replica":
        self.file = await PolicyFile.open(Written.read(self.path).taken(), self.store, self.rung.append)
        return self

    async def looks(self, times: int = 2) -> int:
        """Look, and return the days that the policy in force suggests."""
        for _ in range(times):
            await self.file.look()
        return self.file.current().defaults.term_default.days

    async def audit(self) -> list[tuple[str, str]]:
        """Return the digests of the changes noted: before, and after."""
        facts = [entry.fact async for entry in self.store.audit_entries()]
        assert {fact.what for fact in facts} == {"policy.changed"}
        assert all(fact.actor is None and set(fact.detail) == {"digest", "before"} for fact in facts)
        return [(str(fact.detail["before"]), str(fact.detail["digest"])) for fact in facts]


@pytest.fixture
async def replica(tmp_path: Path) -> AsyncIterator[Replica]:
    path = tmp_path / "policy.toml"
    path.write_text(TEN)
    store = await SqliteStore.open(tmp_path / "guestlist.db", HandClock(), lambda _: None)
    yield await Replica(path, store).start()
    await store.close()


async def test_the_policy_of_the_first_start_is_noted_and_the_same_one_is_not_noted_again(
    replica: Replica,
) -> None:
    await Replica(replica.path, replica.store).start()
    assert await replica.looks() == 10
    assert await replica.audit() == [("", digest(TEN))]


@pytest.mark.parametrize(
    "text", ["x = " + "[" * 3000, "x = " + "9" * 5000, "\ufeffx", "\x00", "[defaults]\nx = 1e999"]
)
async def test_a_file_in_which_nothing_can_be_read_ends_nobody_and_rings(replica: Replica, text: str) -> None:
    replica.path.write_text(text)
    assert await replica.looks(3) == 10
    (alarm,) = replica.rung
    assert "the policy from before stays in force" in alarm


async def test_a_policy_that_changed_between_two_starts_is_noted(replica: Replica) -> None:
    replica.path.write_text(TWENTY)
    again = await Replica(replica.path, replica.store).start()
    assert await again.looks(0) == 20
    assert await replica.audit() == [("", digest(TEN)), (digest(TEN), digest(TWENTY))]


async def test_a_changed_file_is_taken_up_and_noted(replica: Replica) -> None:
    replica.path.write_text(TWENTY)
    assert await replica.looks() == 20
    assert await replica.audit() == [("", digest(TEN)), (digest(TEN), digest(TWENTY))]
    assert replica.rung == []


async def test_each_replica_takes_a_changed_file_up_by_itself_and_it_is_noted_once(replica: Replica) -> None:
    other = await Replica(replica.path, replica.store).start()
    replica.path.write_text(TWENTY)
    assert (await replica.looks(), await other.looks(1), await other.looks(1)) == (20, 10, 20)
    assert len(await replica.audit()) == 2


async def test_a_file_that_is_still_being_written_decides_nothing_although_its_beginning_reads(
    replica: Replica,
) -> None:
    replica.path.write_text("")  # a whole policy, to the reader
    assert await replica.looks(1) == 10
    replica.path.write_text(BROKEN)
    assert await replica.looks(1) == 10
    replica.path.write_text(TWENTY)
    assert await replica.looks() == 20
    assert len(await replica.audit()) == 2
    assert replica.rung == []


async def test_a_file_that_is_renamed_into_place_is_taken_up_whatever_its_times_say(replica: Replica) -> None:
    new = replica.path.with_suffix(".new")
    new.write_text(TWENTY)
    replica.path.touch()
    new.rename(replica.path)
    assert await replica.looks() == 20


async def test_a_link_that_is_swapped_as_kubernetes_swaps_it_is_followed(replica: Replica) -> None:
    folder = replica.path.parent
    for name, text in (("one", TEN), ("two", TWENTY)):
        (folder / name).mkdir()
        (folder / name / "policy.toml").write_text(text)
    replica.path.unlink()
    replica.path.symlink_to("data/policy.toml")
    (folder / "data").symlink_to("one")
    assert await replica.looks() == 10
    (folder / "data.new").symlink_to("two")
    (folder / "data.new").rename(folder / "data")
    assert await replica.looks() == 20
    assert replica.rung == []


async def test_a_file_with_mistakes_changes_nothing_and_the_alarm_says_every_mistake_once(
    replica: Replica,
) -> None:
    replica.path.write_text(BROKEN)
    assert await replica.looks(5) == 10
    (alarm,) = replica.rung
    first, *mistakes = alarm.splitlines()
    assert first == "The policy file cannot be used; the policy from before stays in force."
    assert [mistake.partition(":")[0] for mistake in mistakes] == ["defaults", "domains"]
    assert len(await replica.audit()) == 1


async def test_other_mistakes_ring_again_and_recovery_is_said_once(replica: Replica) -> None:
    replica.path.write_text(BROKEN)
    await replica.looks(3)
    replica.path.write_bytes(b"\xff\xfe")
    await replica.looks(3)
    assert "UTF-8" in replica.rung[1]
    replica.path.write_text(TWENTY)
    assert await replica.looks(4) == 20
    assert replica.rung[2:] == ["The policy file can be used again, and what it says now is in force."]


async def test_recovery_is_said_too_where_the_file_is_put_back_as_it_was(replica: Replica) -> None:
    replica.path.unlink()
    assert await replica.looks(3) == 10
    assert "No such file" in replica.rung[0]
    replica.path.write_text(TEN)
    assert await replica.looks(3) == 10
    assert len(replica.rung) == 2
    assert len(await replica.audit()) == 1


async def test_an_alarm_of_many_mistakes_stays_small_enough_to_be_posted(replica: Replica) -> None:
    replica.path.write_text("".join(f"key{at} = 1\n" for at in range(1000)))
    await replica.looks()
    assert replica.rung[0].splitlines()[-1] == "and 960 more"


class Refusing:
    """A store that can be read and not be written to."""

    def __init__(self, store: SqliteStore) -> None:
        self.note = store.note

    async def write_audit(self, fact: AuditFact) -> None:
        raise Unreachable(Cause.REFUSED, fact.what)


async def test_a_policy_that_cannot_be_noted_does_not_decide_until_it_can(replica: Replica) -> None:
    replica.path.write_text(TWENTY)
    refusing: Any = Refusing(replica.store)
    replica.file.store = refusing
    await replica.looks(1)
    with pytest.raises(Unreachable):
        await replica.looks(1)
    assert replica.file.current().defaults.term_default.days == 10
    replica.file.store = replica.store
    assert await replica.looks(1) == 20
    assert len(await replica.audit()) == 2
