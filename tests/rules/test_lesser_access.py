"""A lesser access: less by the policy's order alone, decided by whom its own tables name."""

from dataclasses import replace

import pytest

from access.rules import amending, deciding
from access.rules.model import Change, Give, GiveKind, Named, ObjectId, Panel, Record, State, Term
from access.rules.policy import PolicyError
from access.rules.policy_order import below, ordered
from access.rules.policy_reader import read_policy
from access.rules.refusals import NotLess, NotYours, PlanMoved
from access.rules.stages import approvals, panels_of, stage_now
from tests.rules.making import ALEX, GIVE, MEGAN, NIA, NOW, STRANGER, ZONE, done, pending, plan

READER = Give(GiveKind.APP_ROLE, ObjectId("reader"), "Reader")
FILES = Give(GiveKind.GROUP, ObjectId("files"), "Case files")
ORDER = (READER, FILES, GIVE)
NINETY, SHORT = Term(days=90), Term(days=30)
ASKED, OTHERS = Panel((ALEX, NIA)), Panel((STRANGER,))


def lower(give: Give = READER, *panels: Panel, order: tuple[Give, ...] = ORDER) -> amending.Lower:
    return amending.Lower(give, order, panels or (ASKED,))


def amended(
    record: Record | None = None,
    to: amending.Lower | None = None,
    term: Term = NINETY,
    by: Named = ALEX,
) -> Record:
    to = to or lower()
    facts = deciding.Facts((ASKED,), plan(term=term, give=to.give), "defaults, role Reader")
    return done(record or pending(), amending.amend(by, facts, term, ZONE, to))


def refused(record: Record, to: amending.Lower, term: Term = NINETY) -> object:
    facts = deciding.Facts((ASKED,), plan(term=term, give=to.give), "defaults")
    return amending.amend(NIA, facts, term, ZONE, to)(record, NOW)


def test_a_lesser_access_is_what_waits_then_with_the_difference_kept_and_in_the_audit() -> None:
    record = pending()
    facts = deciding.Facts((ASKED,), plan(give=READER), "defaults, role Reader")
    change = amending.amend(ALEX, facts, NINETY, ZONE, lower())(record, NOW)
    assert isinstance(change, Change)
    request = change.request
    assert (request.state, request.give, request.term) == (State.PENDING_APPROVAL, READER, NINETY)
    assert (request.rule, request.lesser) == ("defaults, role Reader", ())
    [amendment] = request.amendments
    assert (amendment.by, amendment.was, amendment.was_give) == (ALEX, NINETY, GIVE)
    [fact] = change.audit
    assert (fact.what, fact.detail["give_was"], fact.detail["give"]) == (
        "request.amended",
        GIVE.key,
        READER.key,
    )


def test_what_is_still_less_is_offered_on() -> None:
    assert amended(to=lower(FILES)).request.lesser == (READER,)


@pytest.mark.parametrize("give", [GIVE, Give(GiveKind.APP_ROLE, ObjectId("owner"), "Owner")])
def test_what_the_order_does_not_have_below_is_not_less(give: Give) -> None:
    assert refused(pending(), lower(give)) == NotLess(pending().request, give.name, ("Reader", "Case files"))


def test_what_does_not_stand_in_the_order_has_nothing_below_it() -> None:
    assert below((READER, FILES), GIVE) == ()
    assert isinstance(refused(pending(), lower(order=(READER, FILES))), NotLess)


def test_nobody_goes_up_again_even_where_the_order_has_changed_since() -> None:
    record = amended()
    upwards = (GIVE, FILES, READER)
    assert isinstance(refused(record, lower(FILES)), NotLess)
    assert isinstance(refused(record, lower(GIVE, order=upwards)), NotLess)
    assert isinstance(refused(record, lower(FILES, order=upwards)), NotLess), (
        "it is more than was asked first"
    )


def test_access_and_term_become_less_together_and_neither_more() -> None:
    request = amended(term=SHORT).request
    assert (request.give, request.term) == (READER, SHORT)
    assert (request.amendments[0].was, request.amendments[0].was_give) == (NINETY, GIVE)
    assert refused(pending(), lower(), Term(days=120)) == NotLess(pending().request)


def test_a_term_alone_is_shortened_after_the_access() -> None:
    facts = deciding.Facts((ASKED,), plan(term=SHORT, give=READER), "defaults")
    record = done(amended(), amending.amend(NIA, facts, SHORT, ZONE))
    assert (record.request.give, record.request.term) == (READER, SHORT)
    assert record.request.amendments[-1].was_give is None


def test_who_decides_then_is_whom_the_lesser_access_names_and_the_amender_may_be_none_of_them() -> None:
    record = amended(to=lower(READER, OTHERS))
    assert panels_of(record.request) == (OTHERS,)
    assert record.request.approvers == (STRANGER,)
    facts = deciding.Facts((OTHERS,), plan(give=READER), "defaults")
    assert isinstance(deciding.approve(ALEX, facts, None)(record, NOW), NotYours)
    assert done(record, deciding.approve(STRANGER, facts, None)).request.state is State.DELIVERING
    assert f"approver/{STRANGER.object_id}" in {job.name for job in record.jobs.values()}


def test_who_decides_on_the_lesser_access_alone_does_not_amend_the_greater() -> None:
    facts = deciding.Facts((ASKED,), plan(give=READER), "defaults")
    transition = amending.amend(STRANGER, facts, NINETY, ZONE, lower(READER, OTHERS))
    assert isinstance(transition(pending(), NOW), NotYours)
    megans = amending.amend(MEGAN, facts, NINETY, ZONE, lower(READER, Panel((MEGAN,))))
    assert not isinstance(megans(pending(), NOW), Change)


def test_earlier_votes_are_void_and_an_older_card_approves_nothing() -> None:
    panels = (ASKED, OTHERS)
    record = done(pending(), deciding.approve(ALEX, deciding.Facts(panels, plan(), "defaults"), None))
    facts = deciding.Facts(panels, plan(give=READER), "defaults")
    record = done(record, amending.amend(STRANGER, facts, NINETY, ZONE, lower(READER, *panels)))
    assert approvals(record.request) == ()
    assert stage_now(record.request) == 1
    old = deciding.approve(NIA, facts, plan().hash)(record, NOW)
    assert isinstance(old, PlanMoved)


def test_the_same_press_again_changes_nothing() -> None:
    assert amended(amended()) == amended()


def test_a_plan_of_another_access_is_a_bug() -> None:
    facts = deciding.Facts((ASKED,), plan(), "defaults")
    with pytest.raises(ValueError, match="another access"):
        amending.amend(ALEX, facts, NINETY, ZONE, lower())(pending(), NOW)


APP_ID = "11111111-1111-4111-8111-111111111111"
GROUP_ID = "22222222-2222-4222-8222-222222222222"


def order_of(listed: str) -> tuple[str, ...]:
    policy = read_policy(f'[[app]]\nid = "{APP_ID}"\nleast_first = {listed}\n')
    return policy.least_first[ObjectId(APP_ID)]


def test_an_order_names_roles_by_name_or_id_and_groups_by_id() -> None:
    order = order_of(f'["reader", "group:{GROUP_ID.upper()}", "app-role:CLINICIAN"]')
    assert order == ("app-role:reader", f"group:{GROUP_ID}", "app-role:CLINICIAN")
    group = replace(FILES, object_id=ObjectId(GROUP_ID))
    assert ordered(order, [GIVE, group, READER]) == (READER, group, GIVE)
    assert ordered(order, [GIVE, READER]) == (READER, GIVE), "what is not there is left out"
    assert ordered(("app-role:Reader", "app-role:reader"), [READER]) == (READER,)


@pytest.mark.parametrize(
    ("listed", "said"),
    [
        ('["Reader"]', "list two at least, the least first"),
        ('"Reader"', "list two at least"),
        ("[1, 2]", "list two at least"),
        ('["Reader", "reader"]', "reader stands in it twice"),
        ('["Reader", "app-role:Reader"]', "app-role:Reader stands in it twice"),
        ('["Reader", " "]', "write the name of an app role"),
        ('["Reader", "group:x"]', "'x' is no object id"),
        (str([f"R{n}" for n in range(51)]).replace("'", '"'), "list at most 50"),
    ],
)
def test_an_order_that_says_nothing_clearly_is_a_mistake(listed: str, said: str) -> None:
    with pytest.raises(PolicyError) as error:
        order_of(listed)
    assert error.value.mistakes[0].startswith("app 1.least_first: ")
    assert said in str(error.value)


def test_an_order_stands_in_the_table_of_an_app_alone() -> None:
    for table in ("[defaults]", "[[defaults.stage]]\napprovers = ['manager']"):
        with pytest.raises(PolicyError, match="least_first is not known"):
            read_policy(f'{table}\nleast_first = ["Reader", "Writer"]')
