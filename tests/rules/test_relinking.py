"""A new link under the approval that there is: which steps begin anew, what stays, and when there is none."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from access.rules import ending, redemption, retrying
from access.rules.causes import Cause
from access.rules.delivery import AGAIN, StepDone
from access.rules.model import (
    ERASED,
    Guest,
    MailState,
    ObjectId,
    Record,
    Redemption,
    Relinked,
    State,
    StepKind,
)
from access.rules.refusals import Stale
from access.rules.relinking import EVERY, NoLink, WhyNoLink, relink, unfit
from tests.rules.making import (
    ALEX,
    ANA,
    LINK,
    MEGAN,
    NOW,
    change_of,
    delivered,
    delivering,
    done,
    failed,
    guest,
    job,
    names,
    plan,
    run,
    stepped,
)

LATER = NOW + timedelta(days=2)
NEW = StepDone(guest_id=ANA, link=f"{LINK}-2", traces={"request-id": "r-2"})


def again(
    record: Record, *, reset: bool = False, mailbox: bool = True, at: Any = LATER, accepted_at: Any = None
) -> Record:
    return done(record, relink(MEGAN, reset=reset, mailbox=mailbox, accepted_at=accepted_at), at)


def refused(record: Record, at: Any = LATER, *, reset: bool = False) -> WhyNoLink:
    answer = relink(MEGAN, reset=reset, mailbox=True)(record, at)
    assert isinstance(answer, NoLink)
    return answer.why


def test_the_invitation_begins_anew_and_its_mail_waits_for_the_link() -> None:
    record = again(delivered())
    assert record.request.state is State.DELIVERED
    assert names(record, "ready") == ["invite"]
    assert names(record, "waiting") == ["mail"]
    assert record.request.mail is MailState.QUEUED


def test_what_was_given_and_its_end_stay() -> None:
    before = delivered().request
    after = again(delivered()).request
    assert (after.guest_id, after.ends_at, after.delivered_at) == (
        before.guest_id,
        before.ends_at,
        before.delivered_at,
    )


def test_who_wanted_it_is_an_entry_before_anything_is_done() -> None:
    change = change_of(delivered(), relink(ALEX, reset=False, mailbox=True), LATER)
    assert [(one.what, one.actor) for one in change.audit] == [("link.renewed", ALEX.object_id)]
    change = change_of(delivered(), relink(ALEX, reset=True, mailbox=True), LATER)
    assert [one.what for one in change.audit] == ["redemption.reset"]
    assert change.request.relinked == Relinked(ALEX, LATER, reset=True)


def test_the_new_link_goes_to_the_mail_s_row_alone_and_is_gone_when_it_is_sent() -> None:
    record = stepped(again(delivered()), "invite", NEW, LATER)
    assert job(record, StepKind.MAIL).secret == f"{LINK}-2"
    assert job(record, StepKind.INVITE).secret == ""
    record = stepped(record, "mail", at=LATER)
    assert job(record, StepKind.MAIL).secret == ""
    assert record.request.mail is MailState.SENT


def test_a_delivery_that_has_ended_does_not_go_on_after_the_new_link() -> None:
    record = stepped(stepped(again(delivered()), "invite", NEW, LATER), "mail", at=LATER)
    assert names(record, "ready") == []
    assert names(record, "waiting") == []


def test_without_a_mailbox_microsoft_mails_the_new_link() -> None:
    record = delivered(plan(mailbox=False))
    record = stepped(again(record, mailbox=False), "invite", NEW, LATER)
    assert record.request.mail is MailState.BY_MICROSOFT
    assert names(record, "ready") == []


def test_a_plan_without_an_invitation_gets_one_in_front_and_a_mail_behind() -> None:
    record = delivered(plan(guest(Redemption.ACCEPTED), mailbox=False))
    assert "invite" not in names(record, "done")
    record = again(record, reset=True)
    assert names(record, "ready") == ["invite"]
    assert names(record, "waiting") == ["mail"]
    record = stepped(stepped(record, "invite", NEW, LATER), "mail", at=LATER)
    assert record.request.awaits_acceptance


@pytest.mark.parametrize(("after", "why"), [(timedelta(), WhyNoLink.TOO_SOON), (EVERY, None)])
def test_a_guest_gets_no_second_link_within_ten_minutes(after: timedelta, why: WhyNoLink | None) -> None:
    record = stepped(stepped(again(delivered()), "invite", NEW, LATER), "mail", at=LATER)
    if why is None:
        assert again(record, at=LATER + after).request.relinked == Relinked(MEGAN, LATER + after)
    else:
        assert refused(record, LATER + after) is why


def test_what_is_under_way_is_not_begun_twice_however_long_it_takes() -> None:
    record = again(delivered())
    assert refused(record, LATER + timedelta(days=1)) is WhyNoLink.UNDER_WAY
    record = stepped(record, "invite", NEW, LATER)
    assert refused(record, LATER + timedelta(days=1)) is WhyNoLink.UNDER_WAY


def test_nothing_that_is_not_delivered_and_nothing_that_has_ended_gets_a_link() -> None:
    assert refused(delivering()) is WhyNoLink.NOT_DELIVERED
    assert refused(failed(delivering(), "invite", Cause.ADDRESS_REFUSED)) is WhyNoLink.NOT_DELIVERED
    record = delivered()
    assert record.request.ends_at is not None
    assert refused(record, record.request.ends_at) is WhyNoLink.ENDED


def test_a_guest_who_was_forgotten_in_between_gets_no_link() -> None:
    record = delivered()
    assert refused(replace(record, request=replace(record.request, address=ERASED))) is (
        WhyNoLink.NOT_DELIVERED
    )


def test_a_new_link_that_cannot_be_had_leaves_the_request_delivered_and_can_be_retried() -> None:
    record = failed(again(delivered(), reset=True), "invite", Cause.RIGHTS_MISSING, LATER)
    assert record.request.state is State.DELIVERED
    assert record.request.failure is not None
    assert record.request.guest_id == ANA
    record = done(record, retrying.retry(MEGAN, (ALEX,)), LATER)
    assert record.request.guest_id == ANA
    assert names(record, "ready") == ["invite"]
    assert job(record, StepKind.INVITE).body == {AGAIN: "reset"}
    record = stepped(stepped(record, "invite", NEW, LATER), "mail", at=LATER)
    assert record.request.failure is None
    assert record.request.mail is MailState.SENT


def test_a_mail_that_could_not_be_sent_is_made_with_a_new_link() -> None:
    record = run(delivering(), "invite", "know", "give")
    record = failed(record, "mail", Cause.MAIL_REFUSED)
    record = again(stepped(record, "prove"))
    assert record.request.failure is None
    assert names(record, "ready") == ["invite"]


def accepted_before(record: Record) -> Record:
    return done(record, redemption.accept(ANA, Redemption.ACCEPTED, NOW))


def test_after_a_reset_the_guest_is_waited_for_again() -> None:
    record = again(accepted_before(delivered()), reset=True)
    assert record.request.accepted_at is not None, "nothing is undone before it is done"
    record = stepped(record, "invite", NEW, LATER)
    assert record.request.accepted_at is None
    assert record.request.awaits_acceptance


def test_the_acceptance_that_a_reset_undid_is_not_taken_for_a_new_one() -> None:
    record = stepped(again(accepted_before(delivered()), reset=True), "invite", NEW, LATER)
    old = redemption.accept(ANA, Redemption.ACCEPTED, NOW)
    assert isinstance(old(record, LATER), Stale)
    new = redemption.accept(ANA, Redemption.ACCEPTED, LATER + timedelta(minutes=1))
    assert done(record, new, LATER + timedelta(hours=1)).request.accepted_at is not None


MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize("undone", ["press", "step"])
def test_an_acceptance_of_a_moment_before_the_reset_is_told_from_one_after_it_by_the_directory_s_clock(
    undone: str,
) -> None:
    """Whose clock may be behind ours by more than the guest takes to accept."""
    just = LATER - MINUTE
    record = again(accepted_before(delivered()), reset=True, accepted_at=just if undone == "press" else None)
    record = stepped(record, "invite", replace(NEW, undoes=just if undone == "step" else None), LATER)
    assert isinstance(redemption.accept(ANA, Redemption.ACCEPTED, just)(record, LATER), Stale)
    anew = redemption.accept(ANA, Redemption.ACCEPTED, just + timedelta(seconds=1))
    assert done(record, anew, LATER).request.accepted_at is not None


def test_an_acceptance_between_the_press_and_the_reset_is_undone_too() -> None:
    record = again(accepted_before(delivered()), reset=True, accepted_at=NOW)
    record = stepped(record, "invite", replace(NEW, undoes=LATER + MINUTE), LATER)
    assert isinstance(redemption.accept(ANA, Redemption.ACCEPTED, LATER + MINUTE)(record, LATER), Stale)


def test_an_acceptance_without_a_time_is_believed_when_no_copy_of_the_directory_lags_any_more() -> None:
    record = stepped(again(accepted_before(delivered()), reset=True), "invite", NEW, LATER)
    untimed = redemption.accept(ANA, Redemption.ACCEPTED, None)
    assert isinstance(untimed(record, LATER + MINUTE), Stale)
    assert done(record, untimed, LATER + 6 * MINUTE).request.accepted_at == LATER + 6 * MINUTE


def test_a_reset_that_an_older_version_noted_is_judged_by_our_clock() -> None:
    record = stepped(again(accepted_before(delivered()), reset=True), "invite", NEW, LATER)
    assert record.request.relinked is not None
    assert record.request.relinked.undoes is None
    old = redemption.accept(ANA, Redemption.ACCEPTED, LATER - timedelta(minutes=6))
    assert isinstance(old(record, LATER), Stale)


FITS: list[tuple[Guest | None, bool, bool, WhyNoLink | None]] = [
    (guest(), False, False, None),
    (guest(Redemption.ACCEPTED), True, False, None),
    (guest(Redemption.ACCEPTED), False, False, WhyNoLink.ACCEPTED),
    (guest(), True, False, WhyNoLink.PENDING),
    (replace(guest(), enabled=False), False, False, WhyNoLink.DISABLED),
    (guest(), False, True, WhyNoLink.DOMAIN_DENIED),
    (None, False, False, WhyNoLink.GONE),
    (replace(guest(), object_id=ObjectId("another")), False, False, WhyNoLink.GONE),
]


@pytest.mark.parametrize(("known", "reset", "barred", "why"), FITS)
def test_an_act_that_would_not_help_is_not_begun(
    known: Guest | None, *, reset: bool, barred: bool, why: WhyNoLink | None
) -> None:
    assert unfit(delivered().request, known, barred=barred, reset=reset) is why


def test_of_an_access_that_was_removed_before_its_term_is_over_there_is_no_new_link() -> None:
    removed = done(delivered(), ending.remove(MEGAN, ()), LATER)
    for reset in (False, True):
        assert refused(removed, reset=reset) is WhyNoLink.ENDED


def test_a_new_link_that_is_under_way_is_given_up_with_the_access() -> None:
    record = done(again(delivered()), ending.remove(MEGAN, ()), LATER)
    assert names(record, "ready") == []
    assert job(record, "invite").status == "dropped"
