"""Sending a request: what is wrong with it is said at once, and nothing is lost."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from access.ports import Unknown
from access.rules.causes import Cause
from access.rules.model import App, AppRole, Kind, ObjectId, Record, Redemption, State
from access.rules.policy_reader import read_policy
from access.rules.refusals import Duplicate, Field, Problem, ProblemCode
from access.service.request import Returned
from tests.service.house import (
    ALEX,
    ANA,
    DIEGO,
    LEAVER,
    LIDIA,
    MEGAN,
    NIA,
    POLICY,
    READER,
    RECORDS,
    VISITOR,
    House,
    draft,
)
from tests.service.test_waivers import waive

CHOSEN = ObjectId("11111111-1111-4111-8111-111111111111")
WRITERS = (AppRole(READER, "Reader"), AppRole(ObjectId("writer"), "Writer"))


async def _problems(house: House, **answers: str) -> list[tuple[Field, ProblemCode]]:
    wanted = draft(**answers)
    returned = await house.send(wanted)
    assert isinstance(returned, Returned), returned
    assert returned.draft is wanted, "what was typed is given back"
    return [(one.field, one.code) for one in returned.problems]


async def test_a_request_goes_to_the_other_owners_of_the_app(house: House) -> None:
    request = (await house.sent()).request
    assert request.state is State.PENDING_APPROVAL
    assert request.label == "R-1001"
    assert [one.object_id for one in request.approvers] == [ALEX, NIA]
    assert (request.address, request.guest_name, request.give.object_id) == (ANA, "Ana", READER)
    assert request.landing == "https://records.example"
    assert not request.fallback_used
    assert [entry.fact.what for entry in await house.audit()] == ["request.submitted"]


@pytest.mark.parametrize(
    ("answers", "field", "code"),
    [
        ({"address": ""}, Field.ADDRESS, ProblemCode.ADDRESS_MISSING),
        ({"address": "ana"}, Field.ADDRESS, ProblemCode.NOT_AN_ADDRESS),
        ({"address": "ana+x@fabrikam.com"}, Field.ADDRESS, ProblemCode.PLUS_ADDRESS),
        ({"address": "ana@contoso-health.com"}, Field.ADDRESS, ProblemCode.OWN_DOMAIN),
        ({"address": "ana@mailinator.com"}, Field.ADDRESS, ProblemCode.DOMAIN_DENIED),
        ({"address": "visitor@other.example"}, Field.ADDRESS, ProblemCode.IS_MEMBER),
        ({"app": ""}, Field.APP, ProblemCode.APP_MISSING),
        ({"app": "Helth Records"}, Field.APP, ProblemCode.APP_UNKNOWN),
        ({"app": "Old Records"}, Field.APP, ProblemCode.APP_DISABLED),
        ({"app": "Referral Desk"}, Field.APP, ProblemCode.NOT_ALLOWED),
        ({"access": "Surgeon"}, Field.ACCESS, ProblemCode.ACCESS_UNKNOWN),
        ({"app": "Patient Portal"}, Field.ACCESS, ProblemCode.ACCESS_MISSING),
        ({"app": "Patient Portal", "access": "Office"}, Field.ACCESS, ProblemCode.GROUP_CLOSED),
        ({"term": ""}, Field.TERM, ProblemCode.TERM_MISSING),
        ({"term": "soon"}, Field.TERM, ProblemCode.TERM_UNREADABLE),
        ({"term": "366d"}, Field.TERM, ProblemCode.TERM_TOO_LONG),
        ({"term": "9999y"}, Field.TERM, ProblemCode.TERM_TOO_LONG),
        ({"term": "until 2026-11-20"}, Field.TERM, ProblemCode.TERM_PAST),
        ({"term": "until"}, Field.UNTIL, ProblemCode.TERM_MISSING),
        ({"term": "until", "until": "2026-11-20"}, Field.UNTIL, ProblemCode.TERM_PAST),
        ({"justification": "  "}, Field.JUSTIFICATION, ProblemCode.JUSTIFICATION_MISSING),
        ({"justification": "an   audit"}, Field.JUSTIFICATION, ProblemCode.JUSTIFICATION_SHORT),
        ({"justification": "x" * 501}, Field.JUSTIFICATION, ProblemCode.TOO_LONG),
        ({"message": "x" * 501}, Field.MESSAGE, ProblemCode.TOO_LONG),
        ({"name": "x" * 101}, Field.NAME, ProblemCode.TOO_LONG),
    ],
    ids=lambda value: " ".join(f"{k} {v}"[:30] for k, v in value.items()) if isinstance(value, dict) else "",
)
async def test_one_thing_wrong_is_told_under_its_field(
    house: House, answers: dict[str, str], field: Field, code: ProblemCode
) -> None:
    assert await _problems(house, **answers) == [(field, code)]
    assert {entry.fact.what for entry in await house.audit()} <= {"request.refused"}


async def test_everything_wrong_is_told_at_once(house: House) -> None:
    told = await _problems(house, address="", app="", term="", justification="")
    assert {field for field, _ in told} == {Field.ADDRESS, Field.APP, Field.TERM, Field.JUSTIFICATION}


async def test_an_app_that_one_may_not_request_for_is_refused_by_id_exactly_as_one_that_is_not_there(
    house: House,
) -> None:
    house.tenant.apps[CHOSEN] = App(CHOSEN, "Chosen")
    unknown = await _problems(house, app="99999999-9999-4999-8999-999999999999")
    assert unknown == [(Field.APP, ProblemCode.APP_UNKNOWN)]
    returned = await house.send(draft(app=CHOSEN))
    assert isinstance(returned, Returned)
    assert returned.problems == (Problem(Field.APP, ProblemCode.APP_UNKNOWN),)
    house.tenant.owners[CHOSEN] = [MEGAN, ALEX]  # which counts at once
    assert (await house.sent(draft(app=CHOSEN.upper()))).request.app.name == "Chosen"


@pytest.mark.parametrize("answers", [{}, {"app": CHOSEN}])
async def test_what_is_sent_is_read_anew_by_itself_and_never_by_the_whole_list(
    house: House, answers: dict[str, str]
) -> None:
    house.tenant.apps[CHOSEN] = replace(house.tenant.apps[RECORDS], object_id=CHOSEN, name="Chosen")
    house.tenant.owners[CHOSEN] = [MEGAN, ALEX]
    await house.index.refresh()
    house.faults.calls.clear()
    await house.sent(draft(**answers))
    asked = house.faults.calls
    assert asked.count("app") == 1
    assert not {"every_app", "apps_named"} & set(asked)


@pytest.mark.parametrize("app", ["Health Records", CHOSEN])
async def test_what_is_named_rightly_is_sent_although_what_one_may_find_cannot_be_read(
    house: House, app: str
) -> None:
    house.tenant.apps[CHOSEN] = replace(house.tenant.apps[RECORDS], object_id=CHOSEN, name="Chosen")
    house.tenant.owners[CHOSEN] = [MEGAN, ALEX]
    house.faults.before["apps_owned_by"] = [Unknown(Cause.UNAVAILABLE)]
    assert (await house.sent(draft(app=app))).request.state is State.PENDING_APPROVAL
    assert house.faults.before["apps_owned_by"] == []


async def test_what_is_named_rightly_is_sent_although_the_list_of_apps_cannot_be_read(house: House) -> None:
    house.faults.before["every_app"] = [Unknown(Cause.UNAVAILABLE) for _ in range(9)]
    assert (await house.sent()).request.app.object_id == RECORDS


@pytest.mark.parametrize("since", [{"name": "Archive"}, {"enabled": False}, None])
async def test_which_is_meant_is_asked_of_apps_that_have_the_name_now(
    house: House, since: dict[str, Any] | None
) -> None:
    other = App(CHOSEN, "Health Records", roles=WRITERS)
    house.tenant.apps[CHOSEN] = other
    house.tenant.owners[CHOSEN] = [MEGAN, ALEX]
    await house.index.refresh()
    if since is None:
        house.tenant.owners[CHOSEN].remove(MEGAN)
    else:
        house.tenant.apps[CHOSEN] = replace(other, **since)
    assert (await house.sent()).request.app.object_id == RECORDS
    assert "every_app" not in house.faults.calls[house.faults.calls.index("apps_owned_by") :]


async def test_who_lost_the_right_since_they_saw_the_app_is_told_so(house: House) -> None:
    assert await house.searches.apps(MEGAN, "health", 5)
    house.tenant.owners[RECORDS].remove(MEGAN)
    returned = await house.send(draft())
    assert isinstance(returned, Returned)
    assert returned.problems == (Problem(Field.APP, ProblemCode.NOT_ALLOWED, ("Health Records",)),)


async def test_a_name_is_what_it_is_called_now_not_what_it_was_at_the_last_reading(house: House) -> None:
    await house.index.refresh()
    house.tenant.apps[RECORDS] = replace(house.tenant.apps[RECORDS], name="Archive")
    assert (await house.sent(draft(app="archive"))).request.app.object_id == RECORDS
    returned = await house.send(draft())
    assert isinstance(returned, Returned)
    assert [(one.code, one.hints) for one in returned.problems] == [(ProblemCode.APP_UNKNOWN, ())]
    house.tenant.apps[CHOSEN] = replace(house.tenant.apps[RECORDS], object_id=CHOSEN, name="Health Records")
    house.tenant.owners[CHOSEN] = [MEGAN, ALEX]
    assert (await house.sent()).request.app.object_id == CHOSEN


async def test_a_role_that_was_switched_off_since_it_was_searched_is_not_given(house: House) -> None:
    await house.index.refresh()
    house.tenant.apps[RECORDS] = replace(house.tenant.apps[RECORDS], roles=WRITERS[1:])
    assert [give.name for give in await house.searches.gives(MEGAN, RECORDS)] == ["Reader"]
    assert await _problems(house, access=f"app-role:{READER}") == [(Field.ACCESS, ProblemCode.ACCESS_UNKNOWN)]
    assert (await house.sent()).request.give.name == "Writer"


@pytest.mark.parametrize("warm", [True, False])
async def test_of_several_apps_of_a_name_the_only_one_they_may_request_for_is_meant(
    house: House, *, warm: bool
) -> None:
    for number in range(20):
        other = ObjectId(f"another-{number}")
        house.tenant.apps[other] = App(other, "Health Records")
    if warm:
        await house.index.refresh()
    house.tenant.apps = dict(reversed(house.tenant.apps.items()))
    assert (await house.sent()).request.app.object_id == RECORDS


async def test_which_of_several_apps_of_a_name_is_meant_is_never_guessed(house: House) -> None:
    other = App(CHOSEN, "Health\u200b records", roles=WRITERS)
    house.tenant.apps[CHOSEN] = other
    house.tenant.owners[CHOSEN] = [MEGAN, ALEX]
    assert await _problems(house) == [(Field.APP, ProblemCode.APP_AMBIGUOUS)]
    assert await _problems(house, app="HEALTH  Records") == [(Field.APP, ProblemCode.APP_AMBIGUOUS)]
    assert (await house.sent(draft(app=CHOSEN, access="Writer"))).request.app.object_id == CHOSEN

    house.tenant.apps[CHOSEN] = replace(other, enabled=False)
    await house.index.refresh()
    assert (await house.sent()).request.app.object_id == RECORDS


async def test_did_you_mean_names_only_apps_that_the_person_may_request_for(house: House) -> None:
    returned = await house.send(draft(app="Record"))
    assert isinstance(returned, Returned)
    assert returned.problems[0].hints == ("Health Records",), "and only those that are switched on"
    returned = await house.send(draft(app="Record"), DIEGO)
    assert isinstance(returned, Returned)
    assert returned.problems[0].hints == ()


@pytest.mark.parametrize("who", [DIEGO, LEAVER, VISITOR, ObjectId("nobody")])
async def test_who_is_no_owner_or_disabled_or_a_guest_or_unknown_may_not_request(
    house: House, who: ObjectId
) -> None:
    returned = await house.send(draft(), who)
    assert isinstance(returned, Returned)
    assert returned.problems == (Problem(Field.APP, ProblemCode.NOT_ALLOWED, ("Health Records",)),)
    assert await house.searches.apps(who, "", 50) == []


async def test_where_the_policy_says_so_every_member_may_request_and_still_no_guest(house: House) -> None:
    members = '[defaults]\nrequestors = ["members"]\n[[defaults.stage]]'
    house.policy.policy = read_policy(POLICY.replace("[[defaults.stage]]", members))
    assert isinstance(await house.send(draft(), DIEGO), Record)
    assert isinstance(await house.send(draft(), VISITOR), Returned)


async def test_the_same_thing_again_points_to_the_first(house: House) -> None:
    first = await house.sent()
    again = await house.send(draft(address="ANA@Fabrikam.com", term="30d"))
    assert isinstance(again, Duplicate)
    assert again.first.request_id == first.request.request_id


async def test_what_was_canceled_may_be_asked_again(house: House) -> None:
    first = await house.sent()
    await house.decisions.cancel(first.request.label, MEGAN)
    assert (await house.sent()).request.label == "R-1002"


async def test_a_guest_who_has_the_access_already_is_not_asked_for(house: House) -> None:
    ana = house.knows(Redemption.ACCEPTED)
    house.tenant.access.add((ana.object_id, RECORDS))
    assert await _problems(house) == [(Field.APP, ProblemCode.HAS_ACCESS)]


class _Slow:
    """A directory, or who else is asked, whose first answer comes after something else has happened."""

    def __init__(self, inner: object, call: str, meanwhile: Callable[[], Awaitable[object]]) -> None:
        self._inner, self._call, self._meanwhile = inner, call, [meanwhile]

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)
        if name != self._call:
            return method

        async def slow(*args: Any, **options: Any) -> Any:
            while self._meanwhile:
                await self._meanwhile.pop()()
            return await method(*args, **options)

        return slow


def _given_meanwhile(house: House, first: Record, of: str, call: str) -> None:
    """Have a request delivered right before a call of the next one's turn is answered."""

    async def meanwhile() -> None:
        house.clock.turn(seconds=1)
        await house.delivered(first)
        house.tenant.access.clear()  # the directory answers as before

    setattr(house.requests, of, _Slow(getattr(house.requests, of), call, meanwhile))


async def test_what_was_given_while_somebody_asked_again_is_not_asked_for_twice(house: House) -> None:
    _given_meanwhile(house, await house.approved(), "directory", "person")
    assert await _problems(house) == [(Field.APP, ProblemCode.HAS_ACCESS)]


async def test_who_assigns_twice_by_the_guests_object_id_is_told_so_too(house: House) -> None:
    ana = replace(house.knows(Redemption.ACCEPTED), object_id=CHOSEN)
    house.tenant.guests = {CHOSEN: ana}
    wanted = replace(draft(address=CHOSEN), kind=Kind.ASSIGN)
    _given_meanwhile(house, await house.approved(wanted), "directory", "person")
    returned = await house.send(wanted)
    assert isinstance(returned, Returned)
    assert [one.code for one in returned.problems] == [ProblemCode.HAS_ACCESS]


@pytest.mark.parametrize(("of", "call"), [("roster", "panels"), ("store", "subject"), ("store", "add")])
async def test_who_types_twice_invites_and_mails_once_however_late_the_first_is_done(
    house: House, of: str, call: str
) -> None:
    waive(house)
    first = await house.sent(draft(term="30d"))
    _given_meanwhile(house, first, of, call)
    returned = await house.send(draft(term="30d"))
    await house.settle()
    assert isinstance(returned, Returned)
    names = ("Ana", "Health Records", "Reader")
    assert returned.problems == (Problem(Field.APP, ProblemCode.HAS_ACCESS, names),)
    assert (len(house.tenant.invitations), len(house.mail.sent)) == (1, 1)


async def test_what_others_have_taken_away_may_be_asked_for_again_at_once(house: House) -> None:
    await house.delivered(await house.approved())
    house.tenant.access.clear()
    assert (await house.sent()).request.label == "R-1002"


@pytest.mark.parametrize("has", [True, False])
async def test_who_is_not_found_by_the_address_yet_is_asked_of_as_whom_the_access_was_given(
    house: House, *, has: bool
) -> None:
    await house.delivered(await house.approved())
    house.clock.turn(seconds=5)
    house.tenant.hidden_reads = 1
    if has:
        assert await _problems(house) == [(Field.APP, ProblemCode.HAS_ACCESS)]
    else:
        house.tenant.access.clear()  # by others, as the directory says
        assert (await house.sent()).request.label == "R-1002"


async def test_a_disabled_guest_is_not_asked_for(house: House) -> None:
    house.knows(Redemption.ACCEPTED, enabled=False)
    assert await _problems(house) == [(Field.ADDRESS, ProblemCode.GUEST_DISABLED)]


async def test_assign_is_for_guests_who_are_in_the_directory(house: House) -> None:
    wanted = replace(draft(), kind=Kind.ASSIGN)
    returned = await house.send(wanted)
    assert isinstance(returned, Returned)
    assert [one.code for one in returned.problems] == [ProblemCode.NOT_A_GUEST_YET]
    house.knows(Redemption.ACCEPTED)
    assert (await house.sent(wanted)).request.guest_name == "Ana Ruiz"


async def test_where_no_owner_is_left_the_fallback_decides(house: House) -> None:
    request = (await house.sent(draft(app="Patient Portal", access="Portal guests"))).request
    assert [one.object_id for one in request.approvers] == [LIDIA]
    assert request.fallback_used


async def test_where_nobody_could_decide_nothing_is_sent(house: House) -> None:
    house.tenant.members.clear()
    assert await _problems(house, app="Patient Portal", access="Portal guests") == [
        (Field.WHOLE, ProblemCode.NO_APPROVER)
    ]


async def test_nothing_is_sent_while_the_directory_cannot_be_read(house: House) -> None:
    house.faults.down = Unknown(Cause.UNAVAILABLE)
    with pytest.raises(Unknown):
        await house.send()
    assert await house.store.requested_by(MEGAN, 10) == []


async def test_the_policys_choice_is_given_when_nothing_is_chosen(house: House) -> None:
    text = f'{POLICY}[[app]]\nid = "{CHOSEN}"\ngive = "app-role:Writer"\n'
    house.tenant.apps[CHOSEN] = App(CHOSEN, "Chosen", roles=WRITERS)
    house.tenant.owners[CHOSEN] = [MEGAN, ALEX]
    house.policy.policy = read_policy(text)
    assert (await house.sent(draft(app="Chosen"))).request.give.name == "Writer"


async def test_who_may_ask_for_nothing_learns_nothing_of_who_is_in_the_directory(house: House) -> None:
    house.knows(Redemption.ACCEPTED, enabled=False)
    returned = await house.send(draft(), DIEGO)
    assert isinstance(returned, Returned)
    assert [problem.code for problem in returned.problems] == [ProblemCode.NOT_ALLOWED]
