"""What the directory's log says was done, and what was approved here, are compared both ways."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from access.rules.approved_steps import Approved, Older, approved, begins, ended, stopped
from access.rules.audit import AuditEntry, link
from access.rules.model import AuditFact, Json, ObjectId, RequestId, Restore, Subject
from access.rules.reconcile import AROUND, Comparison, Deed
from access.rules.reconciled import Act, Finding, Gap
from access.rules.restore import MARGIN
from tests.rules.making import NOW

SINCE, UNTIL = NOW, NOW + timedelta(hours=6)
AT = NOW + timedelta(hours=1)
SECOND = timedelta(seconds=1)
ANA = Subject("digest-of-ana")


def entry(what: str, at: datetime, seq: int, detail: dict[str, Json]) -> AuditEntry:
    fact = AuditFact(what=what, request_id=RequestId("1" * 32), subject=ANA, detail={"fence": 1, **detail})
    return link("", seq, at, fact)


def begun(step: str = "give", at: datetime = AT, give: str = "group:writers") -> Approved:
    detail: dict[str, Json] = {"step": step, "guest": "ana", "app": "records", "give": give}
    return approved(entry("step.begun", at, 1, detail))


def done(one: Approved, *, trace: str | None = "trace", **detail: Json) -> Approved:
    told: dict[str, Json] = {"request-id": trace, "guest": "ana", **detail}
    return ended(one, entry("step.done", one.begun_at + SECOND, 2, told))


def joined(at: datetime = AT, key: str = "e1", group: str = "writers", who: str = "ana") -> Deed:
    return Deed(key, at, Act.MEMBERSHIP, ObjectId(who), ObjectId(group))


def compare(
    approvals: Sequence[Approved], deeds: Iterable[Deed], restores: Sequence[Restore] = ()
) -> tuple[Finding, ...]:
    comparison = Comparison(SINCE, UNTIL, approvals, restores)
    for deed in deeds:
        comparison.see(deed, ANA if deed.address else None)
    return comparison.findings()


def test_what_was_approved_and_done_is_no_finding() -> None:
    assert compare([done(begun())], [joined()]) == ()


def test_what_nobody_approved_is_found_with_the_log_s_own_id() -> None:
    [found] = compare([], [joined(key="Directory_1")])
    assert (found.gap, found.key, found.act) == (Gap.NO_APPROVAL, "Directory_1", Act.MEMBERSHIP)
    assert (found.principal, found.resource) == ("ana", "writers")
    assert found.fact.what == "reconcile.no-approval"


@pytest.mark.parametrize(
    "other",
    [joined(group="admins"), joined(who="ben"), replace(joined(), act=Act.ASSIGNMENT)],
)
def test_an_approval_explains_nothing_but_what_it_is_for(other: Deed) -> None:
    found = compare([done(begun())], [joined(), replace(other, entry="e2")])
    assert [one.key for one in found] == ["e2"]


def test_an_approval_explains_its_role_alone_and_any_where_the_log_does_not_say() -> None:
    one = done(begun(give="app-role:reader"))
    deed = Deed("e1", AT, Act.ASSIGNMENT, ObjectId("ana"), ObjectId("records"), ObjectId("reader"))
    assert compare([one], [deed]) == ()
    assert compare([one], [replace(deed, role=ObjectId(""))]) == ()
    assert {found.gap for found in compare([one], [replace(deed, role=ObjectId("writer"))])} == set(Gap) - {
        Gap.LOST
    }


ON_ACCOUNT = {
    "block": Act.BLOCK,
    "unblock": Act.UNBLOCK,
    "delete": Act.DELETION,
    "put-back": Act.RESTORING,
}


@pytest.mark.parametrize("step", ON_ACCOUNT)
def test_an_act_on_an_account_is_explained_by_its_own_step_and_its_guest_alone(step: str) -> None:
    one = done(begun(step, give="account:ana"))
    deed = Deed("e1", AT, ON_ACCOUNT[step], ObjectId("ana"))
    assert compare([one], [deed]) == ()
    [missing] = compare([one], [])
    assert (missing.gap, missing.act, missing.principal) == (Gap.NO_EFFECT, ON_ACCOUNT[step], "ana")
    assert [found.gap for found in compare([], [deed])] == [Gap.NO_APPROVAL]
    assert len(compare([one], [deed, replace(deed, entry="e2", principal=ObjectId("ben"))])) == 1
    others = set(ON_ACCOUNT.values()) - {deed.act}
    assert all(len(compare([one], [deed, replace(deed, entry="e2", act=act)])) == 1 for act in others)


@pytest.mark.parametrize("told", ["was_so", "found"])
def test_an_account_that_was_so_before_has_nothing_in_the_log(told: str) -> None:
    told_so = entry("step.done", AT, 2, {"request-id": "1", told: True})
    assert compare([ended(begun("block", give="account:ana"), told_so)], []) == ()


ON_POLICIES = {
    "make-policies": Act.POLICY_MADE,
    "enforce-policies": Act.POLICY_CHANGED,
    "watch-policies": Act.POLICY_CHANGED,
    "remove-policies": Act.POLICY_DELETED,
}


def protects(step: str, *known: str, **more: Json) -> Approved:
    detail: dict[str, Json] = {"step": step, "app": "records", "policies": list(known), **more}
    return approved(entry("step.begun", AT, 1, detail))


@pytest.mark.parametrize("step", ON_POLICIES)
def test_a_step_on_policies_explains_those_it_names_and_each_that_it_wrote_must_be_in_the_log(
    step: str,
) -> None:
    begun = protects(step, "p1", "p2")
    wrote = done(begun, policies=["p1", "p2"], wrote=["p1", "p2"]).each
    deeds = [Deed(f"e{one}", AT, ON_POLICIES[step], ObjectId(one)) for one in ("p1", "p2")]
    assert compare(wrote, deeds) == ()
    [missing] = compare(wrote, deeds[:1])
    assert (missing.gap, missing.act, missing.principal) == (Gap.NO_EFFECT, ON_POLICIES[step], "p2")
    other = replace(deeds[0], entry="e3", principal=ObjectId("p3"))
    assert [one.key for one in compare(wrote, [*deeds, other])] == ["e3"]
    others = set(ON_POLICIES.values()) - {deeds[0].act}
    assert all(len(compare(wrote, [*deeds, replace(deeds[0], entry="e3", act=act)])) == 1 for act in others)
    assert compare(begun.each, deeds[:1]) == (), "its answer may have been lost"
    assert compare(done(begun, found=True, policies=["p1", "p2"]).each, []) == ()


def test_a_making_that_failed_between_two_explains_what_it_had_made() -> None:
    begun = protects("make-policies")
    made = Deed("e1", AT, Act.POLICY_MADE, ObjectId("p1"))
    assert len(compare(begun.each, [made])) == 1
    failed = stopped(begun, entry("step.failed", AT + SECOND, 2, {"policies": ["p1"]}))
    assert compare(failed.each, [made]) == ()


def written(*details: str, key: str = "e1", who: str = "ana") -> Deed:
    return Deed(key, AT, Act.PROFILE, ObjectId(who), details=frozenset(details))


def writing(*details: str, step: str = "write-profile") -> Approved:
    told: dict[str, Json] = {"step": step, "guest": "ana", "app": "", "give": "account:ana/1"}
    told |= {"details": list(details)} if details else {}
    return done(approved(entry("step.begun", AT, 1, told)))


def test_a_change_of_details_is_explained_by_its_own_step_and_must_be_in_the_log() -> None:
    assert compare([writing("name", "company")], [written("name", "company")]) == ()
    assert compare([writing("name", "company")], [written("name")]) == (), "the other was so already"
    [missing] = compare([writing("name", "sponsor")], [])
    assert (missing.gap, missing.act, missing.principal) == (Gap.NO_EFFECT, Act.PROFILE, "ana")
    assert compare([writing()], [written("company")]) == (), "an older entry does not say which"


@pytest.mark.parametrize(
    "other",
    [
        written("company", key="e2"),
        written("name", key="e2", who="ben"),
        written("name", "company", key="e2"),
        written("name", "UserType", key="e2"),
        written("name", "OtherMail", key="e2"),
    ],
)
def test_a_step_explains_no_other_detail_and_nobody_else(other: Deed) -> None:
    assert [one.key for one in compare([writing("name")], [written("name"), other])] == ["e2"]


@pytest.mark.parametrize(
    "one",
    [
        done(begun()),
        done(begun("block", give="account:ana")),
        *(writing(step=step) for step in ("sponsor", "unsponsor", "name-sponsor", "drop-sponsors")),
    ],
)
def test_what_else_is_written_of_a_guest_is_explained_by_a_step_about_them_and_a_name_by_none(
    one: Approved,
) -> None:
    found = compare(
        [one], [written("UserState"), written("UserState", key="e2", who="ben"), written("name", key="e3")]
    )
    assert {one.key for one in found if one.gap is Gap.NO_APPROVAL} == {"e2", "e3"}
    assert not [one for one in found if one.gap is Gap.NO_EFFECT and one.act is Act.PROFILE]


def setting_up(step: str, group: str | None = "new") -> Approved:
    detail: dict[str, Json] = {"step": step, "app": "portal", "group": group}
    return approved(entry("step.begun", AT, 1, detail), Older(None, ObjectId("portal"), "group:x"))


def test_a_new_group_explains_its_owners_and_must_be_in_the_log_itself() -> None:
    made = ended(
        setting_up("make-group", None), entry("step.done", AT, 2, {"request-id": "1", "group": "new"})
    )
    group = Deed("e1", AT, Act.GROUP, ObjectId("new"))
    owner = Deed("e2", AT, Act.OWNER, ObjectId("megan"), ObjectId("new"))
    assert compare([made], [group, owner]) == ()
    assert [found.gap for found in compare([made], [owner])] == [Gap.NO_EFFECT]
    of_others = replace(owner, entry="e3", resource=ObjectId("other"))
    assert [found.key for found in compare([made], [group, owner, of_others])] == ["e3"]
    assert [found.gap for found in compare([], [group, owner])] == [Gap.NO_APPROVAL] * 2


def test_owners_and_the_required_assignment_of_a_set_up_are_explained_by_their_steps() -> None:
    owned = done(setting_up("own-group"))
    deed = Deed("e1", AT, Act.OWNER, ObjectId("megan"), ObjectId("new"))
    assert compare([owned], [deed, replace(deed, entry="e2", principal=ObjectId("alex"))]) == ()
    required = ended(setting_up("require-assignment"), entry("step.done", AT, 2, {"request-id": "1"}))
    changed = Deed("e3", AT, Act.REQUIRED, ObjectId("portal"))
    assert compare([required], [changed]) == ()
    assert [found.gap for found in compare([required], [])] == [Gap.NO_EFFECT]
    assert len(compare([required], [changed, replace(changed, entry="e4", principal=ObjectId("desk"))])) == 1


def test_an_old_approval_does_not_explain_what_is_done_again_much_later() -> None:
    again = joined(AT + timedelta(hours=2), key="e2")
    assert [one.key for one in compare([done(begun())], [joined(), again])] == ["e2"]


def test_clocks_may_be_minutes_apart_in_either_direction() -> None:
    for apart in (-MARGIN, MARGIN):
        assert compare([done(begun())], [joined(AT + apart)]) == ()
    assert len(compare([done(begun())], [joined(AT - 2 * MARGIN)])) == 2


def test_an_invitation_is_explained_by_its_address_before_the_guest_is_known_and_by_the_guest_after() -> None:
    one = replace(begun("invite"), guest=None)
    named = Deed("e1", AT, Act.INVITATION, ObjectId("ana"), address="ana@fabrikam.com")
    assert compare([one], [named]) == ()
    assert len(compare([one], [replace(named, address="")])) == 1
    assert compare([done(one)], [replace(named, address="")]) == ()


def test_an_invitation_repeated_because_its_answer_was_lost_is_one_approval_with_two_effects() -> None:
    first = replace(begun("invite"), guest=None)
    second = done(replace(begun("invite", AT + SECOND), seq=2, fence=2, guest=None), cause="link-lost")
    deeds = [
        Deed(key, AT + late, Act.INVITATION, ObjectId("ana"), address="ana@fabrikam.com")
        for key, late in (("e1", SECOND), ("e2", 2 * SECOND))
    ]
    assert compare([first, second], deeds) == ()


def test_an_approval_whose_effect_the_log_does_not_tell_is_found() -> None:
    [found] = compare([done(begun())], [])
    assert (found.gap, found.request_id, found.at) == (Gap.NO_EFFECT, "1" * 32, AT)
    assert found.fact.request_id == "1" * 32


def test_a_finding_is_read_back_as_its_entry_says_and_taken_back_under_the_same_key() -> None:
    [found] = compare([done(begun(give="app-role:reader"))], [])
    assert Finding.read(found.fact) == found
    assert found.taken_back.what == "reconcile.found-later"
    assert found.taken_back.detail == found.fact.detail
    assert found.taken_back.request_id == found.request_id


def test_what_the_log_tells_of_is_known_by_the_key_under_which_it_would_be_missing() -> None:
    one = done(begun())
    [found] = compare([one], [])
    comparison = Comparison(SINCE, UNTIL, [one], ())
    assert comparison.effected == frozenset()
    comparison.see(joined(), None)
    assert comparison.effected == {found.key}


@pytest.mark.parametrize(
    "one",
    [
        begun(),
        done(begun(), was_there=True),
        done(begun(), trace=None, found=True),
        done(begun("invite"), cause="pending-guest"),
        done(begun("invite"), cause="link-lost"),
    ],
)
def test_no_effect_is_expected_of_what_surely_or_perhaps_made_none(one: Approved) -> None:
    assert compare([one], []) == ()


def test_a_new_guest_s_invitation_must_be_in_the_log() -> None:
    assert [one.act for one in compare([done(begun("invite"), cause="new-guest")], [])] == [Act.INVITATION]


def test_what_was_done_in_a_time_that_a_restore_lost_rings_no_alarm() -> None:
    restore = Restore(1, AT - timedelta(minutes=30), AT + timedelta(minutes=30), 1001, 11001)
    deeds = [joined(AT, "e1"), joined(AT + timedelta(hours=1), "e2")]
    gaps = {one.key: one.gap for one in compare([], deeds, [restore])}
    assert gaps == {"e1": Gap.LOST, "e2": Gap.NO_APPROVAL}


def test_what_is_around_the_span_explains_and_is_not_judged() -> None:
    early, late = done(begun(at=SINCE - SECOND)), done(begun(at=UNTIL))
    assert compare([early, late], []) == ()
    assert compare([early], [joined(SINCE + SECOND)]) == ()
    assert compare([], [joined(SINCE - SECOND), joined(UNTIL, "e2")]) == ()


def test_an_entry_of_an_older_version_is_read_with_what_its_request_gives() -> None:
    old = entry("step.begun", AT, 1, {"step": "give", "approved_by": "alex"})
    assert begins(old.fact)
    one = approved(old, Older(ObjectId("ana"), ObjectId("records"), "group:writers"))
    assert (one.act, one.guest, one.resource) == (Act.MEMBERSHIP, "ana", "writers")
    assert compare([one], [joined()]) == ()
    assert approved(old).guest is None, "which explains nothing"


@pytest.mark.parametrize("step", ["know", "mail", "prove"])
def test_a_step_that_gives_nothing_explains_nothing(step: str) -> None:
    assert not begins(entry("step.begun", AT, 1, {"step": step}).fact)


# --- whatever the order, the delay and the duplication ---

MINUTES = st.integers(1, 6 * 60 - 1).map(lambda minutes: SINCE + timedelta(minutes=minutes))
APART = st.integers(-int(MARGIN.total_seconds()), int(MARGIN.total_seconds())).map(
    lambda s: timedelta(seconds=s)
)
PEOPLE, GROUPS = ["ana", "ben", "cleo"], ["writers", "readers"]


@st.composite
def steps(draw: st.DrawFn) -> list[tuple[Approved, Deed]]:
    """Approved memberships, each with what the log says of it by a clock of its own."""
    found = []
    for number in range(draw(st.integers(0, 8))):
        who, group, at = draw(st.sampled_from(PEOPLE)), draw(st.sampled_from(GROUPS)), draw(MINUTES)
        started = replace(
            begun(at=at, give=f"group:{group}"), guest=ObjectId(who), resource=ObjectId(group), seq=number + 1
        )
        one = replace(started, ended_at=at + SECOND, expects=True) if draw(st.booleans()) else started
        found.append((one, joined(at + draw(APART), f"approved-{number}", group, who)))
    return found


@given(steps(), st.data())
@settings(deadline=None)
def test_whatever_the_order_and_duplication_no_effect_of_an_approved_request_is_an_alarm(
    pairs: list[tuple[Approved, Deed]], data: st.DataObject
) -> None:
    deeds = [deed for _, deed in pairs for _ in range(data.draw(st.integers(1, 3)))]
    assert compare([one for one, _ in pairs], data.draw(st.permutations(deeds))) == ()


@given(steps(), MINUTES, st.sampled_from(PEOPLE), st.sampled_from([*GROUPS, "admins"]), st.data())
@settings(deadline=None)
def test_a_planted_effect_is_found_unless_the_same_was_approved_at_that_time(
    pairs: list[tuple[Approved, Deed]], at: datetime, who: str, group: str, data: st.DataObject
) -> None:
    planted = joined(at, "planted", group, who)
    same = [one for one, _ in pairs if (one.guest, one.resource) == (who, group)]
    excused = any(abs(one.begun_at - at) <= AROUND + SECOND for one in same)
    deeds = data.draw(st.permutations([planted, *(deed for _, deed in pairs)]))
    found = [one.key for one in compare([one for one, _ in pairs], deeds)]
    assert found in ([["planted"], []] if excused else [["planted"]])


@given(steps(), st.data())
@settings(deadline=None)
def test_a_log_that_lost_an_entry_is_found_where_nothing_else_tells_the_same(
    pairs: list[tuple[Approved, Deed]], data: st.DataObject
) -> None:
    expecting = [number for number, (one, _) in enumerate(pairs) if one.expects]
    if not expecting:
        return
    lost = data.draw(st.sampled_from(expecting))
    kept = [deed for number, (_, deed) in enumerate(pairs) if number != lost]
    one, found = pairs[lost][0], compare([one for one, _ in pairs], kept)
    told = any(one.covers(d.at) and (d.principal, d.resource) == (one.guest, one.resource) for d in kept)
    assert [each.key for each in found] == ([] if told else [one.key])
