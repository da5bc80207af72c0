"""What meets a removal from the directory: an access that another owner gives the guest meanwhile."""

from access.ports import Refused
from access.rules.causes import Cause
from access.rules.model import AccountState, Named, ObjectId, Record
from access.rules.refusals import NotYours
from tests.service.house import ALEX, DESK, GUESTS, LIDIA, MEGAN, PORTAL, House, draft
from tests.service.test_account_removals import ANAS, account, begun, deleted_after, given, removed


async def asked_by_alex(house: House) -> Record:
    """Have Alex ask for Ana's access to an app that is not Megan's; it waits for an approval."""
    await given(house)
    return await house.sent(draft(app="Referral Desk", access="Reader"), ALEX)


async def approved(house: House, record: Record) -> None:
    await house.decisions.approve(record.request.label, LIDIA, None)  # what is planned has moved
    plan = (await house.now(record)).request.plan
    assert plan is not None
    assert isinstance(await house.decisions.approve(record.request.label, LIDIA, plan.hash), Record)


async def test_a_guest_whose_removal_stands_is_given_nothing_and_the_request_says_so(house: House) -> None:
    other = await asked_by_alex(house)
    removal = await removed(house)
    mails = len(house.mail.sent)
    await approved(house, other)
    assert await house.failed(other) is Cause.BEING_REMOVED
    assert len(house.mail.sent) == mails
    assert not [one for one in house.tenant.access if one[1] == DESK]
    await house.acts.restore(removal.request.label, MEGAN)
    await house.settle()
    assert isinstance(await house.decisions.retry(other.request.label, ALEX), Record)
    await house.delivered(other)


async def test_a_guest_whose_removal_could_do_nothing_can_be_given_an_access(house: House) -> None:
    other = await asked_by_alex(house)
    house.faults.before["block"] = [Refused(Cause.RIGHTS_MISSING)]
    assert await house.failed(await begun(house)) is Cause.RIGHTS_MISSING
    await house.decisions.approve(other.request.label, LIDIA, None)
    await house.delivered(other)


async def test_a_guest_who_has_been_given_more_since_is_not_deleted_unasked(house: House) -> None:
    await given(house)
    record = await removed(house)
    house.tenant.access.add((ANAS, DESK))  # past Guestlist, by whose app it is
    await deleted_after(house)
    failure = account(await house.now(record)).failure
    assert failure is not None
    assert failure.cause == Cause.HOLDS_MORE
    assert ANAS in house.tenant.guests
    assert record.request.label in house.alarms[-1]


async def test_only_an_admin_has_a_guest_deleted_who_was_given_more_since(house: House) -> None:
    await given(house)
    record = await removed(house)
    house.tenant.access.add((ANAS, DESK))
    await deleted_after(house)
    assert isinstance(await house.decisions.retry(record.request.label, MEGAN), NotYours)
    assert isinstance(await house.decisions.retry(record.request.label, LIDIA), Record)
    await house.settle()
    assert account(await house.now(record)).state is AccountState.DELETED


async def given_more_before_the_block(house: House) -> Record:
    """Have Ana given an app by others before the removal begins, and an admin want her gone all the same."""
    await given(house)
    record = await begun(house)
    house.tenant.access.add((ANAS, DESK))
    assert await house.failed(record) is Cause.HOLDS_MORE
    assert isinstance(await house.decisions.retry(record.request.label, LIDIA), Record)
    await house.settle()
    assert account(await house.now(record)).state is AccountState.BLOCKED
    [told] = [one.fact for one in await house.audit() if one.fact.what == "account.retried"]
    assert (told.actor, told.detail["with_more"]) == (LIDIA, [DESK])
    return record


async def test_what_an_admin_wanted_gone_at_the_block_does_not_stop_the_deletion(house: House) -> None:
    record = await given_more_before_the_block(house)
    await deleted_after(house)
    assert account(await house.now(record)).state is AccountState.DELETED


async def test_what_was_given_after_an_admin_wanted_the_rest_gone_is_asked_about(house: House) -> None:
    record = await given_more_before_the_block(house)
    house.accounts.roles[ANAS] = (Named(ObjectId("reader"), "Directory Readers"),)
    await deleted_after(house)
    failure = account(await house.now(record)).failure
    assert failure is not None
    assert failure.cause == Cause.HOLDS_MORE
    await house.decisions.retry(record.request.label, LIDIA)
    house.tenant.access.add((ANAS, PORTAL))
    await house.settle()
    assert account(await house.now(record)).failure is not None, "given between the press and the step"
    await house.decisions.retry(record.request.label, LIDIA)
    await house.settle()
    assert account(await house.now(record)).state is AccountState.DELETED


async def test_whoever_ordered_it_keeps_a_guest_who_was_given_more_since(house: House) -> None:
    await given(house)
    record = await removed(house)
    house.tenant.access.add((ANAS, DESK))
    await deleted_after(house)
    await house.acts.restore(record.request.label, MEGAN)
    await house.settle()
    assert account(await house.now(record)).state is AccountState.RESTORED
    assert house.tenant.guests[ANAS].enabled


async def test_to_be_let_in_and_given_more_are_two_things_to_be_asked_about(house: House) -> None:
    await given(house)
    record = await removed(house)
    await house.accounts.unblock(ANAS)
    house.accounts.roles[ANAS] = (Named(ObjectId("reader"), "Directory Readers"),)
    await deleted_after(house)
    await house.decisions.retry(record.request.label, LIDIA)
    await house.settle()
    failure = account(await house.now(record)).failure
    assert failure is not None
    assert failure.cause == Cause.HOLDS_MORE
    await house.decisions.retry(record.request.label, LIDIA)
    await house.settle()
    assert account(await house.now(record)).state is AccountState.DELETED


async def test_what_a_guest_had_when_the_removal_was_ordered_does_not_stop_it(house: House) -> None:
    await given(house)
    house.tenant.access.add((ANAS, GUESTS))
    record = await removed(house)
    await deleted_after(house)
    assert account(await house.now(record)).state is AccountState.DELETED
