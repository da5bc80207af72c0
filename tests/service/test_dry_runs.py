"""The dry run of a list: a verdict for every row, by policy and directory of that moment, and no more."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from access.ports import Unknown
from access.rules.causes import Cause
from access.rules.lists import GuestList
from access.rules.model import Guest, ObjectId
from access.rules.policy_reader import read_policy
from access.rules.refusals import ProblemCode
from access.rules.verdicts import Verdict, Wanted, counts
from access.service.check import Wrong
from access.service.dry_runs import DryRuns
from tests.service.house import ALEX, DIEGO, LIDIA, MEGAN, NIA, POLICY, READER, RECORDS, House, draft

BANK = """
[[partner]]
name = "bank"
domains = ["bank.example"]
[[partner.stage]]
approvers = ["role:admins"]
"""

READ = {"every_guest", "guests_changed", "holders_of"}


def wanted(*addresses: str) -> list[Wanted]:
    return [Wanted(place, address) for place, address in enumerate(addresses, start=2)]


async def run(house: House, *addresses: str, by: ObjectId = MEGAN, **answers: Any) -> GuestList | Wrong:
    runs = DryRuns(house.requests, house.app_guests)
    asked = draft(**{"address": "", **answers})
    return await runs.run(asked, wanted(*addresses), "partners.csv", by)


async def judged(house: House, *addresses: str, **answers: Any) -> GuestList:
    made = await run(house, *addresses, **answers)
    assert isinstance(made, GuestList), made
    return made


async def verdicts(house: House, *addresses: str, **answers: Any) -> list[Verdict]:
    return [row.verdict for row in (await judged(house, *addresses, **answers)).rows]


def guest(house: House, key: str, address: str, *, enabled: bool = True) -> Guest:
    made = Guest(ObjectId(key), key.title(), address, enabled=enabled)
    house.tenant.guests[made.object_id] = made
    return made


async def test_each_row_is_judged_by_policy_directory_and_what_is_asked_already(house: House) -> None:
    holder = guest(house, "holder", "holder@fabrikam.com")
    house.tenant.access.add((holder.object_id, RECORDS))
    guest(house, "known", "known@fabrikam.com")
    guest(house, "blocked", "blocked@fabrikam.com", enabled=False)
    asked = await house.sent(draft(address="asked@fabrikam.com"))
    made = await judged(
        house,
        "new@fabrikam.com",
        "known@fabrikam.com",
        "holder@fabrikam.com",
        "asked@fabrikam.com",
        "megan@contoso-health.com",
        "x@mailinator.com",
        "blocked@fabrikam.com",
        "nobody",
        "New@Fabrikam.com",
    )
    assert [row.verdict for row in made.rows] == [
        Verdict.NEW,
        Verdict.GUEST,
        Verdict.HAS_ACCESS,
        Verdict.ASKED,
        Verdict.MEMBER,
        Verdict.DENIED,
        Verdict.DISABLED,
        Verdict.NOT_AN_ADDRESS,
        Verdict.DUPLICATE,
    ]
    assert [made.rows[3].hint, made.rows[8].hint] == [asked.request.label, "2"]


async def test_nothing_is_done_and_no_row_is_read_by_itself(house: House) -> None:
    house.faults.calls.clear()
    many = [f"guest-{number}@fabrikam.com" for number in range(2_000)]
    made = await judged(house, *many)
    assert counts(made.rows) == {Verdict.NEW: 2_000}
    assert len(house.faults.calls) < 40, house.faults.calls
    assert house.tenant.invitations == []
    assert [entry.fact.what for entry in await house.audit()] == []
    assert await house.store.requested_by(MEGAN, 5) == []


async def test_the_list_is_kept_for_a_day_with_who_decides(house: House) -> None:
    made = await judged(house, "new@fabrikam.com")
    assert await house.store.guest_list(made.list_id) == made
    assert [one.object_id for one in made.deciders] == [ALEX, NIA]
    assert (made.owner, made.file, made.app.object_id, made.give.object_id) == (
        MEGAN,
        "partners.csv",
        RECORDS,
        READER,
    )
    assert made.kept_until - made.made_at == timedelta(days=1)


async def test_rows_about_which_others_decide_need_a_list_of_their_own(house: House) -> None:
    house.policy.policy = read_policy(POLICY + BANK)
    addresses = ("a@bank.example", "b@fabrikam.com", "c@fabrikam.com")
    assert await verdicts(house, *addresses) == [Verdict.OTHER_APPROVER, Verdict.NEW, Verdict.NEW]
    alone = await judged(house, "a@bank.example")
    assert [row.verdict for row in alone.rows] == [Verdict.NEW]
    assert [one.object_id for one in alone.deciders] == [LIDIA]


async def test_a_domain_for_which_the_term_is_too_long_is_denied_and_says_the_longest(house: House) -> None:
    short = BANK.replace("[[partner.stage]]", 'term = { longest = "30d" }\n[[partner.stage]]').replace(
        "role:admins", "app-owners"
    )
    house.policy.policy = read_policy(POLICY + short)
    made = await judged(house, "a@bank.example", "b@fabrikam.com", "c@fabrikam.com", term="90d")
    assert [row.verdict for row in made.rows] == [Verdict.DENIED, Verdict.NEW, Verdict.NEW]
    problem = made.rows[0].problem
    assert problem is not None
    assert (problem.code, problem.hints[1]) == (ProblemCode.TERM_TOO_LONG, "30")


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({"app": "Nothing"}, ProblemCode.APP_UNKNOWN),
        ({"app": ""}, ProblemCode.APP_MISSING),
        ({"app": "Old Records"}, ProblemCode.APP_DISABLED),
        ({"term": "soon"}, ProblemCode.TERM_UNREADABLE),
        ({"term": "9999d"}, ProblemCode.TERM_TOO_LONG),
        ({"justification": ""}, ProblemCode.JUSTIFICATION_MISSING),
        ({"access": "Admin"}, ProblemCode.ACCESS_UNKNOWN),
    ],
)
async def test_what_is_wrong_for_all_rows_is_said_before_any_is_looked_at(
    house: House, answers: dict[str, Any], code: ProblemCode
) -> None:
    wrong = await run(house, "new@fabrikam.com", **answers)
    assert isinstance(wrong, Wrong)
    assert code in [one.code for one in wrong.problems]
    assert not READ & set(house.faults.calls)


async def test_whoever_may_not_ask_for_the_app_learns_nothing_of_who_has_it(house: House) -> None:
    wrong = await run(house, "new@fabrikam.com", by=DIEGO)
    assert isinstance(wrong, Wrong)
    assert [one.code for one in wrong.problems] == [ProblemCode.NOT_ALLOWED]
    assert not READ & set(house.faults.calls)


async def test_where_nobody_could_decide_nothing_is_kept(house: House) -> None:
    house.tenant.owners[RECORDS] = [MEGAN]
    house.tenant.people[LIDIA] = replace(house.tenant.people[LIDIA], enabled=False)
    wrong = await run(house, "new@fabrikam.com")
    assert isinstance(wrong, Wrong)
    assert [one.code for one in wrong.problems] == [ProblemCode.NO_APPROVER]


async def test_a_list_of_which_nothing_goes_is_told_all_the_same(house: House) -> None:
    assert await verdicts(house, "nobody", "x@mailinator.com") == [
        Verdict.NOT_AN_ADDRESS,
        Verdict.DENIED,
    ]


async def test_a_directory_that_is_away_is_an_error_and_no_verdict(house: House) -> None:
    house.faults.before["every_guest"] = [Unknown(Cause.UNAVAILABLE)]
    with pytest.raises(Unknown):
        await run(house, "new@fabrikam.com")


async def test_a_term_until_a_day_is_kept_as_it_was_typed(house: House) -> None:
    day = house.clock.now().date() + timedelta(days=40)
    made = await judged(house, "new@fabrikam.com", term=f"until {day}")
    assert made.term.until == date.fromisoformat(str(day))
