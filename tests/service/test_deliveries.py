"""Carrying out a plan: every step once, whatever the world answers."""

from dataclasses import asdict, replace
from datetime import timedelta

import pytest

from access.ports import AccessError, Blocked, Missing, NotDone, Refused, Unknown
from access.rules.causes import Cause
from access.rules.model import JobKind, MailState, ObjectId, Record, Redemption, State
from access.rules.refusals import NotYours, WillNotWork
from tests.service.house import ALEX, ANA, MEGAN, RECORDS, ZONE, House, draft

ANA_ID = ObjectId("ana")
LOST = Unknown(Cause.UNAVAILABLE)
THROTTLED = NotDone(Cause.THROTTLED, retry_after=7)


def _link(house: House) -> str:
    (letter,) = house.mail.sent
    return letter.link.rpartition("=")[2]


async def test_a_new_guest_is_invited_given_the_app_mailed_and_proved(house: House) -> None:
    end = await house.delivered(await house.approved(draft(name="Ana Ruiz", message="See you soon")))
    (invitation,) = house.tenant.invitations
    assert (invitation.address, invitation.name, invitation.sponsor) == (ANA, "Ana Ruiz", MEGAN)
    assert (invitation.landing, invitation.send_by_microsoft) == ("https://records.example", False)
    assert house.tenant.access == {(ObjectId("guest-1"), RECORDS)}
    (letter,) = house.mail.sent
    assert (letter.to, letter.inviter, letter.app, letter.message) == (
        ANA,
        "Megan",
        "Health Records",
        "See you soon",
    )
    assert (letter.is_invitation, letter.organisation) == (True, "Contoso Health")
    assert _link(house) == "link-1"
    assert (end.request.mail, end.request.awaits_acceptance) == (MailState.SENT, True)
    assert end.request.ends_at == end.request.term.ends_at(house.clock.now(), ZONE)
    assert "link-1" not in str(asdict(end)), "the link is a secret and gone"
    assert house.tenant.sponsors == [], "the sponsor went with the invitation"


async def test_every_effect_has_its_audit_entry_before_it_and_the_proof_names_graphs_request_ids(
    house: House,
) -> None:
    await house.delivered(await house.approved())
    facts = [entry.fact for entry in await house.audit()]
    told = [(one.what, one.detail.get("step")) for one in facts]
    for step in ("invite", "know", "give", "mail", "prove"):
        assert told.index(("step.begun", step)) < told.index(("step.done", step))
    assert told.index(("request.approved", None)) < told.index(("step.begun", "invite"))
    proof = next(one for one in facts if one.what == "step.done" and one.detail["step"] == "prove")
    assert (proof.detail["guest-request-id"], proof.detail["request-id"]) == ("trace-guest", "trace-access")


async def test_a_guest_who_has_accepted_gets_no_invitation_but_our_mail_with_the_apps_link(
    house: House,
) -> None:
    house.knows(Redemption.ACCEPTED)
    end = await house.delivered(await house.approved())
    assert house.tenant.invitations == []
    assert house.tenant.sponsors == [(ANA_ID, MEGAN)]
    (letter,) = house.mail.sent
    assert (letter.link, letter.is_invitation) == ("https://records.example", False)
    assert not end.request.awaits_acceptance


async def test_a_pending_guest_gets_a_fresh_link(house: House) -> None:
    house.knows(Redemption.PENDING)
    end = await house.delivered(await house.approved())
    assert len(house.tenant.invitations) == 1
    assert _link(house) == "link-1"
    assert end.request.guest_id == ANA_ID


async def test_without_a_mailbox_microsoft_sends_the_invitation(house: House) -> None:
    house.mail.configured = False
    end = await house.delivered(await house.approved())
    assert house.tenant.invitations[0].send_by_microsoft
    assert house.mail.sent == []
    assert end.request.mail is MailState.BY_MICROSOFT


async def test_a_guest_found_accepted_between_approval_and_delivery_is_not_invited(house: House) -> None:
    record = await house.approved()
    house.knows(Redemption.ACCEPTED)
    end = await house.delivered(record)
    assert house.tenant.invitations == []
    assert (end.request.guest_id, end.request.awaits_acceptance) == (ANA_ID, False)
    assert not house.mail.sent[0].is_invitation


async def test_after_a_lost_answer_the_guest_is_looked_up_and_only_the_link_asked_again(house: House) -> None:
    house.faults.after["invite"] = [LOST]
    await house.delivered(await house.approved())
    assert len(house.tenant.guests) == 1
    assert len(house.tenant.invitations) == 2, "once more, for the link alone"
    assert _link(house) == "link-2"
    causes = [
        entry.fact.detail.get("cause") for entry in await house.audit() if entry.fact.what == "step.done"
    ]
    assert causes[0] == "link-lost"


async def test_without_a_mailbox_a_lost_answer_needs_no_second_invitation(house: House) -> None:
    house.mail.configured = False
    house.faults.after["invite"] = [LOST]
    await house.delivered(await house.approved())
    assert len(house.tenant.invitations) == 1


async def test_after_a_lost_answer_the_directory_has_time_before_anything_is_repeated(house: House) -> None:
    house.faults.after["invite"] = [LOST]
    record = await house.approved()
    house.tenant.hidden_reads = 3
    await house.settle()
    assert (await house.now(record)).request.state is State.DELIVERED
    assert len(house.tenant.invitations) == 2
    assert house.faults.calls.count("find_by_address") >= 5
    assert house.faults.calls.index("invite") < _nth(house.faults.calls, "find_by_address", 4)


def _nth(calls: list[str], name: str, count: int) -> int:
    return [place for place, call in enumerate(calls) if call == name][count]


async def test_throttling_before_a_lost_answer_costs_no_look(house: House) -> None:
    """A look is owed to every lost answer, however often Graph had asked to wait before."""
    house.faults.before["invite"] = [THROTTLED] * 6
    house.faults.after["invite"] = [LOST]
    record = await house.approved()
    for _ in range(7):
        await house.run_due(JobKind.STEP)
        house.clock.turn(seconds=60)
    assert len(house.tenant.invitations) == 1
    house.tenant.hidden_reads = 2
    await house.run_due(JobKind.STEP)
    assert len(house.tenant.invitations) == 1, "not found yet: looked for again, not invited again"
    await house.delivered(record)


async def test_an_invitation_that_never_arrived_is_sent_after_looking_in_vain(house: House) -> None:
    house.faults.before["invite"] = [LOST]
    start = house.clock.now()
    await house.delivered(await house.approved())
    assert len(house.tenant.invitations) == 1
    assert house.clock.now() - start >= timedelta(seconds=7)


async def test_after_a_429_the_mark_is_taken_back_and_retry_after_is_obeyed(house: House) -> None:
    house.faults.before["invite"] = [THROTTLED]
    record = await house.approved()
    await house.run_due(JobKind.STEP)
    waiting = await house.now(record)
    step = next(job for job in waiting.jobs.values() if job.name == "invite")
    assert (step.started, step.due_at) == (0, house.clock.now() + timedelta(seconds=7))
    assert waiting.request.waiting_for == Cause.THROTTLED
    house.clock.turn(seconds=7)
    await house.run_due(JobKind.STEP)
    assert house.faults.calls.count("find_by_address") == 4, "plan twice, then each try once: no extra look"
    end = await house.delivered(record)
    assert end.request.waiting_for == ""


async def test_a_retry_after_of_nothing_does_not_make_it_spin(house: House) -> None:
    house.faults.before["give"] = [NotDone(Cause.THROTTLED, retry_after=0)]
    start = house.clock.now()
    await house.delivered(await house.approved())
    assert house.clock.now() > start


async def test_while_graph_is_down_the_request_waits_and_says_so(house: House) -> None:
    record = await house.approved()
    house.faults.down = LOST
    for _ in range(60):
        await house.run_due(JobKind.STEP)
        house.clock.turn(minutes=2)
    waiting = (await house.now(record)).request
    assert (waiting.state, waiting.waiting_for) == (State.DELIVERING, Cause.UNAVAILABLE)
    house.faults.down = None
    await house.delivered(record)


async def test_a_fresh_guest_is_waited_for_while_the_directory_replicates(house: House) -> None:
    record = await house.approved()
    await house.run_due(JobKind.STEP)
    house.tenant.hidden_reads = 8
    end = await house.delivered(record)
    assert end.request.failure is None
    assert len(house.tenant.invitations) == 1


async def test_an_outage_uses_up_no_patience_for_replication(house: House) -> None:
    record = await house.approved()
    await house.run_due(JobKind.STEP)
    house.faults.before["guest"] = [LOST] * 60
    house.tenant.hidden_reads = 2
    await house.delivered(record)


async def test_a_guest_who_never_appears_ends_the_delivery(house: House) -> None:
    record = await house.approved()
    await house.run_due(JobKind.STEP)
    house.tenant.hidden_reads = 10_000
    assert await house.failed(record) is Cause.TOO_LONG


async def test_a_known_guest_who_is_not_found_any_more_is_gone_and_not_waited_for(house: House) -> None:
    house.knows(Redemption.ACCEPTED)
    record = await house.approved()
    del house.tenant.guests[ANA_ID]
    assert await house.failed(record) is Cause.GUEST_GONE


async def test_a_guest_deleted_in_the_middle_is_invited_again_on_retry(house: House) -> None:
    record = await house.approved()
    await house.run_due(JobKind.STEP)
    await house.run_due(JobKind.STEP)
    house.faults.before["give"] = [Missing(Cause.GUEST_GONE)]
    house.tenant.guests.clear()
    assert await house.failed(record) is Cause.GUEST_GONE
    assert isinstance(await house.decisions.retry("R-1001", MEGAN), Record)
    await house.delivered(record)
    assert len(house.tenant.invitations) == 2
    assert _link(house) == "link-2", "the newest link is the one that is mailed"
    causes = [
        entry.fact.detail.get("cause") for entry in await house.audit() if entry.fact.what == "step.done"
    ]
    assert "link-lost" not in causes


async def test_the_abuse_block_raises_the_alarm_and_is_not_tried_again(house: House) -> None:
    house.faults.before["invite"] = [Blocked(Cause.INVITATIONS_BLOCKED)]
    assert await house.failed(await house.approved()) is Cause.INVITATIONS_BLOCKED
    assert len(house.alarms) == 1
    assert house.faults.calls.count("invite") == 1


@pytest.mark.parametrize(
    ("step", "error"),
    [
        ("invite", Refused(Cause.DOMAIN_REFUSED, trace="t-1")),
        ("give", Refused(Cause.GUARDED)),
        ("give", Missing(Cause.APP_GONE)),
        ("read_back", Refused(Cause.RIGHTS_MISSING)),
    ],
)
async def test_a_refusal_fails_with_its_cause_and_a_retry_goes_on_from_there(
    house: House, step: str, error: AccessError
) -> None:
    house.faults.before[step] = [error]
    record = await house.approved()
    assert await house.failed(record) is error.cause
    assert isinstance(await house.decisions.retry("R-1001", ALEX), Record)
    end = await house.delivered(record)
    assert end.request.mail is MailState.SENT
    assert len(house.tenant.invitations) == len(house.mail.sent) == 1


async def test_a_step_that_never_ends_is_given_up_and_looked_up_first(house: House) -> None:
    record = await house.approved()
    house.deliveries.patience = replace(house.deliveries.patience, longest=timedelta(seconds=0.05))
    house.access.hangs_after_invite = True
    await house.run_due(JobKind.STEP)
    invite = next(job for job in (await house.now(record)).jobs.values() if job.name == "invite")
    assert (invite.started, invite.lease_until) == (1, None), "it may have been done"
    house.access.hangs_after_invite = False
    await house.delivered(record)
    assert (len(house.tenant.guests), _link(house)) == (1, "link-2")


async def test_access_is_not_given_after_its_term_is_over(house: House) -> None:
    last = (house.clock.now().date() + timedelta(days=2)).isoformat()
    house.faults.before["give"] = [Refused(Cause.RIGHTS_MISSING)]
    record = await house.approved(draft(term=f"until {last}"))
    assert await house.failed(record) is Cause.RIGHTS_MISSING
    house.clock.turn(days=5)

    refused = await house.decisions.retry("R-1001", MEGAN)
    assert isinstance(refused, WillNotWork)
    assert refused.cause is Cause.TERM_OVER
    await house.settle()
    assert house.tenant.access == set()


async def test_a_requestor_whose_account_is_disabled_retries_nothing(house: House) -> None:
    house.faults.before["give"] = [Refused(Cause.RIGHTS_MISSING)]
    record = await house.approved()
    await house.failed(record)
    house.tenant.people[MEGAN] = replace(house.tenant.people[MEGAN], enabled=False)

    assert isinstance(await house.decisions.retry("R-1001", MEGAN), NotYours)


@pytest.mark.parametrize(
    ("step", "error"),
    [("find", Missing(Cause.MAILBOX_GONE)), ("send", Refused(Cause.MAIL_REFUSED))],
)
async def test_a_mail_that_is_refused_ends_only_itself_and_a_retry_sends_it(
    house: House, step: str, error: AccessError
) -> None:
    house.faults.before[step] = [error]
    end = await house.delivered(await house.approved())
    assert end.request.mail is MailState.FAILED
    assert end.request.failure is not None
    assert end.request.failure.cause == error.cause

    assert isinstance(await house.decisions.retry("R-1001", MEGAN), Record)
    await house.settle()

    again = (await house.now(end)).request
    assert (again.state, again.mail, again.failure) == (State.DELIVERED, MailState.SENT, None)
    assert len(house.mail.sent) == 1
