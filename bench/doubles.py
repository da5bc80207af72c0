"""Doubles behind the ports for measuring the engine: they answer at once and know no limit.

None keeps a state that another process would miss: a guest's id says when they were invited, and the feed of
changes is a file that every replica appends to.
"""

import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from access.ports import (
    ChangedGuests,
    Drafted,
    Given,
    GuestDelta,
    Invitation,
    Invited,
    Letter,
    Origin,
    Proof,
    SentMail,
)
from access.rules import jobs
from access.rules.model import (
    App,
    AppRole,
    Give,
    Group,
    Guest,
    ObjectId,
    Person,
    Place,
    Record,
    Redemption,
)

MEGAN, ALEX, NIA = (ObjectId(f"{one}1111111-1111-4111-8111-111111111111") for one in "123")
PEOPLE = {MEGAN: Person(MEGAN, "Megan Bench"), ALEX: Person(ALEX, "Alex"), NIA: Person(NIA, "Nia")}
APP = App(
    ObjectId("44444444-4444-4444-8444-444444444444"),
    "Health Records",
    roles=(AppRole(ObjectId("55555555-5555-4555-8555-555555555555"), "Reader"),),
)
ACCEPTS_AFTER = 1.0
"""Seconds from the invitation until the guest accepts."""
_LINE = 33


@dataclass(slots=True)
class Directory:
    """Everybody is there, and every guest has come by an invitation."""

    async def person(self, object_id: ObjectId) -> Person | None:
        return PEOPLE.get(object_id)

    async def manager(self, object_id: ObjectId) -> Person | None:  # noqa: ARG002 - nobody has one
        return None

    async def sponsors(self, guest_id: ObjectId) -> Sequence[Person]:  # noqa: ARG002 - all are new
        return []

    async def find_by_address(self, address: str) -> Guest | Person | None:  # noqa: ARG002 - all are new
        return None

    async def guest(self, guest_id: ObjectId, *, waited_for: bool = True) -> Guest | None:  # noqa: ARG002 - all is at hand
        return _guest(guest_id)

    async def guests(self, ids: Sequence[ObjectId]) -> Sequence[Guest]:
        return [_guest(one) for one in ids]

    async def guests_since(self, at: datetime) -> Sequence[Guest]:  # noqa: ARG002 - nothing was restored
        return []

    async def every_guest(self) -> AsyncIterator[Guest]:
        for guest in list[Guest]():
            yield guest

    async def guests_changed(self, cursor: str) -> ChangedGuests:
        return ChangedGuests((), (), cursor or "now", more=False)

    async def members_named(self, name: str, most: int) -> Sequence[Person]:  # noqa: ARG002 - nobody delegates
        return []

    async def guests_named(self, text: str, most: int) -> Sequence[Guest]:  # noqa: ARG002 - nobody searches
        return []

    async def every_app(self, *, waited_for: bool) -> AsyncIterator[App]:  # noqa: ARG002 - it is there
        yield APP

    async def apps_named(self, name: str) -> Sequence[App]:
        return [APP] if name == APP.name else []

    async def memberships(self, object_id: ObjectId) -> frozenset[ObjectId]:  # noqa: ARG002 - there are no groups
        return frozenset()

    async def apps_owned_by(self, object_id: ObjectId) -> frozenset[ObjectId]:  # noqa: ARG002 - one app
        return frozenset({APP.object_id})

    async def apps_of_groups_owned_by(self, object_id: ObjectId) -> frozenset[ObjectId]:  # noqa: ARG002 - there are no groups
        return frozenset()

    async def apps_of_group(self, group_id: ObjectId) -> frozenset[ObjectId]:  # noqa: ARG002 - there are no groups
        return frozenset()

    async def app(self, app_id: ObjectId) -> App | None:  # noqa: ARG002 - likewise
        return APP

    async def app_owners(self, app_id: ObjectId) -> Sequence[Person]:  # noqa: ARG002 - likewise
        return list(PEOPLE.values())

    async def group(self, group_id: ObjectId) -> Group | None:  # noqa: ARG002 - there are no groups
        return None

    async def group_owners(self, group_id: ObjectId) -> Sequence[Person]:  # noqa: ARG002 - likewise
        return []

    async def group_members(self, group_id: ObjectId) -> Sequence[Person]:  # noqa: ARG002 - likewise
        return []

    async def everybody_in(self, group_id: ObjectId) -> Sequence[Person]:  # noqa: ARG002 - likewise
        return []

    async def groups_of_app(self, app_id: ObjectId) -> Sequence[Group]:  # noqa: ARG002 - likewise
        return []

    async def has(self, guest_id: ObjectId, app_id: ObjectId, give: Give) -> bool:  # noqa: ARG002 - all are new
        return False

    async def organisation(self) -> str:
        return "Bench"

    async def own_domains(self) -> frozenset[str]:
        return frozenset({"bench.example"})


@dataclass(slots=True)
class Access:
    """Does what is asked, and notes each guest in the feed of changes."""

    feed: Path
    done: Counter[str]

    async def invite(self, invitation: Invitation) -> Invited:  # noqa: ARG002 - all are alike
        self.done["invited"] += 1
        guest_id = f"{int(time.time() * 1000):012x}{uuid.uuid4().hex[:20]}"
        with self.feed.open("a", encoding="ascii") as feed:
            feed.write(f"{guest_id}\n")
        return Invited(ObjectId(guest_id), f"https://bench.example/redeem?rd={guest_id}", guest_id)

    async def sponsor(self, guest_id: ObjectId, sponsor: ObjectId, *, fresh: bool = False) -> str:  # noqa: ARG002 - no plan has it
        return ""

    async def give(self, guest_id: ObjectId, app_id: ObjectId, give: Give, *, fresh: bool = False) -> Given:  # noqa: ARG002 - it is given
        self.done["given"] += 1
        return Given(guest_id)

    async def read_back(self, guest_id: ObjectId, app_id: ObjectId, give: Give) -> Proof:  # noqa: ARG002 - it is there
        self.done["proved"] += 1
        return Proof(guest_found=True, access_found=True, guest_trace=guest_id, access_trace=guest_id)


@dataclass(slots=True)
class Changes:
    """The feed: whoever has accepted by now, from the place in the file that the cursor names."""

    feed: Path

    async def since(self, cursor: str) -> GuestDelta:
        start = int(cursor or 0)
        with self.feed.open("rb") as feed:
            feed.seek(start)
            ids = [ObjectId(line) for line in feed.read().decode("ascii").split("\n")[:-1]]
        now = time.time()
        count = next((place for place, one in enumerate(ids) if _accepts_at(one) > now), len(ids))
        return GuestDelta(tuple(ids[:count]), (), str(start + count * _LINE), more=False)


@dataclass(slots=True)
class Mail:
    """A mailbox without a limit; a mail is looked for, drafted, looked at and sent, as in the real one."""

    done: Counter[str]
    configured: bool = True

    async def find(self, key: str) -> str | None:  # noqa: ARG002 - no step is done twice here
        return None

    async def draft(self, letter: Letter) -> Drafted:
        return Drafted(letter.key, "trace-draft")

    async def is_draft(self, mail_id: str) -> bool:  # noqa: ARG002 - likewise
        return True

    async def send(self, mail_id: str) -> str:  # noqa: ARG002 - likewise
        self.done["mailed"] += 1
        return "trace-send"

    async def went_out(self, origin: Origin, since: datetime) -> bool:  # noqa: ARG002 - nothing was restored
        return False

    async def sent_since(self, at: datetime) -> Sequence[SentMail]:  # noqa: ARG002 - likewise
        return []


@dataclass(slots=True)
class Chat:
    """Counts what it shows; a life is over when the thread has been told that the guest accepted."""

    done: Counter[str]
    told: list[float] = field(default_factory=list)
    """How many seconds each life lasted, without the guest's own."""

    async def post(self, place: Place, record: Record, audience: str) -> tuple[Place, str]:
        self.done["posted"] += 1
        if audience == f"{jobs.ACCEPTED}{jobs.THREAD}":
            lived = datetime.now(UTC) - record.request.submitted_at
            self.told.append(lived.total_seconds() - ACCEPTS_AFTER)
        return place, "message"

    async def update(self, place: Place, message: str, record: Record, audience: str) -> None:  # noqa: ARG002 - likewise
        self.done["updated"] += 1

    async def reach(self, person: ObjectId) -> Place:
        return Place(person)

    async def zone(self, person: ObjectId) -> ZoneInfo:  # noqa: ARG002 - likewise
        return ZoneInfo("UTC")

    def is_same(self, one: Place, other: Place) -> bool:
        return one == other


def _guest(guest_id: ObjectId) -> Guest:
    accepted = _accepts_at(guest_id) <= time.time()
    return Guest(guest_id, "Ana", "", Redemption.ACCEPTED if accepted else Redemption.PENDING)


def _accepts_at(guest_id: str) -> float:
    return int(guest_id[:12], 16) / 1000 + ACCEPTS_AFTER
