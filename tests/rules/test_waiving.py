"""A waiver approves by itself what it is for, so often and no more, and leaves everything else to people."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from access.rules import jobs, restore, retrying, waiving, watch
from access.rules.model import Change, Guest, JobKind, ObjectId, Record, Redemption, Request, State, WhyNot
from access.rules.policy import Rules, Waiver
from access.rules.stages import is_approved
from access.rules.waiving import Unfit, Uses, key_of, noted, unfit
from tests.rules.making import (
    LEASE,
    MEGAN,
    NOW,
    claimed,
    done,
    failed,
    guest,
    job,
    plan,
    request,
    run,
    written,
)

DAY = timedelta(days=1)
CLINICIANS = Waiver(
    name="Fabrikam's clinicians", most=2, per=DAY, domains=("fabrikam.com",), longest=30 * DAY
)
OTHERS = Waiver(name="Others", most=1, per=7 * DAY)


def sent(
    *may: Waiver,
    uses: tuple[datetime, ...] = (),
    asked: Request | None = None,
    restored_at: datetime | None = None,
    personal: bool = False,
) -> Change:
    known = Uses({key_of(one.name): uses for one in may}, restored_at)
    return waiving.send(asked or request(), may, known, NOW, personal=personal)


def waived() -> Record:
    change = sent(CLINICIANS)
    return written(Record(request=change.request, jobs={}), change)


def test_a_waived_request_is_delivered_at_once_and_names_its_waiver() -> None:
    record = waived()
    assert record.request.state is State.DELIVERING
    assert record.request.waived is not None
    assert record.request.waived.waiver == "Fabrikam's clinicians"
    assert record.request.review is None
    assert record.request.reviews == ()
    assert is_approved(record.request)
    assert run(record, *plan().steps).request.state is State.DELIVERED


def test_nobody_is_asked_and_nothing_waits() -> None:
    kinds = {(one.kind, one.name) for one in waived().jobs.values() if one.kind is not JobKind.STEP}
    assert kinds == {(JobKind.CARD, jobs.THREAD)}
    assert watch.begun(sent(CLINICIANS), Rules(name="defaults")).jobs == sent(CLINICIANS).jobs


def test_in_a_personal_chat_the_card_is_the_requestors() -> None:
    (card,) = [one for one in sent(CLINICIANS, personal=True).jobs if one.kind is JobKind.CARD]
    assert card.name == jobs.REQUESTOR


def test_the_audit_tells_of_the_request_and_of_its_waiver_before_any_effect() -> None:
    change = sent(CLINICIANS, uses=(NOW - 2 * DAY, NOW - timedelta(hours=1)))
    submitted, fact = change.audit
    assert submitted.what == "request.submitted"
    assert submitted.actor == MEGAN.object_id
    assert fact.what == "request.waived"
    assert fact.actor is None
    assert fact.detail == {
        "waiver": "Fabrikam's clinicians",
        "rule": "defaults",
        "plan": plan().hash,
        "count": 2,
        "most": 2,
        "days": 1,
    }


def test_a_step_that_begins_names_the_waiver_in_the_place_of_an_approver() -> None:
    record = waived()
    change = jobs.claim(job(record, "invite").key, LEASE)(record, NOW)
    assert isinstance(change, Change)
    (fact,) = change.audit
    assert (fact.detail["approved_by"], fact.detail["waiver"]) == (None, "Fabrikam's clinicians")


def test_a_waiver_is_of_the_plan_that_it_was_given_for() -> None:
    record = waived()
    moved = replace(record.request, plan=plan(guest()))
    assert not is_approved(moved)
    assert not jobs.may_run(Record(request=moved, jobs=record.jobs), job(record, "invite"))


def test_after_a_restored_backup_a_waiver_explains_the_effects() -> None:
    assert restore.decided(waived().request)


def test_at_its_limit_people_decide_and_the_request_says_which_waiver_is_used_up() -> None:
    change = sent(CLINICIANS, uses=(NOW, NOW - timedelta(hours=23)))
    assert change.request.state is State.PENDING_APPROVAL
    assert change.request.waived is None
    assert change.request.not_waived is not None
    assert (change.request.not_waived.waiver, change.request.not_waived.most) == (CLINICIANS.name, 2)
    (fact,) = change.audit
    assert fact.detail["not_waived"] == CLINICIANS.name
    assert not [one for one in change.jobs if one.kind is JobKind.STEP]


def test_the_window_slides() -> None:
    second = timedelta(seconds=1)
    assert sent(CLINICIANS, uses=(NOW - DAY + second, NOW - second)).request.waived is None
    assert sent(CLINICIANS, uses=(NOW - DAY, NOW - second)).request.waived is not None


def test_after_a_restore_a_waiver_counts_as_used_up_for_as_long_as_its_window() -> None:
    change = sent(CLINICIANS, restored_at=NOW - DAY + timedelta(seconds=1))
    assert change.request.state is State.PENDING_APPROVAL
    assert change.request.not_waived is not None
    assert change.request.not_waived.why is WhyNot.RESTORED
    assert change.audit[0].detail["why_not"] == "restored"
    assert sent(CLINICIANS, restored_at=NOW - DAY).request.waived is not None
    assert sent(OTHERS, CLINICIANS, restored_at=NOW - 2 * DAY).request.waived is not None


def test_what_is_surely_used_up_is_said_to_be_that_after_a_restore_too() -> None:
    request_ = sent(CLINICIANS, uses=(NOW, NOW), restored_at=NOW).request
    assert request_.not_waived is not None
    assert request_.not_waived.why is WhyNot.USED_UP


def test_a_use_that_seems_later_than_now_counts() -> None:
    assert sent(CLINICIANS, uses=(NOW + DAY, NOW + 2 * DAY)).request.waived is None


def test_of_several_waivers_the_first_that_is_not_used_up_is_taken() -> None:
    uses = Uses({key_of(CLINICIANS.name): (NOW, NOW), key_of(OTHERS.name): ()})
    request_ = waiving.send(request(), (CLINICIANS, OTHERS), uses, NOW, personal=False).request
    assert request_.waived is not None
    assert request_.waived.waiver == "Others"


def test_what_no_waiver_is_for_is_sent_as_ever() -> None:
    change = sent()
    assert change.request.state is State.PENDING_APPROVAL
    assert change.request.not_waived is None


def test_nobody_is_waived_for_themselves() -> None:
    own = replace(plan(guest()), guest_id=MEGAN.object_id)
    assert sent(CLINICIANS, asked=request(own)).request.state is State.PENDING_APPROVAL


def test_as_many_uses_are_kept_as_the_highest_limit_can_count() -> None:
    uses: tuple[datetime, ...] = ()
    for second in range(1100):
        uses = noted(uses, NOW + timedelta(seconds=second))
    assert len(uses) == 1000
    assert uses[-1] == NOW + timedelta(seconds=1099)


KNOWN = replace(OTHERS, known_guests=True)
ANA = guest(Redemption.ACCEPTED)


@pytest.mark.parametrize(
    ("waiver", "domain", "found", "days", "why"),
    [
        (CLINICIANS, "fabrikam.com", None, 30, None),
        (CLINICIANS, "fabrikam.com", ANA, 30, None),
        (CLINICIANS, "fabrikam.com", None, 31, Unfit.TERM),
        (CLINICIANS, "eu.fabrikam.com", None, 30, Unfit.DOMAIN),
        (CLINICIANS, "contoso.com", None, 30, Unfit.DOMAIN),
        (OTHERS, "contoso.com", None, 3650, None),
        (KNOWN, "contoso.com", None, 1, Unfit.GUEST_NEW),
        (KNOWN, "contoso.com", ANA, 1, None),
    ],
)
def test_a_waiver_is_for_certain_guests_and_terms(
    waiver: Waiver, domain: str, found: Guest | None, days: int, why: Unfit | None
) -> None:
    assert unfit(waiver, domain, timedelta(days=days), guest_known=found is not None) is why


def test_a_failed_delivery_is_taken_up_again_under_its_waiver() -> None:
    record = failed(run(waived(), "invite"), "know", "refused")
    assert record.request.state is State.DELIVERY_FAILED
    again = done(record, retrying.retry(MEGAN, ()))
    assert jobs.may_run(again, job(again, "know"))
    assert job(claimed(again, "know"), "know").lease_until is not None


def test_a_guest_who_is_known_is_on_the_request() -> None:
    assert sent(OTHERS, asked=request(plan(guest()))).request.guest_id == ObjectId("ana")
