"""What is kept with a request of policy and directory, so that another policy can be tried on it."""

from collections import Counter
from dataclasses import replace

import orjson

from access.rules.facts import MOST_KEPT, Facts, Laid, Meant
from access.rules.model import GiveKind, Group, ObjectId, Person, Request
from access.rules.noting import ANY_GROUP
from access.rules.policy_reader import read_policy
from bot.store import codec
from tests.service.house import ADMINS, ALEX, ANA, DIEGO, GUESTS, LIDIA, MEGAN, NIA, RECORDS, House, draft

CROWD = ObjectId("33333333-3333-4333-8333-333333333333")
MANY = [ObjectId(f"many-{number}") for number in range(MOST_KEPT + 1)]
STAGED = f"""
[roles]
admins = ["group:{ADMINS}"]
[defaults]
requestors = ["group-owners", "role:admins", "app-owners"]
landing = "my-apps"
closes_after = "7d"
justification = {{ pattern = "audit", expected = "what it is for" }}
[[defaults.stage]]
approvers = ["manager"]
fallback = ["role:admins"]
escalation = ["person:99999999-9999-4999-8999-999999999999"]
escalate_after = "2d"
[[defaults.stage]]
approvers = ["app-owners"]
may_decide = ["group:{CROWD}"]
"""


def crowd(house: House, *more: ObjectId) -> None:
    """Put more people into a group than are kept."""
    house.tenant.people |= {one: Person(one, one) for one in MANY}
    house.tenant.groups[CROWD] = Group(CROWD, "Everybody in Ward 4")
    house.tenant.members[CROWD] = [*MANY, *more]


def facts_of(request: Request) -> Facts:
    assert request.facts is not None
    return request.facts


async def test_whom_each_word_meant_is_kept_and_of_the_guest_the_domain_alone(house: House) -> None:
    facts = facts_of((await house.sent()).request)
    assert facts.meant == (Meant("app-owners", (ALEX, MEGAN, NIA)),)
    assert facts.stages == (Laid(("app-owners",), fallback=(f"group:{ADMINS}",)),)
    assert (facts.domain, facts.guest_known, facts.letters, facts.usual) == ("fabrikam.com", False, 24, "")
    text = orjson.dumps(facts).decode()
    assert ANA not in text
    assert "March" not in text
    assert len(text) < 700, "a row stays small"


async def test_roles_are_unfolded_and_a_word_that_nobody_had_to_be_asked_about_is_not_kept(
    house: House,
) -> None:
    house.policy.policy = read_policy(STAGED)
    crowd(house, MEGAN)
    facts = facts_of((await house.sent()).request)
    words = {one.word: one for one in facts.meant}
    assert words.keys() == {ANY_GROUP, f"group:{ADMINS}", "app-owners", "manager", f"group:{CROWD}"}
    assert words["manager"].people == ()
    assert words[f"group:{ADMINS}"].people == (LIDIA,)
    assert facts.stages[0] == Laid(
        ("manager",),
        fallback=(f"group:{ADMINS}",),
        escalation=("person:99999999-9999-4999-8999-999999999999",),
        escalate_after=2 * 24 * 3600,
    )
    assert (facts.landing, facts.closes_after, facts.fitted) == ("my-apps", 7 * 24 * 3600, "audit")


async def test_of_a_crowd_those_alone_are_kept_about_whom_it_is(house: House) -> None:
    house.policy.policy = read_policy(STAGED)
    crowd(house, MEGAN)
    record = await house.sent()
    sent = record.request
    (kept,) = [one for one in facts_of(sent).meant if one.word == f"group:{CROWD}"]
    assert kept == Meant(f"group:{CROWD}", (MEGAN,), others=True)
    await house.decisions.approve(sent.label, LIDIA, None)
    await house.decisions.approve(sent.label, MANY[0], None)
    decided = (await house.now(record)).request
    assert [one.by.object_id for one in decided.reviews] == [LIDIA, MANY[0]]
    assert [one.meant for one in decided.reviews] == [
        (Meant(f"group:{CROWD}", (MEGAN,), others=True),),
        (Meant(f"group:{CROWD}", tuple(sorted((MEGAN, MANY[0]))), others=True),),
    ]


async def test_a_press_keeps_what_was_otherwise_than_before_and_nothing_else(house: House) -> None:
    record = await house.approved()
    assert record.request.reviews[0].meant == ()
    other = await house.sent(draft(address="bo@fabrikam.com"))
    house.tenant.owners[RECORDS].append(DIEGO)
    await house.decisions.deny(other.request.label, DIEGO, "Not this quarter")
    (review,) = (await house.now(other)).request.reviews
    assert review.meant == (Meant("app-owners", tuple(sorted((ALEX, DIEGO, MEGAN, NIA)))),)


async def test_an_access_that_was_chosen_is_no_choice_of_the_policy(house: House) -> None:
    chosen = (await house.sent(draft(access="Reader"))).request
    assert chosen.give.kind is GiveKind.APP_ROLE
    assert facts_of(chosen).usual is None


async def test_keeping_facts_asks_the_directory_nothing(house: House) -> None:
    house.policy.policy = read_policy(STAGED)
    crowd(house)
    house.faults.calls.clear()
    await house.sent()
    asked = Counter(house.faults.calls)
    to_request, to_decide = {"group_members": 1, "app_owners": 1}, {"manager": 1, "group_members": 2}
    wanted = Counter(to_request) + Counter(to_decide) + Counter(app_owners=1)
    assert {name: asked[name] for name in wanted} == wanted


async def test_facts_are_read_back_and_an_older_version_carries_them(house: House) -> None:
    request = (await house.sent()).request
    body = codec.request_changes(request)["body"]
    assert codec.request_of(body) == request
    older = orjson.loads(body)
    kept = older.pop("facts")
    carried = replace(request, facts=None, _carried={"facts_of_newer": kept})
    again = orjson.loads(codec.request_changes(carried)["body"])
    assert again["facts_of_newer"] == kept


async def test_a_forgotten_guest_leaves_facts_that_do_not_name_them(house: House) -> None:
    record = await house.sent()
    await house.decisions.deny(record.request.label, ALEX, "Not this quarter")
    await house.store.forget(await house.store.subject(ANA))
    left = (await house.now(record)).request
    assert facts_of(left) == facts_of(record.request)
    assert "ana" not in codec.request_changes(left)["body"].lower().replace("manager", "")


async def test_the_owners_of_any_group_are_another_word_than_those_of_the_group_given(house: House) -> None:
    house.policy.policy = read_policy(
        f"[roles]\nadmins = ['group:{ADMINS}']\n[defaults]\nrequestors = ['group-owners']\n"
        "[[defaults.stage]]\napprovers = ['group-owners']\nfallback = ['role:admins']\n"
    )
    house.tenant.owners[GUESTS] = [MEGAN, NIA]
    facts = facts_of((await house.sent(draft(app="Patient Portal", access="Portal guests"))).request)
    assert [one.word for one in facts.meant] == [ANY_GROUP, f"group-owners:{GUESTS}"]
