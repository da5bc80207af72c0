"""What the card of a list says is true at every moment: figures that add up, what waits, until when."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from access.ports import NotDone, Refused
from access.rules.bulk import BEHIND_ALL, Progress, Run
from access.rules.causes import Cause
from access.rules.changing import entry, moved_by
from access.rules.lifecycle import Event
from access.rules.list_files import Outcome, outcomes
from access.rules.list_run import Counts, Pace, pace_of
from access.rules.list_run import progress as counted
from access.rules.listing import MAILS_APART
from access.rules.lists import without
from access.rules.model import Change, JobKind, JobStatus, Kind, Place, Record, Request, State
from access.rules.refusals import NotPossible
from access.service.list_prospect import sampled
from access.service.list_runs import ListRuns
from cards import guess
from cards.draw import draw
from cards.list_progress import acts
from cards.look import Look
from tests.cards import gallery
from tests.cards.bulk_lists import FEW, listed
from tests.service.fakes import FakeChat, HandClock
from tests.service.house import ALEX, MEGAN, House, draft
from tests.service.test_bulk_requests import R1, sent
from tests.service.test_list_runs import MANY, approved, bulk_of, over, progress, rows

ENGLISH = Look(gallery.BERLIN, personal=True)


def total(told: Progress) -> int:
    return told.delivered + told.under_way + told.waiting + told.failed + told.given_up + told.skipped


def given_up(record: Record, now: datetime) -> Change:
    request = moved_by(record.request, Event.CANCELED, now)
    return Change(request=request, audit=(entry(request, "request.canceled", {}),))


# --- figures ------------------------------------------------------------------------------------


@dataclass
class Reader(FakeChat):
    """Keeps the figures of each edit."""

    told: list[Progress] = field(default_factory=list)
    at: list[tuple[str, datetime]] = field(default_factory=list)
    clock: HandClock = field(default_factory=HandClock)

    async def update(self, place: Place, message: str, record: Record, audience: str) -> None:
        await super().update(place, message, record, audience)
        if record.progress is not None:
            self.told.append(record.progress)
            self.at.append((message, self.clock.now()))


async def test_the_figures_of_every_edit_add_up_to_the_rows_whatever_becomes_of_them(house: House) -> None:
    house.shows.chat = reader = Reader(house.faults)
    house.pace = Pace(window=5, lot=3)
    addresses = tuple(f"guest{number}@fabrikam.com" for number in range(24))
    house.faults.before["invite"] = [Refused(Cause.ADDRESS_REFUSED), NotDone(Cause.THROTTLED)] * 3
    house.faults.before["draft"] = [Refused(Cause.MAIL_REFUSED)] * 2
    record = await approved(house, *addresses)
    await house.sent(draft(address=addresses[-1]))
    end = await over(house, record)
    lost = next(one for one in await rows(house, end) if one.state is State.DELIVERY_FAILED)
    await house.store.change(lost.request_id, given_up)
    assert isinstance(await house.decisions.retry(R1, MEGAN), Record)
    end = await over(house, record)
    assert len(reader.told) > 12
    assert {total(one) for one in reader.told} == {24}
    last = await progress(house, end)
    assert (last.delivered, last.given_up, last.skipped, last.waiting) == (22, 1, 1, 0)
    assert {one.failed for one in reader.told} > {0}


async def test_the_card_is_edited_every_three_seconds_at_the_most(house: House) -> None:
    house.shows.chat = reader = Reader(house.faults, clock=house.clock)
    house.pace = Pace(window=6, lot=2)
    record = await approved(house, *(f"guest{number}@fabrikam.com" for number in range(60)))
    while (await house.now(record)).request.state is State.DELIVERING:
        await house.run_due()
        house.clock.turn(seconds=0.5)
    for message in {message for message, _ in reader.at}:
        times = [at for one, at in reader.at if one == message]
        gaps = [later - earlier for earlier, later in pairwise(times)]
        assert len(gaps) > 3
        assert min(gaps[:-1]) >= timedelta(seconds=3), "but for the last, which says that it is over"


async def test_a_row_that_was_made_since_the_last_look_waits_no_more(house: House) -> None:
    house.pace = Pace(lot=2)
    record = await approved(house, *MANY)
    await house.run_due(JobKind.LIST)
    counts = await house.store.row_counts(record.request.request_id)
    told = counted(record.request, bulk_of(record), counts)
    assert (told.under_way, told.waiting, total(told)) == (2, 4, 6)


@given(
    rows_=st.integers(0, 10_000),
    states=st.dictionaries(st.sampled_from([*State]), st.integers(0, 2_000)),
    skipped=st.integers(0, 50),
    run=st.sampled_from([*Run]),
    cut=st.booleans(),
)
def test_whatever_is_counted_adds_up(
    rows_: int, states: dict[State, int], skipped: int, run: Run, *, cut: bool
) -> None:
    request: Request = listed(FEW)[0].request
    assert request.bulk is not None
    made = sum(states.values())
    of = replace(
        request.bulk,
        rows=made + rows_,
        skipped=tuple((row, Cause.DOMAIN_DENIED) for row in range(min(skipped, rows_))),
        run=run,
        last_row=BEHIND_ALL if cut else 0,
    )
    told = counted(replace(request, state=State.DELIVERING), of, Counts(states=states))
    assert total(told) == made + rows_
    assert min(told.waiting, told.given_up, told.skipped) >= 0
    assert told.left is None or told.under_way or told.waiting


# --- a stop is for good -------------------------------------------------------------------------


async def test_after_a_stop_a_retry_makes_nobody_wait_who_is_not_invited(house: House) -> None:
    house.pace, runs = Pace(lot=2), ListRuns(house.decisions)
    house.faults.before["invite"] = [Refused(Cause.ADDRESS_REFUSED)]
    record = await approved(house, *MANY)
    await house.run_due(JobKind.LIST)
    assert isinstance(await runs.stop(R1, MEGAN), Record)
    await over(house, record)
    assert isinstance(await runs.retry(R1, MEGAN), Record)
    await house.run_due(JobKind.LIST)
    now = await house.now(record)
    assert acts(now.request) == ["pause", "stop"], "of what is taken up"
    drawn = str(draw(now, "requestor", ENGLISH))
    assert "What has failed is not taken up now, and can be retried." in drawn
    assert "not invited any more" not in drawn
    under_way = await progress(house, record)
    assert under_way.left is not None
    assert under_way.left < timedelta(seconds=1), "of one row alone"
    end = await over(house, record)
    shown = str(draw(replace(end, progress=await progress(house, end)), "requestor", ENGLISH))
    assert "Stopped: 2 of 6" in shown
    assert "4 guests are not invited." in shown
    assert "waiting" not in shown
    kept, bulk = await house.store.guest_list(record.request.request_id), bulk_of(end)
    assert kept is not None
    reached = await runs.outcomes(end.request)
    became = [one.outcome for _, one in outcomes(kept, reached, bulk.left_out, stopped=bulk.is_cut)]
    assert became.count(Outcome.STOPPED) == 4
    assert isinstance(await runs.retry(R1, MEGAN), NotPossible)


async def test_of_a_list_that_is_over_nobody_waits(house: House) -> None:
    house.pace = Pace(window=2, lot=2)
    record = await approved(house, *MANY)
    await house.run_due(JobKind.LIST)
    kept = await house.store.guest_list(record.request.request_id)
    assert kept is not None
    less = without(kept, [row.address == MANY[5] for row in kept.rows])
    assert less is not None
    await house.store.keep_list(less)
    end = await over(house, record)
    shown = str(draw(replace(end, progress=await progress(house, end)), "requestor", ENGLISH))
    assert "not invited" in shown
    assert "waiting" not in shown


# --- until when ---------------------------------------------------------------------------------


async def test_a_daily_cap_is_said_as_long_as_it_holds_up_access_though_mails_go_on(house: House) -> None:
    house.pace = Pace(window=6, lot=2)
    house.access.refuses = {one: NotDone(Cause.DAILY_LIMIT, retry_after=900) for one in MANY[2:]}
    record = await approved(house, *MANY)
    while (await progress(house, record)).delivered < 2:
        await house.run_due()
    capped = [bulk_of(await house.now(record)).why == Cause.DAILY_LIMIT]
    for _ in range(60):
        await house.run_due()
        house.clock.turn(seconds=1)
        capped.append(bulk_of(await house.now(record)).why == Cause.DAILY_LIMIT)
    assert len(house.mail.sent) == 2
    since = capped.index(True)
    assert all(capped[since:]), "mails that go on take back nothing of it"
    assert (await progress(house, record)).left is None


async def test_a_mailbox_that_sends_no_more_today_holds_up_no_access(house: House) -> None:
    house.pace = Pace(window=2, lot=2)
    house.faults.before["find"] = [NotDone(Cause.DAILY_LIMIT, retry_after=900) for _ in MANY]
    record = await approved(house, *MANY)
    while (await house.now(record)).request.state is State.DELIVERING:
        assert bulk_of(await house.now(record)).why == ""
        await house.run_due()
        house.clock.turn(seconds=1)


async def test_access_that_stands_still_is_said_though_mails_go_on(house: House) -> None:
    house.pace = Pace(window=6, lot=2)
    house.access.refuses = {one: NotDone(Cause.THROTTLED, retry_after=900) for one in MANY[2:]}
    record = await approved(house, *MANY)
    while (await progress(house, record)).delivered < 2:
        await house.run_due()
    for _ in range(90):
        await house.run_due()
        house.clock.turn(seconds=1)
    assert bulk_of(await house.now(record)).still
    assert (await progress(house, record)).left is None


async def test_until_when_is_reckoned_by_what_the_operator_lets_go(house: House) -> None:
    house.pace = replace(pace_of(shared=False, share=10, cap=4), lot=2)
    record = await approved(house, *MANY)
    await house.run_due(JobKind.LIST)
    told = await progress(house, record)
    assert told.left is not None
    assert timedelta(hours=23) < told.left <= timedelta(days=1), "four today, and two tomorrow"
    house.pace = replace(pace_of(shared=False, share=10), lot=2)
    other = await approved(house, *(f"other{number}@adatum.com" for number in range(4)))
    await house.run_due(JobKind.LIST)
    assert (await progress(house, other)).left == timedelta(seconds=4 / 2.9), "a tenth of the quota"
    assert (other.request.kind, pace_of(shared=True).quota) == (Kind.BULK, 900)


# --- mails --------------------------------------------------------------------------------------


async def test_until_when_mails_are_sent_reckons_with_those_of_other_lists(house: House) -> None:
    one = await approved(house, *MANY)
    await house.run_due(JobKind.LIST)
    while (await progress(house, one)).mails_waiting < 6:
        await house.run_due(JobKind.ROW)
    told = await progress(house, one)
    assert told.mails_left == told.mails_waiting * MAILS_APART
    other = await sent(house, *(f"other{number}@adatum.com" for number in range(9)))
    assert isinstance(await house.decisions.approve(other.request.label, ALEX, None), Record)
    await house.run_due(JobKind.LIST)
    while (await progress(house, other)).mails_waiting < 9:
        await house.run_due(JobKind.ROW)
    told = await progress(house, one)
    assert told.mails_left == 2 * told.mails_waiting * MAILS_APART


async def test_why_mails_failed_is_said_of_a_list_that_is_given(house: House) -> None:
    house.faults.before["draft"] = [Refused(Cause.MAIL_REFUSED)]
    end = await over(house, await approved(house))
    told = await progress(house, end)
    assert (end.request.state, told.mails_failed) == (State.DELIVERED, 1)
    assert told.causes == ((Cause.MAIL_REFUSED, 1),)
    assert (await house.store.row_counts(end.request.request_id)).mails[JobStatus.FAILED] == 1


async def test_help_names_the_retry_of_mails_that_failed(house: House) -> None:
    house.faults.before["draft"] = [Refused(Cause.MAIL_REFUSED)]
    end = await over(house, await approved(house))
    assert f"/retry {R1}" in str(guess.topic(await sampled(house.store, end), ENGLISH))
    assert "Nobody has to type anything" in str(guess.topic(end, ENGLISH)), "where nothing was counted"
