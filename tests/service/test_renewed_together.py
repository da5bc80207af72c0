"""Many renewals in one go: who sees what ends, what a press does to each, and what it leaves alone."""

import json
from datetime import timedelta

import pytest

from access.ports import NotDone
from access.rules.adopting import Adopting
from access.rules.causes import Cause
from access.rules.guest_list import NoSuchApp
from access.rules.model import Guest, ObjectId, Record, Redemption
from access.rules.policy_reader import read_policy
from access.rules.refusals import Duplicate, ProblemCode, UnknownRequest, Unreadable
from access.rules.renewal_list import MOST, Act, Done, RenewalPage, Untouched, Wanted
from access.rules.renewing import NotRenewable
from access.service.adopt import Adoptions
from access.service.extend import Renewals, Where
from access.service.remove import Removals
from access.service.renew_many import ManyRenewals
from cards import renewal_list
from cards.look import Look
from tests.service.house import DIEGO, LIDIA, MEGAN, NIA, POLICY, RECORDS, THREAD, ZONE, House, draft

HERE = Where(THREAD, personal=False)
WAIVER = '[defaults]\nrenewals = { most = 1, waiver = "By the owner" }\n[[defaults.stage]]'


@pytest.fixture
async def many(house: House) -> ManyRenewals:
    """Let seven guests have Health Records for ninety days, of which seventy are over."""
    for number in range(7):
        await house.delivered(await house.approved(draft(address=f"guest{number}@fabrikam.com")))
    house.clock.time += timedelta(days=70)
    return ManyRenewals(house.lists, Renewals(house.decisions))


async def page(many: ManyRenewals, who: ObjectId = MEGAN, **wanted: object) -> RenewalPage:
    found = await many.show(Wanted(**wanted), who)  # type: ignore[arg-type]  # as the test names them
    assert isinstance(found, RenewalPage)
    return found


async def press(
    many: ManyRenewals, picked: dict[str, str], who: ObjectId = MEGAN, act: Act = Act.RENEW
) -> list[object]:
    done: Done = await many.act(act, Wanted(picked=picked), (), who, HERE)
    return [one.result for one in done.came]


def ticked(shown: RenewalPage) -> dict[str, str]:
    ends = {one.request.label: one.request.ends_at for one in shown.rows}
    return {label: at.isoformat() for label, at in ends.items() if at}


async def test_a_page_has_five_and_says_until_when_each_would_last(many: ManyRenewals) -> None:
    shown, last = await page(many), await page(many, page=9)
    assert (len(shown.rows), shown.pages, shown.found) == (5, 2, 7)
    assert (len(last.rows), last.page) == (2, 2)
    first = shown.rows[0]
    assert first.to is not None
    assert first.request.ends_at is not None
    assert (first.to.astimezone(ZONE).date() - first.request.ends_at.astimezone(ZONE).date()).days == 90
    assert (first.may, first.waits, first.problem) == (True, False, None)


async def test_what_ends_later_is_not_on_it(house: House, many: ManyRenewals) -> None:
    house.clock.time -= timedelta(days=15)
    assert (await page(many)).found == 0


async def test_each_is_asked_for_by_itself_and_the_same_press_again_asks_for_none(
    house: House, many: ManyRenewals
) -> None:
    picked = ticked(await page(many))
    first, again = await press(many, picked), await press(many, picked)
    labels = [one.request.label for one in first if isinstance(one, Record)]
    assert len(set(labels)) == 5
    assert [one.request.label for one in again if isinstance(one, Record)] == labels
    assert all(one.waits for one in (await page(many)).rows)
    others = await press(many, picked, NIA)
    assert all(isinstance(one, Duplicate) for one in others)


async def test_what_was_renewed_by_somebody_else_since_is_left_as_it_is(
    house: House, many: ManyRenewals
) -> None:
    house.policy.policy = read_policy(POLICY.replace("[[defaults.stage]]", WAIVER, 1))
    picked = ticked(await page(many))
    one = dict([next(iter(picked.items()))])
    await press(many, one, NIA)
    await house.settle()
    mine = await press(many, one)
    assert mine == [Untouched.MOVED]
    assert await press(many, one, act=Act.END) == [Untouched.MOVED]
    assert isinstance((await press(many, one, NIA))[0], Record), "to who pressed first it is the same again"


async def test_what_has_ended_since_and_what_is_not_theirs_is_said_of_each(
    house: House, many: ManyRenewals
) -> None:
    picked = ticked(await page(many))
    await Removals(house.decisions, house.policy).of_request(next(iter(picked)), MEGAN)
    found = await press(many, {**picked, "R-4711": "2027-01-01T00:00:00+00:00"})
    assert isinstance(found[0], NotRenewable)
    assert [one.code for one in found[0].problems] == [ProblemCode.ACCESS_OVER]
    assert isinstance(found[-1], UnknownRequest)
    assert all(isinstance(one, Record) for one in found[1:-1])
    assert all(isinstance(one, UnknownRequest) for one in await press(many, picked, DIEGO))


async def test_no_more_go_at_once_than_can_be_answered_in_time(many: ManyRenewals) -> None:
    done = await many.act(Act.RENEW, Wanted(), [f"R-{9000 + one}" for one in range(MOST + 2)], MEGAN, HERE)
    assert (len(done.came), done.left) == (MOST, 2)


async def test_of_thousands_that_are_typed_the_answer_is_no_longer_than_a_card(many: ManyRenewals) -> None:
    done = await many.act(Act.RENEW, Wanted(), [f"R-{9000 + one}" for one in range(3500)], MEGAN, HERE)
    card = json.dumps(renewal_list.done(done, Look(ZONE, personal=True)), ensure_ascii=False)
    assert len(card.encode()) < 20_000
    assert "3480 more" in card or "3,480 more" in card


async def test_what_has_no_justification_is_offered_with_the_field_for_one_and_goes_with_it(
    house: House, many: ManyRenewals
) -> None:
    ours = await house.delivered(await house.approved(draft(address="ours@fabrikam.com")))
    guest = Guest(ObjectId("jo"), "Jo", "jo@adatum.com", Redemption.ACCEPTED)
    house.tenant.guests[guest.object_id] = guest
    house.tenant.access.add((guest.object_id, RECORDS))
    wanted = Adopting(guest="jo@adatum.com", app="Health Records", term="for 10d")
    adopted = await Adoptions(house.lists, ZONE).adopt(wanted, MEGAN)
    assert isinstance(adopted, Record)
    shown = await page(many)
    lacking = [one.request.label for one in shown.rows if one.unjustified]
    assert lacking == [adopted.request.label]
    both = [adopted.request.label, ours.request.label]
    without = await many.act(Act.RENEW, Wanted(), both, MEGAN, HERE)
    assert [one.unjustified for one in without.came] == [True, False]
    card = json.dumps(renewal_list.done(without, Look(ZONE, personal=True)))
    assert f"/renewals renew {lacking[0]} because JUSTIFICATION" in card
    picked = {one: at for one, at in ticked(shown).items() if one in lacking}
    done = await many.act(
        Act.RENEW, Wanted(picked=picked, justification="The audit lasts longer"), (), MEGAN, HERE
    )
    [renewed] = [one.result for one in done.came]
    assert isinstance(renewed, Record)
    assert renewed.request.justification == "The audit lasts longer"


async def test_one_justification_stands_for_all_and_without_it_each_keeps_its_own(
    many: ManyRenewals,
) -> None:
    picked = list(ticked(await page(many)).items())
    keep = await many.act(Act.RENEW, Wanted(picked=dict(picked[:1])), (), MEGAN, HERE)
    new = await many.act(
        Act.RENEW, Wanted(picked=dict(picked[1:3]), justification="Until summer"), (), MEGAN, HERE
    )
    said = [one.result.request.justification for one in keep.came if isinstance(one.result, Record)]
    assert said == [draft().justification]
    said = [one.result.request.justification for one in new.came if isinstance(one.result, Record)]
    assert said == ["Until summer"] * 2


async def test_where_the_directory_is_away_for_one_the_others_are_done_and_told_of(
    house: House, many: ManyRenewals
) -> None:
    picked = ticked(await page(many))
    house.faults.before["has"] = [NotDone(Cause.UNAVAILABLE)]
    found = await press(many, picked)
    assert sum(isinstance(one, Unreadable) for one in found) == 1
    assert sum(isinstance(one, Record) for one in found) == len(picked) - 1


async def test_an_admin_sees_all_and_a_stranger_nothing(house: House, many: ManyRenewals) -> None:
    seen = await page(many, LIDIA)
    assert seen.found == 7
    assert not any(one.may for one in seen.rows)
    assert (await page(many, DIEGO)).found == 0
    assert isinstance(await many.show(Wanted(app="Health Records"), DIEGO), NoSuchApp)
    whats = [entry.fact.what for entry in await house.audit()]
    assert whats.count("guests.looked") == 1
    assert [one.fact.detail["act"] for one in await house.audit() if one.fact.what == "act.refused"] == [
        "renewals"
    ]
