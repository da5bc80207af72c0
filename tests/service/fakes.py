"""A directory, a Graph, a mailbox and a chat in memory, and a clock turned by hand."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from access.ports import (
    AccessError,
    Acted,
    ChangedGuests,
    Clock,
    Drafted,
    Given,
    GuestDelta,
    Invitation,
    Invited,
    Letter,
    Made,
    Missing,
    NewGroup,
    NotYet,
    Origin,
    Proof,
    Refused,
    Seen,
    SentMail,
    Taken,
    Unreachable,
)
from access.rules.accounts import Holdings, Unfit
from access.rules.causes import Cause
from access.rules.clues import Holder, LaterInvitation, SignIn, Unread
from access.rules.guest_list import Held
from access.rules.model import (
    DEFAULT_ACCESS,
    DEFAULT_NAME,
    App,
    AppRole,
    Give,
    GiveKind,
    Group,
    Guest,
    Named,
    ObjectId,
    Person,
    Place,
    Record,
    Redemption,
)
from access.rules.people import may_ask
from access.rules.policy import Policy
from access.rules.profiles import Detail, Profile
from access.rules.setup_plans import AppAsSet, AssignedGroup, Right
from access.rules.setup_plans import Unfit as UnfitGroup


class HandClock:
    def __init__(self) -> None:
        self.time = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def turn(self, **by: float) -> None:
        self.time += timedelta(**by)


@dataclass
class Faults:
    """What a call meets next: `before` it does anything, or `after` it has been done."""

    before: dict[str, list[AccessError]] = field(default_factory=dict)
    after: dict[str, list[AccessError]] = field(default_factory=dict)
    down: AccessError | None = None
    calls: list[str] = field(default_factory=list)
    meanwhile: dict[str, Callable[[], None]] = field(default_factory=dict)

    def meet(self, name: str) -> None:
        self.calls.append(name)
        self.meanwhile.get(name, lambda: None)()
        if self.down is not None:
            raise self.down
        self._raise(self.before, name)

    def leave(self, name: str) -> None:
        self._raise(self.after, name)

    def _raise(self, table: dict[str, list[AccessError]], name: str) -> None:
        if table.get(name):
            raise table[name].pop(0)


@dataclass
class Tenant:
    """What is in the directory; the ports below read and write it."""

    people: dict[ObjectId, Person] = field(default_factory=dict)
    managers: dict[ObjectId, ObjectId] = field(default_factory=dict)
    guests: dict[ObjectId, Guest] = field(default_factory=dict)
    apps: dict[ObjectId, App] = field(default_factory=dict)
    owners: dict[ObjectId, list[ObjectId]] = field(default_factory=dict)
    groups: dict[ObjectId, Group] = field(default_factory=dict)
    members: dict[ObjectId, list[ObjectId]] = field(default_factory=dict)
    of_app: dict[ObjectId, list[ObjectId]] = field(default_factory=dict)
    access: set[tuple[ObjectId, ObjectId]] = field(default_factory=set)
    sponsors: list[tuple[ObjectId, ObjectId]] = field(default_factory=list)
    invitations: list[Invitation] = field(default_factory=list)
    made_at: dict[ObjectId, datetime] = field(default_factory=dict)
    clock: HandClock = field(default_factory=HandClock)
    open_apps: set[ObjectId] = field(default_factory=set)
    """Into which everybody can sign in, assigned or not."""
    unfit_groups: dict[ObjectId, UnfitGroup] = field(default_factory=dict)
    markers: dict[str, ObjectId] = field(default_factory=dict)
    rights: frozenset[Right] | Unread = frozenset(Right)
    licensed: bool = True
    hidden_reads: int = 0
    """How many look-ups do not find a new guest yet."""

    def accepts(self, guest_id: ObjectId) -> None:
        self.guests[guest_id] = replace(self.guests[guest_id], redemption=Redemption.ACCEPTED)

    def seen(self) -> bool:
        self.hidden_reads -= 1
        return self.hidden_reads < 0


@dataclass
class FakeDirectory:
    tenant: Tenant
    faults: Faults
    seen_guests: list[dict[ObjectId, Guest]] = field(default_factory=list, kw_only=True)
    has_nothing: bool = field(default=False, kw_only=True)
    """Whether a look for an access finds none, though it is there."""

    async def person(self, object_id: ObjectId) -> Person | None:
        self.faults.meet("person")
        return self.tenant.people.get(object_id)

    async def manager(self, object_id: ObjectId) -> Person | None:
        self.faults.meet("manager")
        above = self.tenant.managers.get(object_id)
        return self.tenant.people.get(above) if above else None

    async def sponsors(self, guest_id: ObjectId) -> Sequence[Person]:
        self.faults.meet("sponsors")
        if guest_id not in self.tenant.guests:
            raise Missing(Cause.GUEST_GONE)
        address = self.tenant.guests[guest_id].address
        invited = [one.sponsor for one in self.tenant.invitations if one.address == address]
        added = [one for guest, one in self.tenant.sponsors if guest == guest_id]
        named = dict.fromkeys(one for one in (*invited, *added) if one)
        return [self.tenant.people[one] for one in named if one in self.tenant.people]

    async def find_by_address(self, address: str) -> Guest | Person | None:
        self.faults.meet("find_by_address")
        for person in self.tenant.people.values():
            if person.mail == address:
                return person
        found = [guest for guest in self.tenant.guests.values() if guest.address == address]
        return found[0] if found and self.tenant.seen() else None

    async def guest(self, guest_id: ObjectId, *, waited_for: bool = True) -> Guest | None:  # noqa: ARG002 - all is at hand
        self.faults.meet("guest")
        return self.tenant.guests.get(guest_id) if self.tenant.seen() else None

    async def guests(self, ids: Sequence[ObjectId]) -> Sequence[Guest]:
        self.faults.meet("guests")
        return [self.tenant.guests[one] for one in ids if one in self.tenant.guests]

    async def guests_since(self, at: datetime) -> Sequence[Guest]:
        self.faults.meet("guests_since")
        made = self.tenant.made_at
        return [one for key, one in self.tenant.guests.items() if key in made and made[key] >= at]

    async def every_guest(self) -> AsyncIterator[Guest]:
        self.faults.meet("every_guest")
        for guest in self.tenant.guests.values():
            yield guest

    async def guests_changed(self, cursor: str) -> ChangedGuests:
        """Return who is not as when the cursor was begun."""
        self.faults.meet("guests_changed")
        self.seen_guests.append(dict(self.tenant.guests))
        before, now = self.seen_guests[int(cursor or -1)], self.tenant.guests
        changed = tuple(one for key, one in now.items() if before.get(key) != one)
        return ChangedGuests(changed, tuple(before.keys() - now), str(len(self.seen_guests) - 1), more=False)

    async def guests_named(self, text: str, most: int) -> Sequence[Guest]:
        self.faults.meet("guests_named")
        guests = self.tenant.guests.values()
        return [one for one in guests if one.name.lower().startswith(text.lower())][:most]

    async def members_named(self, name: str, most: int) -> Sequence[Person]:
        self.faults.meet("members_named")
        return [one for one in self.tenant.people.values() if one.name.casefold() == name.casefold()][:most]

    async def every_app(self, *, waited_for: bool) -> AsyncIterator[App]:  # noqa: ARG002 - all is at hand
        self.faults.meet("every_app")
        for app in self.tenant.apps.values():
            yield app

    async def apps_named(self, name: str) -> Sequence[App]:
        self.faults.meet("apps_named")
        return [app for app in self.tenant.apps.values() if app.name.lower() == name.lower()]

    async def memberships(self, object_id: ObjectId) -> frozenset[ObjectId]:
        self.faults.meet("memberships")
        there = self.tenant.groups.keys()
        return frozenset(group for group in there if object_id in self.tenant.members.get(group, []))

    async def apps_owned_by(self, object_id: ObjectId) -> frozenset[ObjectId]:
        self.faults.meet("apps_owned_by")
        return frozenset(app for app, owners in self.tenant.owners.items() if object_id in owners)

    async def apps_of_groups_owned_by(self, object_id: ObjectId) -> frozenset[ObjectId]:
        self.faults.meet("apps_of_groups_owned_by")
        mine = {one for one in self.tenant.groups if object_id in self.tenant.owners.get(one, [])}
        return frozenset(app for app, groups in self.tenant.of_app.items() if mine & set(groups))

    async def apps_of_group(self, group_id: ObjectId) -> frozenset[ObjectId]:
        self.faults.meet("apps_of_group")
        return frozenset(app for app, groups in self.tenant.of_app.items() if group_id in groups)

    async def app(self, app_id: ObjectId) -> App | None:
        self.faults.meet("app")
        return self.tenant.apps.get(app_id)

    async def app_owners(self, app_id: ObjectId) -> Sequence[Person]:
        self.faults.meet("app_owners")
        if app_id not in self.tenant.apps:
            raise Missing(Cause.APP_GONE)
        return [self.tenant.people[one] for one in self.tenant.owners.get(app_id, [])]

    async def group(self, group_id: ObjectId) -> Group | None:
        self.faults.meet("group")
        return self.tenant.groups.get(group_id)

    async def group_owners(self, group_id: ObjectId) -> Sequence[Person]:
        self.faults.meet("group_owners")
        return [self.tenant.people[one] for one in self.tenant.owners.get(group_id, [])]

    async def group_members(self, group_id: ObjectId) -> Sequence[Person]:
        self.faults.meet("group_members")
        if group_id not in self.tenant.groups:
            raise Missing(Cause.GROUP_GONE)
        return [self.tenant.people[one] for one in self._members(group_id) if one in self.tenant.people]

    async def everybody_in(self, group_id: ObjectId) -> Sequence[Person]:
        self.faults.meet("everybody_in")
        if group_id not in self.tenant.groups:
            raise Missing(Cause.GROUP_GONE)
        found, left = list[ObjectId](), [group_id]
        while left:
            inner = self._members(left.pop())
            left += [one for one in inner if one in self.tenant.groups]
            found += [one for one in inner if one in self.tenant.people]
        return [self.tenant.people[one] for one in dict.fromkeys(found)]

    def _members(self, group_id: ObjectId) -> Sequence[ObjectId]:
        return self.tenant.members.get(group_id, [])

    async def groups_of_app(self, app_id: ObjectId) -> Sequence[Group]:
        self.faults.meet("groups_of_app")
        return [self.tenant.groups[one] for one in self.tenant.of_app.get(app_id, [])]

    async def has(self, guest_id: ObjectId, app_id: ObjectId, give: Give) -> bool:
        self.faults.meet("has")
        return not self.has_nothing and (guest_id, _target(app_id, give)) in self.tenant.access

    async def organisation(self) -> str:
        self.faults.meet("organisation")
        return "Contoso Health"

    async def own_domains(self) -> frozenset[str]:
        self.faults.meet("own_domains")
        return frozenset({"contoso-health.com"})


def _target(app_id: ObjectId, give: Give) -> ObjectId:
    return give.object_id if give.kind is GiveKind.GROUP else app_id


@dataclass
class FakeAccess:
    tenant: Tenant
    faults: Faults
    loses_access: bool = False
    """Whether somebody takes every access away between the write and the read-back."""
    hangs_after_invite: bool = False
    meanwhile: Callable[[], Awaitable[None]] | None = None
    """What happens once, between that an end met no account and its answer."""
    lags: int = 0
    """How many ends do not find an account yet that is there again."""
    keeps_access: bool = False
    """Whether the directory shows an access after it was taken away."""
    unseen: int = 0
    """How many proofs do not show yet what is there."""
    hides_guest: bool = False
    """Whether these do not show the guest, either."""
    refuses: dict[str, AccessError] = field(default_factory=dict)
    """By address, whose invitation is refused each time."""

    async def invite(self, invitation: Invitation) -> Invited:
        self.faults.meet("invite")
        if invitation.address in self.refuses:
            raise self.refuses[invitation.address]
        self.tenant.invitations.append(invitation)
        there = [one for one in self.tenant.guests.values() if one.address == invitation.address]
        if not there:
            made = ObjectId(f"guest-{len(self.tenant.guests) + 1}")
            there = [Guest(made, invitation.name, invitation.address, Redemption.PENDING)]
            self.tenant.guests[made] = there[0]
            self.tenant.made_at[made] = self.tenant.clock.now()
        if invitation.resets:
            assert invitation.resets == there[0].object_id
            now = self.tenant.clock.now()
            there = [replace(there[0], redemption=Redemption.PENDING, redemption_changed_at=now)]
            self.tenant.guests[there[0].object_id] = there[0]
        self.faults.leave("invite")
        if self.hangs_after_invite:
            await asyncio.Event().wait()
        link = f"https://login.example/redeem?rd=link-{len(self.tenant.invitations)}"
        return Invited(there[0].object_id, link, f"trace-{len(self.tenant.invitations)}")

    async def sponsor(self, guest_id: ObjectId, sponsor: ObjectId, *, fresh: bool = False) -> Given:
        self.faults.meet("sponsor")
        self._know(guest_id, fresh=fresh)
        there = (guest_id, sponsor) in self.tenant.sponsors
        if not there:
            self.tenant.sponsors.append((guest_id, sponsor))
        self.faults.leave("sponsor")
        return Given("trace-sponsor", was_there=there)

    async def give(self, guest_id: ObjectId, app_id: ObjectId, give: Give, *, fresh: bool = False) -> Given:
        self.faults.meet("give")
        self._know(guest_id, fresh=fresh)
        wanted = (guest_id, _target(app_id, give))
        there = wanted in self.tenant.access
        self.tenant.access.add(wanted)
        self.faults.leave("give")
        return Given("trace-give", was_there=there)

    async def take_away(self, guest_id: ObjectId, app_id: ObjectId, give: Give) -> Taken:
        self.faults.meet("take_away")
        self.lags -= 1
        if guest_id not in self.tenant.guests or self.lags >= 0:
            if self.meanwhile:
                act, self.meanwhile = self.meanwhile, None
                await act()
            return Taken("trace-gone", was_gone=True, gone=Cause.GUEST_GONE)
        if give.kind is GiveKind.GROUP and give.object_id not in self.tenant.groups:
            return Taken("trace-gone", was_gone=True, gone=Cause.GROUP_GONE)
        wanted = (guest_id, _target(app_id, give))
        there = wanted in self.tenant.access
        if not self.keeps_access:
            self.tenant.access.discard(wanted)
        self.faults.leave("take_away")
        return Taken("trace-take-away", was_gone=not there)

    async def read_back(self, guest_id: ObjectId, app_id: ObjectId, give: Give) -> Proof:
        self.faults.meet("read_back")
        if self.loses_access:
            self.tenant.access.clear()
        self.unseen -= 1
        if self.unseen >= 0:
            return Proof(not self.hides_guest, access_found=False, guest_trace="", access_trace="")
        target = _target(app_id, give)
        there = give.kind is not GiveKind.GROUP or target in self.tenant.groups
        found = there and (guest_id, target) in self.tenant.access
        return Proof(guest_id in self.tenant.guests, found, "trace-guest", "trace-access")

    def _know(self, guest_id: ObjectId, *, fresh: bool) -> None:
        if guest_id in self.tenant.guests and self.tenant.seen():
            return
        if fresh:
            raise NotYet(Cause.REPLICATING)
        raise Missing(Cause.GUEST_GONE)


@dataclass
class FakeMail:
    faults: Faults
    clock: Clock = field(default_factory=HandClock)
    configured: bool = True
    letters: dict[str, Letter] = field(default_factory=dict)
    sent: list[Letter] = field(default_factory=list)
    at: dict[str, datetime] = field(default_factory=dict)

    async def find(self, key: str) -> str | None:
        self.faults.meet("find")
        return key if key in self.letters else None

    async def draft(self, letter: Letter) -> Drafted:
        self.faults.meet("draft")
        assert letter.key not in self.letters, "drafted twice"
        self.letters[letter.key] = letter
        self.faults.leave("draft")
        return Drafted(letter.key, "trace-draft")

    async def is_draft(self, mail_id: str) -> bool:
        self.faults.meet("is_draft")
        return self.letters[mail_id] not in self.sent

    async def send(self, mail_id: str) -> str:
        self.faults.meet("send")
        self.sent.append(self.letters[mail_id])
        self.at[mail_id] = self.clock.now()
        self.faults.leave("send")
        return "trace-send"

    async def went_out(self, origin: Origin, since: datetime) -> bool:
        self.faults.meet("went_out")
        return any(one.origin == origin and self.at[one.key] >= since for one in self.sent)

    async def sent_since(self, at: datetime) -> Sequence[SentMail]:
        self.faults.meet("sent_since")
        mails = [SentMail(one.origin, one.to, self.at[one.key]) for one in self.sent]
        return [mail for mail in mails if mail.at >= at]


@dataclass
class FakeChat:
    """Keeps what was shown: (place, audience, version), posted or updated."""

    faults: Faults
    without_app: set[ObjectId] = field(default_factory=set)
    zones: dict[ObjectId, ZoneInfo] = field(default_factory=dict)
    posts: list[tuple[Place, str, int]] = field(default_factory=list)
    updates: list[tuple[str, str, int]] = field(default_factory=list)
    meanwhile: Callable[[], Awaitable[object]] | None = None

    async def post(self, place: Place, record: Record, audience: str) -> tuple[Place, str]:
        self.faults.meet("post")
        self.posts.append((place, audience, record.request.version))
        if self.meanwhile is not None:
            act, self.meanwhile = self.meanwhile, None
            await act()
        self.faults.leave("post")
        return place, f"message-{len(self.posts)}"

    async def update(self, place: Place, message: str, record: Record, audience: str) -> None:
        self.faults.meet("update")
        assert place, "an update knows its conversation"
        self.updates.append((message, audience, record.request.version))
        self.faults.leave("update")

    async def reach(self, person: ObjectId) -> Place:
        self.faults.meet("reach")
        if person in self.without_app:
            raise Unreachable(Cause.REFUSED)
        return Place(f"1:1/{person}")

    async def zone(self, person: ObjectId) -> ZoneInfo:
        return self.zones.get(person, ZoneInfo("Europe/Berlin"))

    def is_same(self, one: Place, other: Place) -> bool:
        return bool(one) and one == other


@dataclass
class FakeClues:
    """Says what else is known of guests; `refuses` holds what a read is refused with."""

    others: list[Holder] = field(default_factory=list)
    later: LaterInvitation | None = None
    sign_in: SignIn | Unread | None = None
    signed_in_at: list[ObjectId | None] = field(default_factory=list)
    refuses: dict[str, AccessError] = field(default_factory=dict)
    since: list[datetime] = field(default_factory=list)

    async def holders(self, address: str, guest_id: ObjectId) -> Sequence[Holder]:  # noqa: ARG002 - one guest
        self._meet("holders")
        return self.others

    async def invited_since(self, guest_id: ObjectId, at: datetime) -> LaterInvitation | None:  # noqa: ARG002 - one
        self._meet("invited_since")
        self.since.append(at)
        return self.later if self.later and self.later.at > at else None

    async def last_sign_in(self, guest_id: ObjectId, app_id: ObjectId | None) -> SignIn | Unread | None:  # noqa: ARG002 - one guest
        self._meet("last_sign_in")
        self.signed_in_at.append(app_id)
        return self.sign_in

    def _meet(self, name: str) -> None:
        if name in self.refuses:
            raise self.refuses[name]


@dataclass
class FakeAppGuests:
    """Says who holds an app in the tenant, and what else is known of them."""

    tenant: Tenant
    faults: Faults
    gone: set[ObjectId] = field(default_factory=set)
    last: dict[ObjectId, datetime] = field(default_factory=dict)
    asked: list[tuple[ObjectId, ...]] = field(default_factory=list)

    async def guests_of(self, app_id: ObjectId) -> Sequence[Held]:
        self.faults.meet("guests_of")
        if app_id in self.gone:
            raise Missing(Cause.APP_GONE)
        gives = {one: f"{GiveKind.GROUP}:{one}" for one in self.tenant.of_app.get(app_id, [])}
        for role in self.tenant.apps[app_id].roles[:1]:
            gives[app_id] = f"{GiveKind.APP_ROLE}:{role.role_id}"
        held: dict[ObjectId, set[str]] = {}
        for guest_id, target in self.tenant.access:
            if target in gives:
                held.setdefault(guest_id, set()).add(gives[target])
        guests = self.tenant.guests
        return [Held(guests[one], frozenset(keys)) for one, keys in held.items() if one in guests]

    async def holders_of(self, app_id: ObjectId, give: Give) -> frozenset[ObjectId]:
        self.faults.meet("holders_of")
        of = give.object_id if give.kind is GiveKind.GROUP else app_id
        return frozenset(guest for guest, target in self.tenant.access if target == of)

    async def sponsors_of(self, guests: Sequence[ObjectId]) -> Mapping[ObjectId, tuple[str, ...]]:
        self.faults.meet("sponsors_of")
        return dict.fromkeys(guests, ("Diego",))

    async def signed_in(self, guests: Sequence[ObjectId]) -> Mapping[ObjectId, datetime]:
        self.faults.meet("signed_in")
        self.asked.append(tuple(guests))
        return {one: at for one, at in self.last.items() if one in guests}


@dataclass
class FakeUpkeep:
    """Says when guests of the tenant signed in last, and for whom nobody stands; asked in lots."""

    tenant: Tenant
    faults: Faults
    last: dict[ObjectId, datetime] = field(default_factory=dict)
    alone: set[ObjectId] = field(default_factory=set)

    async def last_seen(self, guests: Sequence[ObjectId]) -> Mapping[ObjectId, datetime | None]:
        self.faults.meet("last_seen")
        return {one: self.last.get(one) for one in guests if one in self.tenant.guests}

    async def sponsorless(self, guests: Sequence[ObjectId]) -> frozenset[ObjectId]:
        self.faults.meet("sponsorless")
        return frozenset(self.alone.intersection(guests))


@dataclass
class FakeSelfService:
    tenant: Tenant
    faults: Faults

    async def look(self, app_id: ObjectId) -> AppAsSet:
        self.faults.meet("setup-look")
        if app_id not in self.tenant.apps:
            raise Missing(Cause.APP_GONE)
        app = self.tenant.apps[app_id]
        role = next(iter(app.roles), AppRole(DEFAULT_ACCESS, DEFAULT_NAME))
        groups = [
            AssignedGroup(
                self.tenant.groups[one], role, self._named(one), unfit=self.tenant.unfit_groups.get(one)
            )
            for one in self.tenant.of_app.get(app_id, [])
        ]
        return AppAsSet(
            app=app,
            required=app_id not in self.tenant.open_apps,
            owners=self._named(app_id),
            groups=tuple(groups),
            rights=self.tenant.rights,
            licensed=self.tenant.licensed,
            trace="looked",
        )

    async def find(self, marker: str) -> ObjectId | None:
        self.faults.meet("group-find")
        return self.tenant.markers.get(marker) if self.tenant.seen() else None

    async def make(self, app_id: ObjectId, group: NewGroup) -> Made:  # noqa: ARG002 - of the app nothing is kept
        self._write("group-make", Right.MAKE)
        group_id = ObjectId(f"group-{len(self.tenant.groups)}")
        self.tenant.groups[group_id] = Group(group_id, group.name)
        self.tenant.owners[group_id] = list(group.owners)
        self.tenant.markers[group.marker] = group_id
        self.faults.leave("group-make")
        return Made(group_id, "made")

    async def own(self, app_id: ObjectId, group_id: ObjectId, owner: ObjectId) -> Given:  # noqa: ARG002 - as above
        self._write("group-own", Right.OWN)
        self.tenant.owners.setdefault(group_id, []).append(owner)
        self.faults.leave("group-own")
        return Given("owned")

    async def assign(self, app_id: ObjectId, group_id: ObjectId, marker: str, role_id: ObjectId) -> Given:  # noqa: ARG002 - as above
        self._write("group-assign", Right.ASSIGN)
        self.tenant.of_app.setdefault(app_id, []).append(group_id)
        self.faults.leave("group-assign")
        return Given("assigned")

    async def require(self, app_id: ObjectId) -> str:
        self._write("app-require", Right.REQUIRE)
        self.tenant.open_apps.discard(app_id)
        self.faults.leave("app-require")
        return "required"

    def _named(self, thing: ObjectId) -> tuple[Named, ...]:
        people = (self.tenant.people[one] for one in self.tenant.owners.get(thing, []))
        return tuple(Named(one.object_id, one.name) for one in people if may_ask(one))

    def _write(self, name: str, right: Right) -> None:
        self.faults.meet(name)
        if isinstance(self.tenant.rights, frozenset) and right not in self.tenant.rights:
            raise Refused(Cause.RIGHTS_MISSING)


@dataclass
class FakeChanges:
    pages: dict[str, GuestDelta] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    meanwhile: Callable[[], Awaitable[object]] | None = None

    async def since(self, cursor: str) -> GuestDelta:
        self.asked.append(cursor)
        if self.meanwhile is not None:
            act, self.meanwhile = self.meanwhile, None
            await act()
        if cursor not in self.pages:
            raise Missing(Cause.REFUSED, "this cursor has expired")
        return self.pages[cursor]


@dataclass
class FixedPolicy:
    policy: Policy

    def current(self) -> Policy:
        return self.policy


@dataclass
class FakeAccounts:
    """Acts on the guests of the tenant; `deleted` is what can be put back, with what it had."""

    tenant: Tenant
    faults: Faults
    deleted: dict[ObjectId, tuple[Guest, frozenset[ObjectId]]] = field(default_factory=dict)
    unfit: dict[ObjectId, Unfit] = field(default_factory=dict)
    roles: dict[ObjectId, tuple[Named, ...]] = field(default_factory=dict)
    undone: bool = False
    """Whether somebody undoes every act at once."""

    async def holdings(self, guest_id: ObjectId) -> Holdings | None:
        self.faults.meet("holdings")
        guest = self.tenant.guests.get(guest_id)
        if guest is None:
            return None
        held = {target for one, target in self.tenant.access if one == guest_id}
        groups = [one for key, one in self.tenant.groups.items() if key in held]
        carried = {key: [app for app, of in self.tenant.of_app.items() if key in of] for key in held}
        apps = {app for each in carried.values() for app in each} | (held & self.tenant.apps.keys())
        bare = [one for one in groups if not carried[one.object_id]]
        by_rule = [one for one in bare if one.closed_because == "dynamic"]
        return Holdings(
            guest=guest,
            apps=tuple(Named(one, self.tenant.apps[one].name) for one in sorted(apps)),
            direct=frozenset(held & self.tenant.apps.keys()),
            carried={one.object_id: frozenset(carried[one.object_id]) for one in groups},
            groups=tuple(Named(one.object_id, one.name) for one in groups if one not in by_rule),
            by_rule=tuple(Named(one.object_id, one.name) for one in by_rule),
            roles=self.roles.get(guest_id, ()),
            unfit=self.unfit.get(guest_id),
        )

    async def look(self, guest_id: ObjectId) -> Seen:
        self.faults.meet("look")
        guest = self.tenant.guests.get(guest_id)
        if guest is not None:
            return Seen("trace-look", there=True, enabled=guest.enabled)
        return Seen("trace-look", deleted=guest_id in self.deleted)

    async def block(self, guest_id: ObjectId) -> Acted:
        return self._enable("block", guest_id, enabled=False)

    async def unblock(self, guest_id: ObjectId) -> Acted:
        return self._enable("unblock", guest_id, enabled=True)

    async def sign_out(self, guest_id: ObjectId) -> Acted:
        self.faults.meet("sign_out")
        self._guarded(guest_id)
        self.faults.leave("sign_out")
        return Acted("trace-sign-out")

    async def delete(self, guest_id: ObjectId) -> Acted:
        self.faults.meet("delete")
        guest = self._guarded(guest_id)
        held = frozenset(target for one, target in self.tenant.access if one == guest_id)
        self.deleted[guest_id] = (guest, held)
        del self.tenant.guests[guest_id]
        self.tenant.access = {pair for pair in self.tenant.access if pair[0] != guest_id}
        self.faults.leave("delete")
        return Acted("trace-delete")

    async def put_back(self, guest_id: ObjectId) -> Acted:
        self.faults.meet("put_back")
        if guest_id in self.tenant.guests:
            return Acted("trace-put-back", was_so=True)
        if guest_id not in self.deleted:
            raise Missing(Cause.GONE_FOR_GOOD)
        guest, held = self.deleted.pop(guest_id)
        self.tenant.guests[guest_id] = guest
        self.tenant.access |= {(guest_id, target) for target in held}
        self.faults.leave("put_back")
        return Acted("trace-put-back")

    def _enable(self, name: str, guest_id: ObjectId, *, enabled: bool) -> Acted:
        self.faults.meet(name)
        guest = self._guarded(guest_id)
        if guest.enabled is enabled:
            return Acted(f"trace-{name}", was_so=True)
        self.tenant.guests[guest_id] = replace(guest, enabled=enabled is not self.undone)
        self.faults.leave(name)
        return Acted(f"trace-{name}")

    def _guarded(self, guest_id: ObjectId) -> Guest:
        if guest_id in self.unfit:
            raise Refused(Cause.NOT_INVITED)
        if guest_id not in self.tenant.guests:
            raise Missing(Cause.GONE_FOR_GOOD)
        return self.tenant.guests[guest_id]


@dataclass
class FakeProfiles:
    """What the directory says of the tenant's guests; `sponsors` and `companies` are what was written."""

    tenant: Tenant
    faults: Faults
    companies: dict[ObjectId, str] = field(default_factory=dict)
    sponsors: dict[ObjectId, list[Named]] = field(default_factory=dict)
    undone: bool = False
    """Whether somebody undoes every write at once."""

    async def read(self, guest_id: ObjectId) -> tuple[Profile, str]:
        self.faults.meet("profile")
        if guest_id not in self.tenant.guests:
            raise Missing(Cause.GONE_FOR_GOOD)
        name, company = self.tenant.guests[guest_id].name, self.companies.get(guest_id, "")
        return Profile(name, company, tuple(self.sponsors.get(guest_id, ()))), "trace-profile"

    async def write(self, guest_id: ObjectId, texts: Mapping[Detail, str]) -> Acted:
        self.faults.meet("write")
        guest = self.tenant.guests[guest_id]
        if not self.undone:
            self.tenant.guests[guest_id] = replace(guest, name=texts.get(Detail.NAME, guest.name))
            self.companies[guest_id] = texts.get(Detail.COMPANY, self.companies.get(guest_id, ""))
        self.faults.leave("write")
        return Acted("trace-write")

    async def sponsor(self, guest_id: ObjectId, sponsor: ObjectId) -> Acted:
        self.faults.meet("name_sponsor")
        there = self.sponsors.setdefault(guest_id, [])
        assert len(there) < 5, "Graph takes no sixth"
        assert sponsor not in {one.object_id for one in there}, "nobody is named twice"
        there.append(Named(sponsor, self.tenant.people[sponsor].name))
        self.tenant.sponsors.append((guest_id, sponsor))
        self.faults.leave("name_sponsor")
        return Acted("trace-sponsor")

    async def unsponsor(self, guest_id: ObjectId, sponsor: ObjectId) -> Acted:
        self.faults.meet("drop_sponsor")
        there = self.sponsors.get(guest_id, [])
        left = [one for one in there if one.object_id != sponsor]
        assert left or not there, "a change leaves a guest at no moment without a sponsor"
        self.sponsors[guest_id] = left
        if (guest_id, sponsor) in self.tenant.sponsors:
            self.tenant.sponsors.remove((guest_id, sponsor))
        self.faults.leave("drop_sponsor")
        return Acted("trace-unsponsor")
