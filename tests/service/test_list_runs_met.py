"""What a list's run meets: a pause while it is taken up again, another list of its guests, blocked mails."""

from dataclasses import replace
from datetime import timedelta

from access.ports import Blocked, Refused, Unknown
from access.rules.bulk import Run
from access.rules.causes import Cause
from access.rules.list_run import Pace
from access.rules.lists import NotSent, without
from access.rules.model import JobKind, MailState, ObjectId, Record, State
from access.rules.policy_reader import read_policy
from access.rules.verdicts import Verdict
from access.service.list_runs import ListRuns
from tests.service.house import ALEX, MEGAN, POLICY, House, draft
from tests.service.test_bulk_requests import BY_SPONSORS, R1, ROWS, send, sent
from tests.service.test_dry_runs import guest, judged, verdicts
from tests.service.test_list_runs import MANY, approved, bulk_of, over, progress, rows

TERM = '[defaults.term]\nlongest = "30d"\ndefault = "30d"\n'


async def failed(house: House) -> Record:
    """Run a list of which every row has failed, and begin to take it up again, two at a time."""
    house.pace = Pace(window=2, lot=2)
    house.faults.before["invite"] = [Refused(Cause.ADDRESS_REFUSED) for _ in MANY]
    record = await over(house, await approved(house, *MANY))
    assert isinstance(await house.decisions.retry(R1, MEGAN), Record)
    await house.run_due(JobKind.LIST)
    assert (await progress(house, record)).under_way == 2
    return record


async def go_on(house: House, rounds: int = 60) -> None:
    for _ in range(rounds):
        await house.run_due()
        house.clock.turn(seconds=3)


async def test_a_pause_while_failed_rows_are_taken_up_again_holds_and_the_rest_comes_after_it(
    house: House,
) -> None:
    record, runs = await failed(house), ListRuns(house.decisions)
    assert isinstance(await runs.pause(R1, MEGAN), Record)
    await go_on(house)
    now = await house.now(record)
    assert (now.request.state, bulk_of(now).run, len(house.tenant.access)) == (
        State.DELIVERING,
        Run.PAUSED,
        2,
    )
    assert isinstance(await runs.resume(R1, MEGAN), Record)
    assert (await over(house, record)).request.state is State.DELIVERED
    assert len(house.tenant.access) == 6


async def test_a_stop_while_failed_rows_are_taken_up_again_leaves_the_rest_failed(house: House) -> None:
    record, runs = await failed(house), ListRuns(house.decisions)
    assert isinstance(await runs.stop(R1, MEGAN), Record)
    end = await over(house, record)
    assert (end.request.state, len(house.tenant.access)) == (State.DELIVERY_FAILED, 2)
    assert (await progress(house, end)).failed == 4


async def test_what_failed_before_a_stop_can_be_taken_up_after_it_and_that_be_stopped(house: House) -> None:
    record, runs = await failed(house), ListRuns(house.decisions)
    await runs.stop(R1, MEGAN)
    await over(house, record)
    assert isinstance(await runs.retry(R1, MEGAN), Record)
    await house.run_due(JobKind.LIST)
    assert isinstance(await runs.stop(R1, MEGAN), Record)
    end = await over(house, record)
    assert (end.request.state, len(house.tenant.access)) == (State.DELIVERY_FAILED, 4)


async def test_a_block_while_failed_rows_are_taken_up_again_leaves_the_rest_as_they_are(house: House) -> None:
    house.faults.before["invite"] = [Refused(Cause.ADDRESS_REFUSED) for _ in MANY]
    record = await over(house, await approved(house, *MANY))
    house.pace = Pace(window=2, lot=2)
    house.faults.before["invite"] = [Blocked(Cause.INVITATIONS_BLOCKED)]
    assert isinstance(await house.decisions.retry(R1, MEGAN), Record)
    await go_on(house)
    now = await progress(house, record)
    assert (now.under_way, now.failed) == (2, 4)


async def test_who_has_the_access_by_another_list_or_request_is_invited_and_mailed_once(house: House) -> None:
    first, second = await sent(house, *MANY), await sent(house, *MANY, "zoe@fabrikam.com")
    for one in (first, second):
        await house.decisions.approve(one.request.label, ALEX, None)
        await over(house, one)
    end = await house.now(second)
    assert len(house.tenant.invitations) == len(house.mail.sent) == 7
    labels = {one.label for one in await rows(house, first)}
    assert {why for _, why in bulk_of(end).skipped} == labels
    assert len(await rows(house, second)) == 1


async def test_two_addresses_of_one_guest_are_one_row(house: House) -> None:
    ana = guest(house, "ana", "ana@fabrikam.com")
    house.tenant.guests[ana.object_id] = replace(ana, other_addresses=("a.ruiz@fabrikam.com",))
    found = await verdicts(house, "ana@fabrikam.com", "a.ruiz@fabrikam.com", "bo@fabrikam.com")
    assert found == [Verdict.GUEST, Verdict.DUPLICATE, Verdict.NEW]


async def test_what_stands_against_every_mail_pauses_the_mails_though_all_have_access(house: House) -> None:
    record = await approved(house, *MANY)
    while (await house.now(record)).request.state is State.DELIVERING:
        await house.run_due()
        house.clock.turn(seconds=0.5)
    had = len(house.mail.sent)
    assert had < 6
    house.faults.before["find"] = [Refused(Cause.SIGN_IN_REFUSED)]
    before = house.faults.calls.count("find")
    await go_on(house)
    now = await house.now(record)
    assert (bulk_of(now).run, bulk_of(now).why) == (Run.PAUSED, Cause.SIGN_IN_REFUSED)
    assert house.faults.calls.count("find") == before + 1
    assert len(house.alarms) == 1
    assert MailState.FAILED not in {one.mail for one in await rows(house, record)}
    assert isinstance(await ListRuns(house.decisions).resume(R1, MEGAN), Record)
    await go_on(house)
    assert len(house.mail.sent) == 6


async def test_nothing_is_mailed_either_while_a_permission_is_missing(house: House) -> None:
    house.faults.before["find"] = [Refused(Cause.RIGHTS_MISSING)]
    record = await approved(house, *MANY)
    await go_on(house, 120)
    assert house.faults.calls.count("find") == 1
    assert bulk_of(await house.now(record)).run is Run.PAUSED


async def test_a_guest_about_whom_their_sponsors_decide_is_asked_for_alone(house: House) -> None:
    house.policy.policy = read_policy(BY_SPONSORS)
    guest(house, "ana", "ana@fabrikam.com")
    assert await verdicts(house, "ana@fabrikam.com") == [Verdict.OTHER_APPROVER]


async def test_a_single_request_that_gave_the_access_meanwhile_counts_too(house: House) -> None:
    record = await sent(house)
    alone = await house.approved(draft(address="bo@fabrikam.com"))
    await house.delivered(alone)
    await house.decisions.approve(R1, ALEX, None)
    end = await over(house, record)
    assert bulk_of(end).skipped == ((3, alone.request.label),)
    assert len(house.tenant.invitations) == len(house.mail.sent) == 3


async def test_a_guest_who_is_forgotten_while_a_list_is_sent_does_not_come_back(house: House) -> None:
    made = await judged(house, *ROWS)
    less = without(made, [row.address == "ana@fabrikam.com" for row in made.rows])
    assert less is not None
    await house.store.keep_list(less)
    await house.store.keep_list_until(made.list_id, made.kept_until + timedelta(days=30))
    kept = await house.store.guest_list(made.list_id)
    assert kept == replace(less, kept_until=made.kept_until + timedelta(days=30))


async def test_a_term_that_the_policy_no_longer_allows_is_not_sent(house: House) -> None:
    made = await judged(house, *ROWS)
    house.policy.policy = read_policy(POLICY.replace("[[defaults.stage]]", TERM + "[[defaults.stage]]", 1))
    assert await send(house, made) == NotSent(Cause.LIST_MOVED)


async def test_the_card_of_a_run_that_stands_still_says_so_and_no_time(house: House) -> None:
    house.pace = Pace(window=2, lot=2)
    record = await approved(house, *MANY)
    await house.run_due(JobKind.LIST)
    house.faults.down = Unknown(Cause.UNAVAILABLE)
    await go_on(house)
    assert bulk_of(await house.now(record)).still
    assert (await progress(house, record)).left is None
    house.faults.down = None
    end = await over(house, record)
    assert (end.request.state, bulk_of(end).still) == (State.DELIVERED, False)


async def test_a_halted_run_says_no_time(house: House) -> None:
    house.faults.before["invite"] = [Blocked(Cause.INVITATIONS_BLOCKED)]
    record = await approved(house, *MANY)
    await go_on(house, 5)
    now = await progress(house, record)
    assert (now.under_way, now.left, now.mails_left) == (6, None, None)


async def test_a_list_that_is_over_says_no_time_for_whom_was_forgotten_meanwhile(house: House) -> None:
    house.pace = Pace(window=2, lot=2)
    record = await approved(house, *MANY)
    await house.run_due(JobKind.LIST)
    kept = await house.store.guest_list(record.request.request_id)
    assert kept is not None
    less = without(kept, [row.address == MANY[5] for row in kept.rows])
    assert less is not None
    await house.store.keep_list(less)
    now = await progress(house, await over(house, record))
    assert (now.delivered, now.waiting, now.left) == (5, 1, None)


async def test_what_was_skipped_is_tried_again_a_few_at_a_time(house: House) -> None:
    record = await approved(house, *MANY)
    others = [await house.sent(draft(address=one)) for one in MANY]
    await over(house, record)
    for one in others:
        await house.decisions.cancel(one.request.label, MEGAN)
    house.pace = Pace(window=2, lot=2)
    assert isinstance(await house.decisions.retry(R1, MEGAN), Record)
    await house.run_due(JobKind.LIST)
    assert (await progress(house, record)).under_way == 2
    end = await over(house, record)
    assert (end.request.state, bulk_of(end).skipped, len(house.tenant.access)) == (State.DELIVERED, (), 6)


async def test_a_row_is_held_by_who_has_its_address_now(house: House) -> None:
    guest(house, "bo", "bo@fabrikam.com")
    record = await sent(house, "bo@fabrikam.com", "ana@fabrikam.com")
    house.tenant.guests[ObjectId("bo")] = replace(
        house.tenant.guests[ObjectId("bo")], address="other@fabrikam.com"
    )
    guest(house, "eve", "bo@fabrikam.com")
    await house.decisions.approve(R1, ALEX, None)
    end = await over(house, record)
    assert bulk_of(end).skipped == ((2, Cause.ADDRESS_MOVED),)
    assert [one.to for one in house.mail.sent] == ["ana@fabrikam.com"]


async def test_a_guest_who_was_switched_off_meanwhile_is_given_nothing(house: House) -> None:
    bo = guest(house, "bo", "bo@fabrikam.com")
    record = await sent(house, "bo@fabrikam.com")
    house.tenant.guests[bo.object_id] = replace(bo, enabled=False)
    await house.decisions.approve(R1, ALEX, None)
    end = await over(house, record)
    assert (bulk_of(end).skipped, house.tenant.access) == (((2, Cause.GUEST_DISABLED),), set())


async def test_a_list_whose_time_is_over_is_let_go_of(house: House) -> None:
    made = await judged(house, *ROWS)
    await house.store.drop_lists()
    assert await house.store.guest_list(made.list_id) is not None
    house.clock.turn(seconds=86_400)
    await house.store.drop_lists()
    house.clock.turn(seconds=-86_400)
    assert await house.store.guest_list(made.list_id) is None


async def test_a_guest_who_alone_is_refused_pauses_the_run_once_and_fails_alone_after_that(
    house: House,
) -> None:
    refused = Refused(Cause.RIGHTS_MISSING)
    house.faults.before["invite"] = [refused]
    record = await approved(house, *MANY)
    await go_on(house)
    paused = bulk_of(await house.now(record))
    assert paused.run is Run.PAUSED
    assert paused.met is not None
    (waits,) = (one for one in await rows(house, record) if one.listed and one.listed.row == paused.met[0])
    assert (waits.state, waits.waiting_for) == (State.DELIVERING, Cause.RIGHTS_MISSING)
    house.access.refuses = {waits.address: refused}
    assert isinstance(await ListRuns(house.decisions).resume(R1, MEGAN), Record)
    end = await over(house, record)
    assert (end.request.state, bulk_of(end).run) == (State.DELIVERY_FAILED, Run.RUNNING)
    assert (await progress(house, end)).delivered == 5


async def test_a_retry_of_a_list_invites_nobody_of_a_domain_that_is_denied_by_now(house: House) -> None:
    house.faults.before["invite"] = [Refused(Cause.ADDRESS_REFUSED) for _ in range(3)]
    record = await over(house, await approved(house))
    house.policy.policy = read_policy(POLICY.replace('"mailinator.com"', '"mailinator.com", "adatum.com"'))
    assert isinstance(await house.decisions.retry(R1, MEGAN), Record)
    end = await over(house, record)
    assert (end.request.state, (await progress(house, end)).failed) == (State.DELIVERY_FAILED, 1)
    assert not [one for one in house.tenant.invitations if one.address.endswith("adatum.com")]


async def test_a_stop_of_a_halted_run_sends_nothing_more(house: House) -> None:
    house.faults.before["invite"] = [Blocked(Cause.INVITATIONS_BLOCKED)]
    record = await approved(house, *MANY)
    await go_on(house, 5)
    calls = house.faults.calls.count("invite")
    assert isinstance(await ListRuns(house.decisions).stop(R1, MEGAN), Record)
    end = await over(house, record)
    assert (end.request.state, (await progress(house, end)).failed) == (State.DELIVERY_FAILED, 6)
    assert house.faults.calls.count("invite") == calls == 1
