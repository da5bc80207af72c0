"""What can be undone of a request by what is stored of it, and what its undo is said to leave."""

from dataclasses import replace
from datetime import timedelta

import pytest

from access.rules.accounts import Account
from access.rules.model import (
    ERASED,
    AccountState,
    Assignment,
    AssignmentState,
    EndCause,
    Kind,
    Record,
    Request,
    State,
)
from access.rules.staying import stays_of
from access.rules.still_used import rests_on_account
from access.rules.undoing import (
    Doing,
    NotUndone,
    Stays,
    Undoable,
    Undoes,
    Why,
    judge,
)
from tests.rules.making import NOW, delivered
from tests.rules.test_ending import END, ended, over, removed

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def judged(request: Request, window: timedelta = DAY) -> Undoes | Why:
    found = judge(request, None, window, NOW + HOUR)
    return found.why if isinstance(found, NotUndone) else found.doing.undoes


def test_a_window_begins_when_it_was_done_and_ends_to_the_second() -> None:
    request = delivered().request
    last = judge(request, None, DAY, NOW + DAY - timedelta(seconds=1))
    assert isinstance(last, Undoable)
    assert last.until == NOW + DAY
    past = judge(request, None, DAY, NOW + DAY)
    assert past == NotUndone(request, Why.PAST, NOW + DAY)
    assert judged(request, timedelta()) is Why.NEVER


def test_a_window_of_an_end_begins_with_that() -> None:
    request = ended(removed()).request
    assert request.assignment is not None
    assert request.assignment.ended_at is not None
    found = judge(request, None, DAY, request.assignment.ended_at + HOUR)
    assert isinstance(found, NotUndone), "it ended with its term"
    early = replace(request.assignment, ended_at=NOW + 5 * DAY)
    found = judge(replace(request, assignment=early), None, DAY, NOW + 5 * DAY + HOUR)
    assert isinstance(found, Undoable)
    assert found.doing == Doing(Undoes.TAKEN, NOW + 5 * DAY)


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (State.SUBMITTED, Why.WAITS),
        (State.PENDING_APPROVAL, Why.WAITS),
        (State.DELIVERING, Why.UNDER_WAY),
        (State.DELIVERY_FAILED, Undoes.HALFWAY),
        (State.DENIED, Why.NOTHING_DONE),
        (State.CANCELED, Why.UNDER_WAY),
        (State.EXPIRED, Why.NOTHING_DONE),
    ],
)
def test_what_was_not_delivered_is_undone_only_where_it_failed(state: State, why: Why | Undoes) -> None:
    assert judged(replace(delivered().request, state=state)) is why


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (AssignmentState.ACTIVE, Undoes.GIVEN),
        (AssignmentState.ENDING, Why.UNDER_WAY),
        (AssignmentState.RETURNING, Why.UNDER_WAY),
        (AssignmentState.SUSPENDED, Why.GUEST_DELETED),
        (AssignmentState.LENGTHENS, Why.NOTHING_DONE),
        (AssignmentState.ENDED, Why.GUEST_DELETED),
    ],
)
def test_each_state_of_an_access_says_what_is_undone_of_it(state: AssignmentState, why: Undoes | Why) -> None:
    assert judged(replace(delivered().request, assignment=Assignment(state=state))) is why


def test_what_ended_with_its_term_or_nearly_has_nothing_to_be_given_again() -> None:
    assert judged(ended(over()).request) is Why.ENDS_NOW
    request = ended(removed()).request
    soon = judge(request, None, 365 * DAY, END - HOUR / 2)
    assert isinstance(soon, NotUndone)
    assert soon.why is Why.ENDS_NOW


def test_an_undo_an_adoption_and_an_approval_that_is_void_are_given_again_by_nobody() -> None:
    request = ended(removed()).request
    given = request.assignment
    assert given is not None
    assert given.end is not None
    undone = replace(given, end=replace(given.end, why=EndCause.UNDONE))
    assert judged(replace(request, assignment=undone)) is Why.UNDONE
    assert judged(replace(request, adopted=True)) is Why.ADOPTED
    assert judged(replace(request, review=None, reviews=())) is Why.ENDS_NOW
    assert judged(replace(request, address=ERASED)) is Why.NOTHING_DONE, "the guest was forgotten"


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (AccountState.BLOCKED, Undoes.REMOVED),
        (AccountState.DELETED, Undoes.REMOVED),
        (AccountState.RESTORING, Why.UNDER_WAY),
        (AccountState.RESTORED, Why.UNDONE),
        (AccountState.GONE, Why.TOO_LATE),
    ],
)
def test_a_removal_from_the_directory_is_undone_while_it_can_be_restored(
    state: AccountState, why: Undoes | Why
) -> None:
    account = Account(state=state, delete_at=NOW + DAY)
    assert judged(replace(delivered().request, kind=Kind.REMOVE, account=account)) is why
    change = replace(delivered().request, kind=Kind.CHANGE)
    assert judged(change) is Undoes.CHANGED
    assert judged(replace(change, address=ERASED)) is Why.NOTHING_DONE


def test_a_removal_whose_time_is_over_is_not_undone_though_the_directory_may_list_the_account() -> None:
    deleted = Account(state=AccountState.DELETED, delete_at=NOW, deleted_at=NOW, gone_at=NOW + 30 * DAY)
    request = replace(delivered().request, kind=Kind.REMOVE, account=deleted)
    for days, why in ((29, Undoes.REMOVED), (30, Why.TOO_LATE)):
        found = judge(request, None, 365 * DAY, NOW + days * DAY)
        assert (found.doing.undoes if isinstance(found, Undoable) else found.why) is why


def test_the_audit_stays_always_and_is_said_last() -> None:
    for undoes in Undoes:
        assert stays_of(delivered().request, Doing(undoes, NOW))[-1] is Stays.AUDIT


def test_what_was_shown_is_told_from_anything_else() -> None:
    found = judge(delivered().request, None, DAY, NOW + HOUR)
    assert isinstance(found, Undoable)
    others = [
        replace(found, stays=(Stays.ACCEPTED,)),
        replace(found, doing=Doing(Undoes.GIVEN, NOW + HOUR)),
        replace(found, request=replace(found.request, ends_at=END + DAY)),
    ]
    assert len({one.hash for one in (found, *others)}) == len(others) + 1


def test_another_request_rests_on_an_account_until_it_is_over() -> None:
    request = delivered().request
    other = replace(request, request_id=type(request.request_id)("2" * 32))
    for one, rests in (
        (other, True),
        (replace(other, state=State.PENDING_APPROVAL), True),
        (replace(other, state=State.DENIED), False),
        (replace(other, assignment=Assignment(state=AssignmentState.ENDED)), False),
        (replace(other, kind=Kind.REMOVE), False),
        (request, False),
    ):
        assert rests_on_account([Record(request=one, jobs={})], request) is rests
