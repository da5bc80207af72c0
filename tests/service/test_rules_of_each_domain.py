"""A list is held to the rules of each of its domains, and not to those of the largest alone."""

from zoneinfo import ZoneInfo

import pytest

from access.rules.causes import Cause
from access.rules.lists import NotSent
from access.rules.model import Record, State
from access.rules.policy_reader import read_policy
from access.rules.refusals import ProblemCode, WillNotWork
from access.rules.verdicts import Verdict
from access.service.check import Wrong
from cards import list_file
from cards.look import Look
from tests.service.house import ALEX, POLICY, House, draft
from tests.service.test_bulk_requests import R1, leave_out, send
from tests.service.test_dry_runs import judged, run

PARTNER = """
[[partner]]
name = "bank"
domains = ["bank.example", "bank.test"]
"""
NARROW = PARTNER + 'requestors = ["role:admins"]\n'
ASKS = PARTNER + '[[partner.question]]\nid = "contract"\nask = "Which contract?"\nkind = "text"\n'
LONG = PARTNER + "justification = { min_length = 60 }\n"
WORDED = PARTNER + """justification = { pattern = "C-[0-9]+", expected = "the contract" }\n"""
ROWS = ("a@fabrikam.com", "b@fabrikam.com", "c@bank.example")
GOES, APART = [Verdict.NEW, Verdict.NEW], Verdict.OTHER_APPROVER


@pytest.mark.parametrize(
    ("says", "verdict", "code"),
    [
        (NARROW, Verdict.DENIED, ProblemCode.NOT_ALLOWED),
        (ASKS, APART, ProblemCode.QUESTION_MISSING),
        (LONG, APART, ProblemCode.JUSTIFICATION_SHORT),
        (WORDED, APART, ProblemCode.JUSTIFICATION_WITHOUT),
    ],
)
async def test_a_partners_guest_who_could_not_be_asked_for_alone_does_not_go_with_a_list(
    house: House, says: str, verdict: Verdict, code: ProblemCode
) -> None:
    house.policy.policy = read_policy(POLICY + says)
    assert not isinstance(await house.send(draft(address="c@bank.example")), Record)
    assert isinstance(await run(house, "c@bank.example"), Wrong)
    made = await judged(house, *ROWS)
    assert [row.verdict for row in made.rows] == [*GOES, verdict]
    problem = made.rows[2].problem
    assert problem is not None
    assert problem.code is code
    assert isinstance(await send(house, made), Record)


@pytest.mark.parametrize("says", [NARROW, ASKS, LONG, WORDED])
async def test_a_list_whose_domain_has_come_to_need_more_is_neither_sent_nor_approved(
    house: House, says: str
) -> None:
    made = await judged(house, *ROWS)
    house.policy.policy = read_policy(POLICY + says)
    assert await send(house, made) == NotSent(Cause.LIST_MOVED)
    house.policy.policy = read_policy(POLICY)
    assert isinstance(await send(house, made), Record)
    house.policy.policy = read_policy(POLICY + says)
    refused = await house.decisions.approve(R1, ALEX, None)
    assert isinstance(refused, WillNotWork)
    assert refused.cause is Cause.LIST_MOVED
    assert isinstance(await leave_out(house, "bank.example"), Record)
    done = await house.decisions.approve(R1, ALEX, None)
    assert isinstance(done, Record)
    assert done.request.state is State.DELIVERING


async def test_the_file_says_what_is_asked_of_such_a_row_and_that_it_goes_in_another_list(
    house: House,
) -> None:
    house.policy.policy = read_policy(POLICY + ASKS)
    made = await judged(house, *ROWS)
    assert await house.store.guest_list(made.list_id) == made
    said = list_file.to_do(made.rows[2], None, None, Look(ZoneInfo("UTC")))
    assert said == "“Which contract?” Answer this question. Send these as another list."


async def test_an_answer_that_is_given_for_all_is_one_for_the_partner_too(house: House) -> None:
    question = '[[defaults.question]]\nid = "contract"\nask = "Which contract?"\nkind = "text"\n'
    house.policy.policy = read_policy(POLICY.replace("[domains]", f"{question}[domains]") + ASKS)
    made = await judged(house, *ROWS, answers={"contract": "C-7"})
    assert [row.verdict for row in made.rows] == [*GOES, Verdict.NEW]
    assert isinstance(await send(house, made), Record)


async def test_the_most_rows_of_which_more_must_be_said_do_not_keep_the_others_back(house: House) -> None:
    house.policy.policy = read_policy(POLICY + ASKS + '[[partner.stage]]\napprovers = ["role:admins"]\n')
    made = await judged(house, *ROWS, "d@bank.example", "e@bank.test", "f@bank.test", "g@adatum.com")
    assert [row.verdict for row in made.rows] == [*GOES, APART, APART, APART, APART, Verdict.NEW]


async def test_rows_of_which_more_must_approve_need_a_list_of_their_own(house: House) -> None:
    two = '[[partner.stage]]\napprovers = ["app-owners"]\nfallback = ["role:admins"]\nquorum = 2\n'
    house.policy.policy = read_policy(POLICY + PARTNER + two)
    made = await judged(house, *ROWS)
    assert [row.verdict for row in made.rows] == [*GOES, APART]
    assert isinstance(await send(house, made), Record)


async def test_who_may_ask_is_read_once_for_all_domains_of_the_same_rules(house: House) -> None:
    house.policy.policy = read_policy(POLICY + NARROW)
    await judged(house, *ROWS)
    house.faults.calls.clear()
    await judged(house, *ROWS)
    few = len(house.faults.calls)
    house.faults.calls.clear()
    made = await judged(house, *ROWS, "d@bank.test", *(f"x@domain-{number}.com" for number in range(50)))
    assert [row.verdict for row in made.rows[2:4]] == [Verdict.DENIED] * 2
    assert len(house.faults.calls) == few
