"""A new link, or a redemption that begins again: who may, how often, and what reaches the guest."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from access.ports import NotDone, Refused, Unknown
from access.rules.causes import Cause
from access.rules.changing import newer
from access.rules.coaching import NoGuest
from access.rules.model import Change, MailState, ObjectId, Record, Redemption, State
from access.rules.policy_reader import read_policy
from access.rules.refusals import UnknownRequest, Unreadable
from access.rules.relinking import EVERY, Answered, WhyNoLink
from access.service.relink import Relinks
from tests.service.house import ALEX, ANA, DIEGO, LIDIA, MEGAN, NIA, POLICY, VISITOR, House, draft


async def delivered(house: House) -> Record:
    record = await house.delivered(await house.approved())
    house.clock.turn(days=1)
    return record


async def asked(house: House, by: ObjectId = MEGAN, *, reset: bool = False) -> Answered:
    answer = await Relinks(house.coach).for_address(ANA, by, reset=reset)
    assert isinstance(answer, Answered), answer
    return answer


def links(house: House) -> list[str]:
    return [one.link for one in house.mail.sent]


@pytest.mark.parametrize("who", [MEGAN, ALEX, NIA, LIDIA])
async def test_the_requestor_an_approver_and_an_admin_send_a_new_link_and_one_mail(
    house: House, who: ObjectId
) -> None:
    record = await delivered(house)
    answer = await asked(house, who)
    assert answer.done is not None
    assert answer.done.by.object_id == who
    await house.settle()
    assert links(house) == [
        "https://login.example/redeem?rd=link-1",
        "https://login.example/redeem?rd=link-2",
    ]
    after = (await house.now(record)).request
    assert (after.state, after.mail, after.guest_id) == (
        State.DELIVERED,
        MailState.SENT,
        record.request.guest_id,
    )
    assert not any(job.secret for job in (await house.now(record)).jobs.values())


@pytest.mark.parametrize("who", [DIEGO, VISITOR])
async def test_nobody_else_is_told_that_there_is_such_a_guest(house: House, who: ObjectId) -> None:
    record = await delivered(house)
    relinks = Relinks(house.coach)
    assert await relinks.for_address(ANA, who, reset=False) == NoGuest()
    for reference in (record.request.label, record.request.request_id, "R-1999"):
        answer = await relinks.for_request(reference, who, reset=True)
        assert isinstance(answer, UnknownRequest)
    assert len(house.tenant.invitations) == 1


async def test_an_owner_sends_a_link_whoever_decides_about_the_app(house: House) -> None:
    house.policy.policy = read_policy(POLICY.replace('["app-owners"]', '["role:admins"]'))
    record = await house.sent()
    await house.decisions.approve(record.request.label, LIDIA, None)
    await house.delivered(record)
    answer = await asked(house, NIA)
    assert answer.refused is None
    assert answer.file.may_act
    await house.settle()
    assert len(house.tenant.invitations) == 2


async def test_a_second_press_hears_the_same_and_sends_nothing(house: House) -> None:
    await delivered(house)
    first = await asked(house)
    assert (await asked(house)).done == first.done
    await house.settle()
    assert (await asked(house, ALEX)).done == first.done
    assert (await asked(house, ALEX, reset=True)).done == first.done
    await house.settle()
    assert len(house.mail.sent) == 2


async def test_of_many_at_once_one_link_is_made(house: House) -> None:
    await delivered(house)
    relinks = Relinks(house.coach)
    answers = await asyncio.gather(
        *(relinks.for_address(ANA, who, reset=False) for who in (MEGAN, ALEX, NIA, LIDIA) * 3)
    )
    assert all(isinstance(one, Answered) for one in answers)
    await house.settle()
    assert len(house.tenant.invitations) == 2
    assert len(house.mail.sent) == 2


async def test_a_guest_of_two_requests_gets_no_more_links_than_a_guest_of_one(house: House) -> None:
    await delivered(house)
    desk = await house.sent(draft(app="Referral Desk", access="Reader"), ALEX)
    await house.decisions.approve(desk.request.label, LIDIA, None)
    await house.delivered(desk)
    house.clock.turn(days=1)
    made = len(house.tenant.invitations)
    relinks = Relinks(house.coach)
    await asyncio.gather(
        relinks.for_request("R-1001", MEGAN, reset=False),
        relinks.for_request(desk.request.label, ALEX, reset=False),
    )
    await house.settle()
    assert len(house.tenant.invitations) == made + 1


async def test_who_comes_while_another_has_the_turn_and_has_not_written_yet_makes_no_second_link(
    house: House,
) -> None:
    record = await delivered(house)
    made = len(house.tenant.invitations)
    turn = f"link/{record.request.subject}"
    await house.store.keep_note(turn, f"{house.clock.now().isoformat()} 0a1b2c3d")
    answered = await asked(house)
    await house.settle()
    assert answered.refused is WhyNoLink.TOO_SOON
    assert len(house.tenant.invitations) == made
    house.clock.turn(minutes=1)  # whoever had it died before that
    assert (await asked(house)).done is not None


async def test_after_a_while_another_can_be_made(house: House) -> None:
    await delivered(house)
    await asked(house)
    await house.settle()
    house.clock.time += EVERY
    assert (await asked(house)).done is not None
    await house.settle()
    assert len(set(links(house))) == 3


async def test_every_refusal_is_an_entry_and_the_act_s_own_comes_before_the_invitation(house: House) -> None:
    await delivered(house)
    await asked(house)
    await asked(house)
    await house.settle()
    told = [one.fact for one in await house.audit()]
    whats = [one.what for one in told]
    assert whats.index("link.renewed") < len(whats) - whats[::-1].index("step.begun")
    assert [one.detail for one in told if one.what == "act.refused"] == [
        {"act": "resend", "refused": WhyNoLink.TOO_SOON}
    ]


async def test_a_guest_who_has_accepted_keeps_the_object_id_and_the_access_over_a_reset(house: House) -> None:
    record = await delivered(house)
    guest_id = record.request.guest_id
    assert guest_id is not None
    house.tenant.guests[guest_id] = replace(
        house.tenant.guests[guest_id],
        redemption=Redemption.ACCEPTED,
        redemption_changed_at=house.clock.now() - timedelta(hours=5),
    )
    await house.redemptions.go_round()
    assert (await asked(house)).refused is WhyNoLink.ACCEPTED
    held = set(house.tenant.access)
    assert (await asked(house, reset=True)).done is not None
    await house.settle()
    assert [one.resets for one in house.tenant.invitations] == [None, guest_id]
    assert house.tenant.access == held
    after = (await house.now(record)).request
    assert (after.guest_id, after.accepted_at, after.awaits_acceptance) == (guest_id, None, True)
    assert len(house.mail.sent) == 2
    house.tenant.accepts(guest_id)
    await house.redemptions.go_round()
    assert (await house.now(record)).request.accepted_at is not None


async def test_an_acceptance_just_before_a_reset_that_a_slow_list_still_shows_is_not_told_again(
    house: House,
) -> None:
    record = await delivered(house)
    guest_id = record.request.guest_id
    assert guest_id is not None
    accepted = replace(
        house.tenant.guests[guest_id],
        redemption=Redemption.ACCEPTED,
        redemption_changed_at=house.clock.now() - timedelta(minutes=1),
    )
    house.tenant.guests[guest_id] = accepted
    await asked(house, reset=True)
    await house.settle()
    pending, house.tenant.guests[guest_id] = house.tenant.guests[guest_id], accepted
    await house.redemptions.go_round()
    assert (await house.now(record)).request.accepted_at is None, "the directory shows what was"
    anew = replace(accepted, redemption_changed_at=pending.redemption_changed_at)
    house.tenant.guests[guest_id] = anew
    await house.redemptions.go_round()
    assert (await house.now(record)).request.accepted_at == anew.redemption_changed_at


async def test_a_guest_who_has_not_accepted_has_nothing_to_reset(house: House) -> None:
    await delivered(house)
    assert (await asked(house, reset=True)).refused is WhyNoLink.PENDING


async def test_of_an_access_that_has_ended_a_reset_names_no_new_link(house: House) -> None:
    record = await delivered(house)
    house.clock.turn(days=91)
    await house.settle()
    answer = await asked(house, reset=True)
    assert answer.refused is WhyNoLink.ENDED
    assert (await house.now(record)).request.relinked is None


async def noted_without_a_place(house: House) -> Record:
    """Return an access as an older version adopted it, which noted nowhere where its link would lead."""
    record = await delivered(house)
    await house.store.change(
        record.request.request_id, lambda found, now: Change(request=newer(found.request, now, landing=""))
    )
    return record


@pytest.mark.parametrize("reset", [False, True])
async def test_what_an_older_version_adopted_leads_where_a_first_invitation_would(
    house: House, *, reset: bool
) -> None:
    record = await noted_without_a_place(house)
    assert record.request.guest_id is not None
    if reset:
        house.tenant.accepts(record.request.guest_id)
    assert (await asked(house, reset=reset)).done is not None
    await house.settle()
    assert len(house.tenant.invitations) == 2
    assert house.tenant.invitations[-1].landing == record.request.landing != ""


async def test_where_the_app_is_gone_nobody_knows_where_such_a_link_would_lead(house: House) -> None:
    record = await noted_without_a_place(house)
    del house.tenant.apps[record.request.app.object_id]
    assert (await asked(house)).refused is WhyNoLink.APP_GONE
    assert len(house.tenant.invitations) == 1


async def test_a_domain_that_is_denied_by_now_gets_no_link(house: House) -> None:
    await delivered(house)
    house.policy.policy = read_policy(POLICY.replace("mailinator.com", "fabrikam.com"))
    assert (await asked(house)).refused is WhyNoLink.DOMAIN_DENIED
    assert len(house.tenant.invitations) == 1


async def test_the_number_of_a_request_that_is_not_delivered_acts_under_no_other(house: House) -> None:
    await delivered(house)
    desk = await house.sent(draft(app="Referral Desk", access="Reader"), ALEX)
    answer = await Relinks(house.coach).for_request(desk.request.label, ALEX, reset=False)
    assert isinstance(answer, Answered)
    assert answer.refused is WhyNoLink.NOT_DELIVERED


async def test_a_link_whose_answer_was_lost_is_made_again_and_the_newest_is_mailed(house: House) -> None:
    await delivered(house)
    house.faults.after["invite"] = [Unknown(Cause.UNAVAILABLE)]
    await asked(house)
    await house.settle()
    assert len(house.tenant.invitations) == 3
    assert links(house)[1:] == ["https://login.example/redeem?rd=link-3"]


async def test_a_reset_whose_answer_was_lost_is_not_done_twice(house: House) -> None:
    record = await delivered(house)
    assert record.request.guest_id is not None
    house.tenant.accepts(record.request.guest_id)
    house.faults.after["invite"] = [Unknown(Cause.UNAVAILABLE)]
    await asked(house, reset=True)
    await house.settle()
    assert [one.resets is not None for one in house.tenant.invitations] == [False, True, False]
    assert len(house.mail.sent) == 2


async def test_a_missing_permission_is_said_on_the_request_and_can_be_retried(house: House) -> None:
    record = await delivered(house)
    assert record.request.guest_id is not None
    house.tenant.accepts(record.request.guest_id)
    house.faults.before["invite"] = [Refused(Cause.RIGHTS_MISSING)]
    await asked(house, reset=True)
    await house.settle()
    now = (await house.now(record)).request
    assert now.state is State.DELIVERED
    assert now.failure is not None
    assert now.failure.cause == Cause.RIGHTS_MISSING
    await house.decisions.retry(record.request.label, MEGAN)
    await house.settle()
    assert house.tenant.invitations[-1].resets == record.request.guest_id
    assert (await house.now(record)).request.failure is None


async def test_without_a_mailbox_microsoft_is_asked_to_mail_once(house: House) -> None:
    house.mail.configured = False
    record = await delivered(house)
    house.faults.after["invite"] = [Unknown(Cause.UNAVAILABLE)]
    await asked(house)
    await house.settle()
    assert [one.send_by_microsoft for one in house.tenant.invitations] == [True, True]
    assert (await house.now(record)).request.mail is MailState.BY_MICROSOFT


async def test_nothing_is_begun_while_the_directory_is_away(house: House) -> None:
    await delivered(house)
    house.faults.down = NotDone(Cause.UNAVAILABLE)
    assert isinstance(await Relinks(house.coach).for_address(ANA, MEGAN, reset=False), Unreadable)
    house.faults.down = None
    await house.settle()
    assert len(house.tenant.invitations) == 1
