"""What is said of a guest and done for one when some of their accesses are over, renewed or adopted."""

import pytest

from access.rules.adopting import Adopting
from access.rules.clues import SignIn
from access.rules.coaching import GuestFile, Helps, Stands
from access.rules.model import (
    AssignmentState,
    Guest,
    MailState,
    ObjectId,
    Record,
    Redemption,
    Term,
)
from access.rules.policy_reader import read_policy
from access.rules.relinking import Answered
from access.rules.snags import Snag
from access.service.adopt import Adoptions
from access.service.extend import Renewals, Where
from access.service.relink import Relinks
from access.service.remove import Removals
from access.service.renewable import Wanted
from tests.service.house import (
    ALEX,
    ANA,
    DESK,
    LIDIA,
    MEGAN,
    NIA,
    POLICY,
    RECORDS,
    THREAD,
    ZONE,
    House,
    draft,
)
from tests.service.test_clean_ups import days, says

GUEST = ObjectId("guest-1")
JO = "jo@adatum.com"


async def of(house: House, address: str, by: ObjectId = MEGAN) -> GuestFile:
    found = await house.coach.of_address(address, by)
    assert isinstance(found, GuestFile)
    return found


async def resent(house: House, address: str, by: ObjectId) -> Answered:
    answer = await Relinks(house.coach).for_address(address, by, reset=False)
    assert isinstance(answer, Answered)
    return answer


async def ended(house: House, record: Record) -> Record:
    house.clock.turn(days=40)
    await house.settle()
    now = await house.now(record)
    assert now.request.assignment is not None
    assert now.request.assignment.state is AssignmentState.ENDED
    return now


async def renewed(house: House, record: Record) -> Record:
    where = Where(THREAD, personal=False)
    renewal = await Renewals(house.decisions).ask(record.request, MEGAN, Wanted(Term(days=30)), where)
    assert isinstance(renewal, Record), renewal
    await house.decisions.approve(renewal.request.label, ALEX, None)
    return await house.delivered(renewal)


async def adopted(house: House, redemption: Redemption = Redemption.PENDING) -> Record:
    guest = Guest(ObjectId("jo"), "Jo", JO, redemption)
    house.tenant.guests[guest.object_id] = guest
    house.tenant.access |= {(guest.object_id, RECORDS)}
    wanted = Adopting(guest=JO, app="Health Records", term="for 300d")
    record = await Adoptions(house.lists, ZONE).adopt(wanted, NIA)
    assert isinstance(record, Record), record
    return record


async def test_an_access_that_ended_as_it_was_to_is_no_cause_of_anything(house: House) -> None:
    record = await house.delivered(await house.approved(draft(term="30d")))
    house.tenant.accepts(GUEST)
    await ended(house, record)
    diagnosis = (await of(house, ANA)).diagnosis
    assert (diagnosis.stands, diagnosis.cause, diagnosis.helps) == (Stands.ENDED, None, Helps.ASK_ANEW)


@pytest.mark.parametrize("by", [LIDIA, ALEX])
async def test_of_several_accesses_one_that_lasts_is_meant_before_a_newer_one_that_is_over(
    house: House, by: ObjectId
) -> None:
    first = await house.delivered(await house.approved(draft(term="365d")))
    house.clock.turn(days=1)
    house.tenant.owners[DESK] = [MEGAN, ALEX]
    second = await house.sent(draft(app="Referral Desk", access="Reader", term="30d"), MEGAN)
    await house.decisions.approve(second.request.label, ALEX, None)
    await ended(house, await house.delivered(second))
    file = await of(house, ANA, by)
    assert file.main is not None
    assert file.main.request.request_id == first.request.request_id
    assert file.diagnosis.stands is Stands.WAITING
    assert (await resent(house, ANA, by)).refused is None


async def test_an_access_that_was_taken_away_by_hand_is_a_cause(house: House) -> None:
    await house.delivered(await house.approved(draft(term="30d")))
    house.tenant.accepts(GUEST)
    house.tenant.access.clear()
    cause = (await of(house, ANA)).diagnosis.cause
    assert cause is not None
    assert cause.snag is Snag.NOT_ASSIGNED


async def test_a_domain_that_is_denied_by_now_keeps_nobody_out_who_has_accepted(house: House) -> None:
    await house.delivered(await house.approved())
    house.tenant.accepts(GUEST)
    house.clues.sign_in = SignIn(house.clock.now(), 0)
    denied = POLICY.replace('"mailinator.com"', '"mailinator.com", "fabrikam.com"')
    house.policy.policy = read_policy(denied)
    assert (await of(house, ANA)).diagnosis.stands is Stands.ACCEPTED


async def test_the_number_of_a_renewal_means_the_access_that_it_renewed(house: House) -> None:
    says(house)
    house.knows(Redemption.ACCEPTED)
    record = await house.delivered(await house.approved(draft(term="300d")))
    renewal = await renewed(house, record)
    await days(house, 95)
    kept = await Removals(house.decisions, house.policy).keep(renewal.request.label, MEGAN)
    assert isinstance(kept, Record)
    assert kept.request.request_id == record.request.request_id


async def test_a_new_link_by_the_number_of_a_renewal_is_for_the_access_that_it_renewed(house: House) -> None:
    record = await house.delivered(await house.approved(draft(term="90d")))
    renewal = await renewed(house, record)
    answer = await Relinks(house.coach).for_request(renewal.request.label, MEGAN, reset=False)
    assert isinstance(answer, Answered)
    assert answer.refused is None
    assert (await house.now(record)).request.relinked is not None


async def test_a_clock_that_is_set_back_keeps_no_new_link_away(house: House) -> None:
    await house.delivered(await house.approved(draft(term="90d")))
    house.clock.turn(days=3)
    await resent(house, ANA, MEGAN)
    await house.settle()
    house.clock.turn(days=-2)
    again = await resent(house, ANA, MEGAN)
    assert again.done is not None
    assert again.done.at == house.clock.now()


async def test_the_guest_of_an_adopted_access_gets_a_new_link_for_it(house: House) -> None:
    record = await adopted(house)
    assert (await resent(house, JO, NIA)).done is not None
    await house.settle()
    now = (await house.now(record)).request
    assert (now.mail, now.failure) == (MailState.SENT, None)
    assert [one.to for one in house.mail.sent] == [JO]


async def test_nothing_is_done_for_an_adopted_access_before_somebody_asks_for_a_link(house: House) -> None:
    await adopted(house)
    await house.settle()
    assert (house.tenant.invitations, house.mail.sent) == ([], [])


async def test_whoever_adopted_the_access_of_a_guest_who_waits_is_told_that_the_guest_has_accepted(
    house: House,
) -> None:
    record = await adopted(house)
    house.tenant.accepts(ObjectId("jo"))
    await house.redemptions.go_round()
    await house.settle()
    assert (await house.now(record)).request.accepted_at is not None
    assert len([one for one in house.chat.posts if "accepted" in str(one)]) == 1


async def test_whoever_adopted_the_access_of_a_guest_who_never_accepts_is_asked_about_it(
    house: House,
) -> None:
    record = await adopted(house)
    await days(house, 40)
    assert (await house.now(record)).request.lapses


async def test_a_guest_who_had_accepted_before_the_adoption_is_waited_for_by_nobody(house: House) -> None:
    record = await adopted(house, Redemption.ACCEPTED)
    assert not record.request.awaits_acceptance


async def test_of_a_guest_to_whom_guestlist_sent_no_link_nothing_is_said_of_later_ones(house: House) -> None:
    await adopted(house)
    snags = {one.snag for one in (await of(house, JO, NIA)).diagnosis.checks}
    assert Snag.LINK_REPLACED not in snags
    assert Snag.COLLIDES in snags
