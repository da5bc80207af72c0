"""The facts that sequences of events are drawn over: people, policy, directory, delegations and the time.

Who sits where at a moment is said twice. `panels` makes what policy and directory tell the rules, with the
rules' own delegates; `sits` and `chairs` say it by hand, for the ledger that judges what the rules did.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import combinations

from hypothesis import strategies as st

from access.rules import seats
from access.rules.delegating import Delegation, Entrusted, Period, end, make
from access.rules.model import Give, GiveKind, Guest, Named, ObjectId, Panel, Plan, Redemption, Term
from access.rules.plan import make_plan
from access.rules.policy import Rules, Source, SourceKind, Stage, Waiver
from access.rules.waiving import Uses, WaiverKey, key_of
from tests.rules.making import ALEX, ANA, APP, GIVE, MEGAN, NIA, NOW, STRANGER, ZONE

JONI, LIDIA = Named(ObjectId("joni"), "Joni Sherman"), Named(ObjectId("lidia"), "Lidia Holloway")
GUEST = Named(ANA, "Ana Ruiz")
ISAIAH, GRADY = Named(ObjectId("isaiah"), "Isaiah Langer"), Named(ObjectId("grady"), "Grady Archie")
ABLE = (ALEX, NIA, JONI, LIDIA, STRANGER)
OTHERS = (ISAIAH, GRADY)
"""Whom no policy names: they decide for somebody, or not at all."""
PEOPLE = (*ABLE, *OTHERS, MEGAN, GUEST)
READER = Give(GiveKind.APP_ROLE, ObjectId("reader"), "Reader")
ORDER = (READER, GIVE)
DAY = timedelta(days=1)
ESCALATE_AFTER = 2 * DAY
_OWNERS = (Source(SourceKind.APP_OWNERS),)


@dataclass(frozen=True, slots=True)
class Board:
    """One stage, as the policy names its people; the requestor and the guest may be among them."""

    approvers: tuple[Named, ...]
    quorum: int
    fallback: tuple[Named, ...] = ()
    may_decide: tuple[Named, ...] = ()
    escalation: tuple[Named, ...] = ()


Boards = tuple[Board, ...]
Law = Mapping[str, Boards]
"""The policy: who decides at each stage, by the key of what is given."""

_SOME = [one for size in (1, 2, 3, 4) for one in combinations(ABLE, size)]
_FEW: list[tuple[Named, ...]] = [(), (), *combinations(ABLE, 1), *combinations(ABLE, 2)]
people = st.sampled_from(PEOPLE)
boards = st.builds(
    Board,
    approvers=st.sampled_from([*_SOME, (NIA, MEGAN), (ALEX, NIA, MEGAN), (NIA, JONI, GUEST)]),
    quorum=st.sampled_from((1, 1, 2, 2, 3)),
    fallback=st.sampled_from([*_FEW, (LIDIA, MEGAN)]),
    may_decide=st.sampled_from(_FEW),
    escalation=st.sampled_from([*_FEW, (STRANGER, MEGAN)]),
)
trusts = st.tuples(
    st.sampled_from((*ABLE, MEGAN)), st.sampled_from((ISAIAH, ISAIAH, ISAIAH, *OTHERS, *OTHERS, *PEOPLE))
)
laws = st.tuples(
    st.lists(boards, min_size=1, max_size=3).map(tuple), st.lists(boards, min_size=1, max_size=2).map(tuple)
).map(lambda pair: {GIVE.key: pair[0], READER.key: pair[1]})

guests = st.sampled_from((None, None, None, Redemption.PENDING, Redemption.ACCEPTED))
_WAIVERS = (Waiver(name="Short terms", most=1, per=DAY), Waiver(name="Known guests", most=3, per=7 * DAY))
_seldom = st.integers(0, 9).map(lambda one: one == 9)
_used = st.lists(st.integers(-2, 200).map(lambda hours: NOW - timedelta(hours=hours)), max_size=4).map(tuple)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """What is so when a request is sent; of the first few approvers so many approve at once."""

    laws: tuple[Law, Law]
    guest: Redemption | None
    itself: bool
    """Whether the requestor is the guest."""
    waivers: tuple[Waiver, ...]
    uses: Mapping[WaiverKey, tuple[datetime, ...]]
    restored: datetime | None
    entrusted: tuple[tuple[Named, Named], ...]
    canceled: bool
    approve: int


beginnings = st.builds(
    Beginning,
    laws=st.tuples(laws, laws),
    guest=guests,
    itself=_seldom,
    waivers=st.just(()) | st.lists(st.sampled_from(_WAIVERS), max_size=2, unique=True).map(tuple),
    uses=st.fixed_dictionaries({key_of(one.name): _used for one in _WAIVERS}),
    restored=st.sampled_from((None, None, NOW - 2 * DAY)),
    entrusted=st.lists(trusts, max_size=5).map(tuple),
    canceled=_seldom,
    approve=st.sampled_from((0, 0, 1, 2, 4)),
)


@dataclass(slots=True)
class World:
    """What is so at this moment, as far as it is no matter of the request's own record."""

    laws: tuple[Law, ...] = ({},)
    law: int = 0
    now: datetime = NOW
    guest: Redemption | None = None
    """None of a guest whom the directory does not know."""
    guest_id: ObjectId = ANA
    elsewhere: bool = False
    gone: set[ObjectId] = field(default_factory=set)
    """Who has left, or lost the place in what the policy names."""
    delegations: dict[ObjectId, Delegation] = field(default_factory=dict)
    spans: dict[ObjectId, tuple[ObjectId, datetime, datetime]] = field(default_factory=dict)
    """By approver: to whom, from when, and until when, by hand."""

    # --- what the rules are told ---

    def text(self, give: Give) -> str:
        return f"law {self.law} on {give.object_id}: {len(self.boards(give))}"

    def boards(self, give: Give) -> Boards:
        return self.laws[self.law][give.key]

    def quorums(self, give: Give) -> tuple[int, ...]:
        return tuple(one.quorum for one in self.boards(give))

    def plan(self, term: Term, give: Give) -> Plan:
        known = Guest(self.guest_id, "Ana Ruiz", "ana@fabrikam.com", self.guest) if self.guest else None
        landing = f"https://{'elsewhere' if self.elsewhere else 'records'}.example"
        return make_plan(
            guest=known, app=APP, give=give, term=term, rule=self.text(give), landing=landing, mailbox=True
        )

    def rules(self, give: Give) -> Rules:
        stages = tuple(
            Stage(_OWNERS, one.quorum, escalation=_OWNERS, escalate_after=ESCALATE_AFTER)
            if one.escalation
            else Stage(_OWNERS, one.quorum)
            for one in self.boards(give)
        )
        return Rules(name=self.text(give), stages=stages)

    def panels(self, give: Give, called: Collection[int] = ()) -> tuple[Panel, ...]:
        """Return who may decide at each stage; `called` are those that were escalated."""
        theirs = seats.for_request(self.standing(), {self.known_guest()}, MEGAN.object_id)
        found: list[Panel] = []
        for number, board in enumerate(self.boards(give), start=1):
            panel = seats.seated(self._panel(board, called=number in called), theirs)
            pairs = {(one.by.object_id, one.for_whom.object_id) for one in panel.delegated}
            assert pairs == self.stand_ins(self.sits(give, number, called)), "who decides for whom"
            found.append(panel)
        return tuple(found)

    def _panel(self, board: Board, *, called: bool) -> Panel:
        asked = self._there(board.approvers)
        others = self._there(board.fallback) if len(asked) < board.quorum else {}
        escalation = self._there(board.escalation) if called else {}
        used, asked = bool(others.keys() - asked.keys()), asked | others | escalation
        silent = {key: one for key, one in self._there(board.may_decide).items() if key not in asked}
        found = sorted((asked | silent).values(), key=lambda one: one.name)
        return Panel(tuple(found), board.quorum, used, tuple(silent), tuple(escalation))

    def _there(self, named: Collection[Named]) -> dict[ObjectId, Named]:
        return {one.object_id: one for one in named if one.object_id not in self.gone}

    def standing(self) -> list[Delegation]:
        held = (one for one in self.delegations.values() if one.holds(self.now))
        return [one for one in held if one.to.object_id not in self.gone]

    def known_guest(self) -> ObjectId | None:
        return self.guest_id if self.guest else None

    # --- what is so, by hand ---

    def sits(self, give: Give, stage: int, called: Collection[int]) -> frozenset[ObjectId]:
        """Return whose approvals a stage can have: each is one seat."""
        boards_ = self.boards(give)
        if stage > len(boards_):
            return frozenset()
        board = boards_[stage - 1]
        there = {one.object_id for one in board.approvers} - self.gone
        if len(there) < board.quorum:
            there |= {one.object_id for one in board.fallback}
        if stage in called:
            there |= {one.object_id for one in board.escalation}
        return frozenset((there | {one.object_id for one in board.may_decide}) - self.gone)

    def chairs(self, who: ObjectId, sits: Collection[ObjectId]) -> frozenset[ObjectId]:
        """Return for whose seats somebody may press now: their own, or else of those for whom they stand."""
        if who in sits:
            return frozenset({who})
        holding = {by: to for by, (to, begins, ends) in self.spans.items() if begins <= self.now < ends}
        barred = {MEGAN.object_id, self.known_guest(), holding.get(MEGAN.object_id), *self.gone}
        return frozenset(by for by in sits if holding.get(by) == who and who not in barred)

    def stand_ins(self, sits: Collection[ObjectId]) -> set[tuple[ObjectId, ObjectId]]:
        others = (one.object_id for one in PEOPLE if one.object_id not in sits)
        return {(one, seat) for one in others for seat in self.chairs(one, sits)}

    def entrust(self, by: Named, to: Named, days: int, ahead: int) -> None:
        """Have somebody decide for an approver, from now or from the midnight of a later day."""
        first = (self.now.astimezone(ZONE) + ahead * DAY).date() if ahead else None
        known = self.delegations.get(by.object_id)
        made = make(by, to, Period(first, Term(days=days)), ZONE)(known, self.now)
        if not isinstance(made, Entrusted):
            return
        begins = datetime(first.year, first.month, first.day, tzinfo=ZONE) if first else self.now
        self.delegations[by.object_id] = made.delegation
        self.spans[by.object_id] = (to.object_id, begins, begins + days * DAY)

    def end(self, by: Named) -> None:
        ended = end(by.object_id)(self.delegations.get(by.object_id), self.now)
        if isinstance(ended, Entrusted):
            self.delegations[by.object_id] = ended.delegation
        self.spans.pop(by.object_id, None)


def has_room(waiver: Waiver, uses: Uses) -> bool:
    """Tell whether a waiver can be used now; of what a restored database has forgotten, nobody knows."""
    within = [at for at in uses.at.get(key_of(waiver.name), ()) if at > NOW - waiver.per]
    return len(within) < waiver.most and not (uses.restored_at and uses.restored_at > NOW - waiver.per)
