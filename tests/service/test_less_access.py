"""Giving less than was asked, over a store: order, tables and directory are asked at the click."""

import asyncio
from dataclasses import replace

import pytest

from access.ports import Unknown
from access.rules.causes import Cause
from access.rules.model import (
    App,
    AppRole,
    GiveKind,
    Group,
    ObjectId,
    Person,
    Place,
    Record,
    Redemption,
    State,
    Term,
)
from access.rules.policy_reader import read_policy
from access.rules.refusals import (
    NotInstead,
    NotLess,
    NotYours,
    Obstacle,
    OwnRequest,
    PlanMoved,
    Unreadable,
    WillNotWork,
)
from access.rules.sight import Sight
from access.rules.standing import open_question
from access.service.acting import Refusal
from access.service.amend import Amendments, Wanted
from access.service.ask import Questions
from access.service.explain import Explain
from access.service.sights import Sights
from bot.commands.policy import check, explain
from tests.service.house import ALEX, ANA, DIEGO, LIDIA, MEGAN, NIA, POLICY, THREAD, House, draft

APP, GUESTS = (ObjectId(f"{digit * 8}-1111-4111-8111-111111111111") for digit in "45")
R1, SHORT = "R-1001", Term(days=30)
ORDER = f"""
[[app]]
id = "{APP}"
least_first = ["Reader", "group:{GUESTS}", "Writer"]
"""
READER = '[[app.role]]\nname = "Reader"\n'
BY_ADMINS = '[[app.role.stage]]\napprovers = ["role:admins"]\n'


@pytest.fixture
def charts(house: House) -> House:
    """Have an app whose owners give Writer, a group or Reader, in an order that the policy knows."""
    roles = tuple(AppRole(ObjectId(name.lower()), name) for name in ("Writer", "Reader", "Auditor"))
    house.tenant.apps[APP] = App(APP, "Charts", roles=roles)
    house.tenant.owners[APP] = [MEGAN, ALEX, NIA]
    house.tenant.groups[GUESTS] = Group(GUESTS, "Chart guests")
    house.tenant.of_app[APP] = [GUESTS]
    follow(house)
    return house


def follow(house: House, more: str = "", order: str = ORDER) -> None:
    house.policy.policy = read_policy(POLICY + order + more)


def called_in(whom: str, after: str, table: str) -> str:
    """Return a stage of the owners that escalates to somebody."""
    return (
        f'[[{table}.stage]]\napprovers = ["app-owners"]\nescalation = ["{whom}"]\n'
        f'escalate_after = "{after}"\n'
    )


async def asked(house: House, access: str = "Writer", **more: str) -> Record:
    return await house.sent(draft(app="Charts", access=access, **more))


async def give(house: House, access: str, term: Term | None = None, by: ObjectId = ALEX) -> Record | Refusal:
    return await Amendments(house.decisions).amend(R1, by, Wanted(term, access))


async def test_a_request_offers_what_is_less_by_the_policy(charts: House) -> None:
    assert [one.name for one in (await asked(charts)).request.lesser] == ["Reader", "Chart guests"]
    assert (await asked(charts, "Auditor")).request.lesser == ()


@pytest.mark.parametrize("access", ["Reader", "reader", "app-role:reader"])
async def test_the_lesser_access_is_what_is_approved_and_delivered(charts: House, access: str) -> None:
    record = await asked(charts)
    amended = await give(charts, access, SHORT)
    assert isinstance(amended, Record)
    assert (amended.request.give.name, amended.request.term) == ("Reader", SHORT)
    assert record.request.plan is not None
    assert isinstance(await charts.decisions.approve(R1, NIA, record.request.plan.hash), PlanMoved)
    assert isinstance(await charts.decisions.approve(R1, NIA, None), Record)
    delivered = (await charts.delivered(record)).request
    assert delivered.give.kind is GiveKind.APP_ROLE
    assert [target for _, target in charts.tenant.access] == [APP]
    assert delivered.give.name == "Reader"


async def test_a_lesser_group_is_given_as_well_as_a_role(charts: House) -> None:
    record = await asked(charts)
    assert isinstance(await give(charts, f"group:{GUESTS}"), Record)
    assert isinstance(await charts.decisions.approve(R1, ALEX, None), Record)
    await charts.delivered(record)
    assert [target for _, target in charts.tenant.access] == [GUESTS]


@pytest.mark.parametrize("access", ["Auditor", "Writer", "Surgeon", "app-role:auditor", "group:office", "*"])
async def test_what_is_not_less_is_refused_whatever_a_card_says(charts: House, access: str) -> None:
    record = await asked(charts)
    refused = await give(charts, access)
    assert isinstance(refused, NotLess)
    assert refused.lesser == ("Reader", "Chart guests")
    assert await charts.now(record) == record
    fact = (await charts.audit())[-1].fact
    assert (fact.what, fact.detail["act"], fact.detail["refused"]) == ("act.refused", "amend", "NotLess")


@pytest.mark.parametrize("term", [None, SHORT])
async def test_the_same_press_again_finds_it_done(charts: House, term: Term | None) -> None:
    await asked(charts)
    amended = await give(charts, "Reader", term)
    assert await give(charts, "Reader", term) == amended
    assert [one.fact.what for one in await charts.audit()].count("request.amended") == 1


async def test_whoever_may_decide_no_more_hears_so_though_they_gave_less_before(charts: House) -> None:
    await asked(charts)
    await give(charts, "Reader")
    charts.tenant.owners[APP].remove(ALEX)
    assert isinstance(await give(charts, "Reader"), NotYours)


async def test_what_another_gave_less_or_was_only_shortened_is_not_less_by_choosing_it(charts: House) -> None:
    await asked(charts)
    shortened = await Amendments(charts.decisions).amend(R1, ALEX, Wanted(SHORT))
    assert isinstance(shortened, Record)
    assert isinstance(await give(charts, "Writer"), NotLess)
    await give(charts, "Reader")
    assert isinstance(await give(charts, "Reader", by=NIA), NotLess)


async def test_without_an_order_nothing_is_less(charts: House) -> None:
    follow(charts, order="")
    assert (await asked(charts)).request.lesser == ()
    refused = await give(charts, "Reader")
    assert isinstance(refused, NotLess)
    assert refused.lesser == ()


async def test_the_order_is_read_at_the_click_and_so_is_what_there_is(charts: House) -> None:
    await asked(charts)
    charts.tenant.apps[APP] = replace(charts.tenant.apps[APP], roles=charts.tenant.apps[APP].roles[:1])
    refused = await give(charts, "Reader")
    assert isinstance(refused, NotLess), "the role is gone"
    charts.tenant.groups[GUESTS] = replace(charts.tenant.groups[GUESTS], closed_because="dynamic")
    assert isinstance(await give(charts, "Chart guests"), NotLess), "nobody can be added by hand"
    del charts.tenant.apps[APP]
    assert isinstance(await give(charts, "Reader"), WillNotWork | NotYours)


@pytest.mark.parametrize(("who", "refusal"), [(MEGAN, OwnRequest), (DIEGO, NotYours)])
async def test_who_may_not_decide_gives_nothing_less(charts: House, who: ObjectId, refusal: type) -> None:
    await asked(charts)
    assert isinstance(await give(charts, "Reader", by=who), refusal)
    assert isinstance(await give(charts, "Auditor", by=who), refusal), "and learns nothing of the order"


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (f'{READER}term = {{ longest = "30d" }}', Obstacle.TERM_TOO_LONG),
        (f'{READER}requestors = ["role:admins"]', Obstacle.NOT_ALLOWED),
        (f'{READER}domains = {{ deny = ["fabrikam.com"] }}', Obstacle.DOMAIN_DENIED),
        (
            f'{READER}[[app.role.stage]]\napprovers = ["manager"]\nfallback = []',
            Obstacle.NO_APPROVER,
        ),
    ],
)
async def test_what_could_not_have_been_asked_for_is_not_given_instead(
    charts: House, more: str, why: Obstacle
) -> None:
    record = await asked(charts)
    follow(charts, more)
    refused = await give(charts, "Reader")
    assert isinstance(refused, NotInstead)
    assert (refused.why, refused.give.name) == (why, "Reader")
    assert refused.hint == "30" or why is not Obstacle.TERM_TOO_LONG
    assert refused.request == (await charts.now(record)).request == record.request


async def test_a_term_that_is_short_enough_for_the_lesser_access_goes_with_it(charts: House) -> None:
    await asked(charts)
    follow(charts, f'{READER}term = {{ longest = "30d" }}')
    amended = await give(charts, "Reader", Term(days=30))
    assert isinstance(amended, Record)
    assert amended.request.rule.endswith("role Reader")


async def test_what_the_guest_has_already_is_not_given_instead(charts: House) -> None:
    ana = charts.knows(Redemption.ACCEPTED)
    await asked(charts)
    charts.tenant.access.add((ana.object_id, GUESTS))
    refused = await give(charts, "Chart guests")
    assert isinstance(refused, NotInstead)
    assert refused.why is Obstacle.HAS_ACCESS


async def test_what_another_request_asks_for_is_not_asked_for_twice(charts: House) -> None:
    record = await asked(charts)
    await asked(charts, "Reader")
    refused = await give(charts, "Reader")
    assert isinstance(refused, NotInstead)
    assert (refused.why, refused.hint) == (Obstacle.SAME_OPEN, "R-1002")
    assert await charts.now(record) == record
    assert isinstance(await charts.decisions.deny("R-1002", ALEX, "One is enough"), Record)
    assert isinstance(await give(charts, "Reader"), Record)


async def test_the_number_of_what_asks_for_the_same_is_told_only_to_who_may_see_it(charts: House) -> None:
    follow(charts, READER + BY_ADMINS)
    await asked(charts)
    await asked(charts, "Reader")
    refused = await give(charts, "Reader")
    assert isinstance(refused, NotInstead)
    sights = Sights(charts.decisions, charts.chat, charts.policy, charts.clock)
    elsewhere = Place("elsewhere")
    assert (await sights.spared(refused, ALEX, elsewhere)) == replace(refused, hint="")
    assert (await sights.spared(refused, LIDIA, elsewhere)) == refused
    has = replace(refused, why=Obstacle.TERM_TOO_LONG, hint="30")
    assert (await sights.spared(has, ALEX, elsewhere)) == has


async def test_who_decides_on_the_lesser_access_decides_from_then_on(charts: House) -> None:
    record = await asked(charts)
    follow(charts, READER + BY_ADMINS)
    amended = await give(charts, "Reader")
    assert isinstance(amended, Record)
    assert [one.object_id for one in amended.request.approvers] == [LIDIA]
    assert isinstance(await charts.decisions.approve(R1, ALEX, None), NotYours)
    sights = Sights(charts.decisions, charts.chat, charts.policy, charts.clock)
    assert sights.of_actor(amended.request, ALEX, THREAD).sight is Sight.ANYBODYS
    assert sights.of_actor(amended.request, LIDIA, THREAD).sight is Sight.APPROVER
    await charts.settle()
    assert f"approver/{LIDIA}" in {audience for _, audience, _ in charts.chat.posts}
    approved = await charts.decisions.approve(R1, LIDIA, None)
    assert isinstance(approved, Record)
    assert (await charts.delivered(record)).request.state is State.DELIVERED


async def test_a_question_of_who_decides_no_more_on_the_lesser_access_stops_no_clock(charts: House) -> None:
    record = await asked(charts)
    assert isinstance(await Questions(charts.decisions).ask(R1, NIA, "Why Writer?", None), Record)
    follow(charts, READER + BY_ADMINS)
    amended = await give(charts, "Reader")
    assert isinstance(amended, Record)
    assert open_question(amended.request) is None
    charts.clock.time = amended.request.closes_at
    await charts.run_due()
    assert (await charts.now(record)).request.state is State.EXPIRED


async def test_an_escalation_calls_nobody_in_on_the_lesser_access_before_its_own_time(charts: House) -> None:
    eve = ObjectId("77777777-7777-4777-8777-777777777777")
    charts.tenant.people[eve] = Person(eve, "Eve", "eve@contoso-health.com")
    order = ORDER + called_in(f"person:{eve}", "1d", "app")
    follow(charts, READER + called_in("role:admins", "5d", "app.role"), order)
    record = await asked(charts)
    await charts.settle()
    charts.clock.turn(days=1, hours=1)
    await charts.run_due()
    assert eve in {one.object_id for one in (await charts.now(record)).request.approvers}
    amended = await give(charts, "Reader")
    assert isinstance(amended, Record)
    assert {one.object_id for one in amended.request.approvers} == {ALEX, NIA}
    assert isinstance(await charts.decisions.approve(R1, LIDIA, None), NotYours)
    assert amended.request.escalations == (), "and no card says that Eve was called in"
    charts.clock.turn(days=4)
    while await charts.run_due():
        pass
    (escalation,) = (await charts.now(record)).request.escalations
    assert [one.object_id for one in escalation.to] == [LIDIA]
    assert isinstance(await charts.decisions.approve(R1, LIDIA, None), Record)


async def test_of_two_who_give_less_at_once_the_greater_never_wins_over_the_lesser(charts: House) -> None:
    record = await asked(charts)
    results = await asyncio.gather(give(charts, "Chart guests"), give(charts, "Reader", by=NIA))
    assert all(isinstance(one, Record | NotLess) for one in results)
    assert (await charts.now(record)).request.give.name == "Reader"


async def test_a_directory_that_cannot_be_read_gives_nothing_less(charts: House) -> None:
    record = await asked(charts)
    charts.faults.before["groups_of_app"] = [Unknown(Cause.UNAVAILABLE)]
    assert isinstance(await give(charts, "Reader"), Unreadable)
    assert await charts.now(record) == record


async def test_a_term_with_the_present_access_is_shortened_alone(charts: House) -> None:
    """A card sends the access that it shows, too."""
    record = await asked(charts)
    amended = await give(charts, record.request.give.key, SHORT)
    assert isinstance(amended, Record)
    assert (amended.request.give, amended.request.term) == (record.request.give, SHORT)
    assert amended.request.amendments[0].was_give is None
    assert await give(charts, record.request.give.key) == NotLess(
        amended.request, "", ("Reader", "Chart guests")
    )


async def test_an_order_that_names_what_is_not_there_or_twice_is_told(
    charts: House, capsys: pytest.CaptureFixture[str]
) -> None:
    follow(charts, order=ORDER.replace('"Writer"', '"Surgeon", "Writer"'))
    assert (await check(charts.directory, charts.policy.policy, every_app=False)).tell() == 1
    told = capsys.readouterr().out
    assert "app 1.least_first: Charts has no app-role:Surgeon to give" in told
    follow(charts, order=ORDER.replace('"Writer"', '"Writer", "app-role:writer2"'))
    charts.tenant.apps[APP] = replace(
        charts.tenant.apps[APP],
        roles=(AppRole(ObjectId("writer2"), "Writer"), *charts.tenant.apps[APP].roles[1:]),
    )
    assert (await check(charts.directory, charts.policy.policy, every_app=False)).tell() == 1
    assert "app 1.least_first: Writer stands in it twice" in capsys.readouterr().out


async def test_what_is_less_is_explained(charts: House, capsys: pytest.CaptureFixture[str]) -> None:
    explaining = Explain(charts.directory, charts.requests.roster, charts.policy.policy)
    person = charts.tenant.people[MEGAN].mail
    assert (await explain(explaining, person, ANA, "Charts", "Writer")).tell() == 0
    said = "Whoever decides may give less instead: Reader, Chart guests, by app Charts."
    assert said in capsys.readouterr().out
