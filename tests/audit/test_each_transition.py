"""Every transition of the table, one by one: it has its entry in the chain; without one it is not made."""

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import closing, suppress
from pathlib import Path

import pytest

from access.ports import AccessError, Refused
from access.rules.adopting import Adopting
from access.rules.causes import Cause
from access.rules.lifecycle import TABLE, Event
from access.rules.model import Guest, JobKind, ObjectId, Record, Redemption, Request, State, Term
from access.rules.policy_reader import read_policy
from access.rules.refusals import UnknownRequest
from access.service.adopt import Adoptions
from access.service.amend import Amendments, Wanted
from access.service.ask import Questions
from access.service.extend import Renewals, Where
from access.service.renewable import Wanted as Longer
from tests.service.house import ALEX, MEGAN, NIA, POLICY, RECORDS, THREAD, ZONE, House
from tests.service.test_bulk_requests import sent as list_sent

R1 = "R-1001"
AWAY, BACK = "ALTER TABLE audit RENAME TO away", "ALTER TABLE away RENAME TO audit"
TWO = POLICY.replace('fallback = ["role:admins"]', 'quorum = 2\nfallback = ["role:admins"]', 1)
WAIVING = POLICY + '\n[[defaults.waiver]]\nname = "Everybody"\nmost = 9\nper = "1d"\n'

Act = Callable[[House], Awaitable[object]]
Row = tuple[State, Event]


async def nothing(_: House) -> None:
    """Prepare nothing."""


async def sent(house: House) -> None:
    await house.sent()


async def send(house: House) -> object:
    return await house.send()


async def sent_to_two(house: House) -> None:
    house.policy.policy = read_policy(TWO)
    await house.sent()


async def waiving(house: House) -> None:
    house.policy.policy = read_policy(WAIVING)


async def asked(house: House) -> None:
    await house.sent()
    await Questions(house.decisions).ask(R1, ALEX, "Why?", None)


async def closing_time(house: House) -> None:
    await house.sent()
    house.clock.turn(days=14)


async def nearly_delivered(house: House) -> None:
    """Come to the proof, the last step."""
    await house.approved()
    for _ in range(4):
        await house.run_due(JobKind.STEP)


async def approved_and_refused(house: House) -> None:
    house.faults.before["invite"] = [Refused(Cause.INVITATIONS_OFF)]
    await house.approved()


async def failed(house: House) -> None:
    await approved_and_refused(house)
    await house.run_due(JobKind.STEP)


async def renewal_failed(house: House) -> None:
    """Come to a renewal whose access was taken away by hand after its approval."""
    await house.delivered(await house.approved())
    renewals = Renewals(house.decisions)
    first = await renewals.meant(R1, MEGAN)
    assert isinstance(first, Request)
    await renewals.ask(first, MEGAN, Longer(Term(days=30)), Where(first.place, personal=False))
    await house.decisions.approve("R-1002", ALEX, None)
    house.tenant.access.clear()
    await house.settle()


def approve(house: House) -> Awaitable[object]:
    return house.decisions.approve(R1, ALEX, None)


async def held(house: House) -> None:
    guest = Guest(ObjectId("jo"), "Jo", "jo@adatum.com", Redemption.ACCEPTED)
    house.tenant.guests[guest.object_id] = guest
    house.tenant.access.add((guest.object_id, RECORDS))


def adopt(house: House) -> Awaitable[object]:
    wanted = Adopting(guest="jo@adatum.com", app="Health Records", term="for 30d")
    return Adoptions(house.lists, ZONE).adopt(wanted, NIA)


def order(house: House) -> Awaitable[object]:
    return house.acts.remove(ObjectId("jo"), MEGAN, "It is over", THREAD, seen=None, personal=True)


async def list_approved(house: House) -> None:
    await list_sent(house, "ana@fabrikam.com")
    await house.decisions.approve(R1, ALEX, None)


def step(house: House) -> Awaitable[object]:
    return house.run_due(JobKind.STEP)


MOVES: Mapping[Row, tuple[Act, Act, str]] = {
    (State.SUBMITTED, Event.APPROVAL_REQUIRED): (nothing, send, "request.submitted"),
    (State.SUBMITTED, Event.WAIVED): (waiving, send, "request.waived"),
    (State.SUBMITTED, Event.ADOPTED): (held, adopt, "assignment.adopted"),
    (State.SUBMITTED, Event.ORDERED): (held, order, "request.ordered"),
    (State.SUBMITTED, Event.LISTED): (
        list_approved,
        lambda house: house.run_due(JobKind.LIST),
        "request.listed",
    ),
    (State.PENDING_APPROVAL, Event.STAGE_APPROVED): (sent_to_two, approve, "stage.approved"),
    (State.PENDING_APPROVAL, Event.QUESTION_ASKED): (
        sent,
        lambda house: Questions(house.decisions).ask(R1, ALEX, "Why?", None),
        "question.asked",
    ),
    (State.PENDING_APPROVAL, Event.ANSWERED): (
        asked,
        lambda house: Questions(house.decisions).answer(R1, MEGAN, "So.", None),
        "question.answered",
    ),
    (State.PENDING_APPROVAL, Event.AMENDED): (
        sent,
        lambda house: Amendments(house.decisions).amend(R1, ALEX, Wanted(Term(days=7))),
        "request.amended",
    ),
    (State.PENDING_APPROVAL, Event.APPROVED): (sent, approve, "request.approved"),
    (State.PENDING_APPROVAL, Event.DENIED): (
        sent,
        lambda house: house.decisions.deny(R1, NIA, "Not this quarter"),
        "request.denied",
    ),
    (State.PENDING_APPROVAL, Event.CANCELED): (
        sent,
        lambda house: house.decisions.cancel(R1, MEGAN),
        "request.canceled",
    ),
    (State.PENDING_APPROVAL, Event.APPROVAL_TIMED_OUT): (
        closing_time,
        lambda house: house.run_due(JobKind.TIMER),
        "request.expired",
    ),
    (State.DELIVERING, Event.DELIVERY_SUCCEEDED): (nearly_delivered, step, "request.delivered"),
    (State.DELIVERING, Event.DELIVERY_FAILED): (approved_and_refused, step, "step.failed"),
    (State.DELIVERY_FAILED, Event.DELIVERY_RETRIED): (
        failed,
        lambda house: house.decisions.retry(R1, MEGAN),
        "delivery.retried",
    ),
    (State.DELIVERY_FAILED, Event.CANCELED): (
        renewal_failed,
        lambda house: house.decisions.cancel("R-1002", MEGAN),
        "request.canceled",
    ),
}
NEVER = {(State.SUBMITTED, Event.CANCELED)}
"""A request that was sent waits at once: nobody meets it before."""
CALLS = {"invite": "invite", "sponsor": "sponsor", "give": "give", "draft": "mail", "send": "mail"}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    opened = await House.open(tmp_path / "guestlist.db")
    yield opened
    await opened.store.close()


def put(house: House, statement: str) -> list[tuple[str, str]]:
    """Look into the database, or change it, past the store."""
    path = house.store._witness.with_name("guestlist.db")
    with closing(sqlite3.connect(path)) as connection, connection:
        return list(connection.execute(statement))


async def state(house: House) -> Record | None:
    """Return the request that is meant: the newest."""
    return await house.store.numbered(1002) or await house.store.numbered(1001)


def test_every_row_of_the_table_is_walked_here() -> None:
    assert set(TABLE) == set(MOVES) | NEVER


@pytest.mark.parametrize("row", MOVES)
async def test_each_transition_has_its_entry(house: House, row: Row) -> None:
    before, act, what = MOVES[row]
    await before(house)
    known = len(await house.audit())
    await act(house)
    new = [entry.fact for entry in (await house.audit())[known:]]
    assert [fact.what for fact in new].count(what) == 1
    record = await state(house)
    assert record is not None
    assert record.request.state is TABLE[row]
    [told] = [fact for fact in new if fact.what == what]
    assert (told.request_id, told.subject) == (record.request.request_id, record.request.subject)


@pytest.mark.parametrize("row", MOVES)
async def test_without_a_chain_no_transition_is_made_and_nothing_is_done(house: House, row: Row) -> None:
    before, act, _ = MOVES[row]
    await before(house)
    there, chain = await state(house), await house.audit()
    done = (len(house.tenant.invitations), len(house.tenant.access), len(house.mail.sent))
    calls = len([one for one in house.faults.calls if one in CALLS])
    put(house, AWAY)
    with suppress(AccessError):
        await act(house)
    put(house, BACK)
    now = await state(house)
    assert (now and now.request) == (there and there.request)
    assert await house.audit() == chain
    assert (len(house.tenant.invitations), len(house.tenant.access), len(house.mail.sent)) == done
    assert len([one for one in house.faults.calls if one in CALLS]) == calls


async def test_every_call_that_writes_finds_its_approval_and_its_own_beginning_in_the_chain(
    house: House,
) -> None:
    """Asked of the database itself at the moment of the call, for guests who are new and who were there."""
    met: list[str] = []
    lacking: list[str] = []

    def at(call: str) -> Callable[[], None]:
        def look() -> None:
            met.append(call)
            rows = put(
                house, "SELECT what, detail FROM audit WHERE what IN ('request.approved', 'step.begun')"
            )
            begun = [detail for what, detail in rows if what == "step.begun" and f'"{CALLS[call]}"' in detail]
            if not begun or not any(what == "request.approved" for what, _ in rows):
                lacking.append(call)

        return look

    house.faults.meanwhile = {call: at(call) for call in CALLS}
    house.knows(Redemption.PENDING)
    await house.delivered(await house.approved())
    assert set(met) == set(CALLS)
    assert lacking == []


async def test_what_is_refused_is_an_entry_that_names_who_and_what(house: House) -> None:
    await house.sent()
    acts: Mapping[str, Awaitable[object]] = {
        "approve": house.decisions.approve(R1, MEGAN, None),
        "deny": house.decisions.deny(R1, MEGAN, "No"),
        "cancel": house.decisions.cancel(R1, ALEX),
        "retry": house.decisions.retry(R1, ALEX),
        "ask": Questions(house.decisions).ask(R1, MEGAN, "Why?", None),
        "answer": Questions(house.decisions).answer(R1, ALEX, "So.", None),
        "amend": Amendments(house.decisions).amend(R1, MEGAN, Wanted(Term(days=7))),
    }
    for name, act in acts.items():
        known = len(await house.audit())
        await act
        [entry] = (await house.audit())[known:]
        assert (entry.fact.what, entry.fact.detail["act"]) == ("act.refused", name)
        assert entry.fact.actor in {MEGAN, ALEX}


@pytest.mark.parametrize(
    ("reference", "label"),
    [
        ("r-9999", "R-9999"),
        ("9999", "R-9999"),
        ("ana@fabrikam.com", None),
        ("0" * 32, None),
        ("R-1 because she left", None),
        ("", None),
    ],
)
async def test_an_act_on_what_there_is_not_is_an_entry_that_holds_no_word_but_a_number(
    house: House, reference: str, label: str | None
) -> None:
    questions, decisions = Questions(house.decisions), house.decisions
    acts: Mapping[str, Awaitable[object]] = {
        "approve": decisions.approve(reference, ALEX, "a plan"),
        "deny": decisions.deny(reference, ALEX, "No"),
        "cancel": decisions.cancel(reference, ALEX),
        "retry": decisions.retry(reference, ALEX),
        "ask": questions.ask(reference, ALEX, "Why?", None),
        "answer": questions.answer(reference, ALEX, "So.", None),
        "amend": Amendments(decisions).amend(reference, ALEX, Wanted(Term(days=7))),
    }
    for name, act in acts.items():
        assert isinstance(await act, UnknownRequest)
        fact = (await house.audit())[-1].fact
        assert (fact.what, fact.actor, fact.request_id, fact.subject) == ("act.refused", ALEX, None, None)
        of_number = {"label": label} if label else {}
        assert fact.detail == {"act": name, "refused": "UnknownRequest", **of_number}
    assert len(await house.audit()) == len(acts)
