from typing import Any

import pytest

from access.ports import AccessError, Blocked, Given, Invitation, Missing, NotYet, Refused, Unknown
from access.rules.causes import Cause
from access.rules.model import DEFAULT_ACCESS, Give, GiveKind, ObjectId
from bot.credential import StaticCredential
from bot.graph import Graph
from cards.texts import LANGUAGES
from sandbox.settings import Settings
from tests.clinic import until

NOBODY = ObjectId("00000000-1111-2222-3333-444444444444")
WRITES = ("POST", "PATCH", "PUT", "DELETE")


def invitation(address: str = "ana@fabrikam.com", sponsor: ObjectId | None = None, **more: Any) -> Invitation:
    landing = "https://myapplications.microsoft.com"
    return Invitation(address, "Ana Ruiz", landing, sponsor, more.get("send_by_microsoft", False))


async def refusal_of(call: Any) -> AccessError:
    with pytest.raises(AccessError) as refused:
        await call
    return refused.value


async def written(entra: Any) -> list[str]:
    return [call["path"] for call in await entra.ledger("graph.call") if call["method"] in WRITES]


async def test_an_invitation_carries_the_sponsor_and_answers_with_guest_link_and_request_id(
    graph: Graph, entra: Any
) -> None:
    invited = await graph.access.invite(invitation(sponsor=entra.person("megan")))
    created = (await entra.ledger("user.created"))[-1]
    assert created["guest"] == invited.guest_id
    assert created["sponsors"] == [entra.person("megan")]
    assert invited.redeem_link.startswith(entra.url)
    assert invited.trace == (await entra.calls("POST", "/invitations"))[-1]["requestId"]
    assert await entra.ledger("mail.sent") == []


async def test_microsoft_mails_the_invitation_when_asked_to(graph: Graph, entra: Any) -> None:
    await graph.access.invite(invitation(send_by_microsoft=True))
    assert [mail["to"] for mail in await entra.ledger("mail.sent")] == [["ana@fabrikam.com"]]


async def test_microsoft_mails_in_the_language_of_the_house(entra: Any, clock: Any) -> None:
    for language, told in (("de", "de-DE"), ("en", "en-US")):
        graph = await Graph.open(
            entra.url, StaticCredential(Settings().token), "", clock, texts=LANGUAGES[language]
        )
        await graph.access.invite(invitation(send_by_microsoft=True))
        assert (await entra.ledger("invitation.created"))[-1]["language"] == told
        await graph.close()


async def test_inviting_again_draws_a_new_link_for_the_same_guest(graph: Graph) -> None:
    first = await graph.access.invite(invitation())
    second = await graph.access.invite(invitation())
    assert first.guest_id == second.guest_id
    assert first.redeem_link != second.redeem_link


@pytest.mark.parametrize(
    ("switches", "address", "kind", "cause"),
    [
        ({"allowInvitesFrom": "none"}, "ana@fabrikam.com", Refused, Cause.INVITATIONS_OFF),
        (
            {"allowInvitesFrom": "adminsAndGuestInviters", "appHasUserInviteAll": False},
            "ana@fabrikam.com",
            Refused,
            Cause.INVITATIONS_OFF,
        ),
        ({"abuseBlock": 0}, "ana@fabrikam.com", Blocked, Cause.INVITATIONS_BLOCKED),
        (
            {"crossTenant": "blocked", "crossTenantRefusal": 403},
            "ana@fabrikam.com",
            Refused,
            Cause.DOMAIN_REFUSED,
        ),
        (
            {"crossTenant": "blocked", "crossTenantRefusal": 400},
            "ana@fabrikam.com",
            Refused,
            Cause.DOMAIN_REFUSED,
        ),
        ({}, "megan.bowen@contoso-health.com", Refused, Cause.ADDRESS_TAKEN),
        ({}, "new@contoso-health.com", Refused, Cause.ADDRESS_REFUSED),
        ({}, "ana+x@fabrikam.com", Refused, Cause.ADDRESS_REFUSED),
    ],
)
async def test_a_refused_invitation_says_why(
    graph: Graph, entra: Any, switches: dict[str, Any], address: str, kind: type[AccessError], cause: Cause
) -> None:
    await entra.switch(**switches)
    refused = await refusal_of(graph.access.invite(invitation(address)))
    assert (type(refused), refused.cause) == (kind, cause)
    assert refused.trace == (await entra.calls("POST", "/invitations"))[-1]["requestId"]
    assert address not in str(refused)


@pytest.mark.parametrize("do", ["500-after", "503-after", "504-after", "reset-after"])
async def test_an_invitation_whose_answer_is_lost_is_unknown_and_is_not_posted_again(
    graph: Graph, entra: Any, do: str
) -> None:
    await entra.fault(do, "/invitations$")
    assert isinstance(await refusal_of(graph.access.invite(invitation())), Unknown)
    assert len(await entra.ledger("invitation.created")) == 1
    assert len(await entra.calls("POST", "/invitations")) == 1


@pytest.mark.parametrize("do", ["503-before", "503-after", "504-after", "reset-before", "reset-after"])
async def test_an_assignment_whose_answer_is_lost_is_sent_once(
    graph: Graph, entra: Any, ana: ObjectId, do: str
) -> None:
    app, role = entra.app("health-records"), entra.role("health-records")
    await entra.fault(do, "/appRoleAssignedTo$")
    assert isinstance(await refusal_of(graph.access.give(ana, app, role)), Unknown)
    # A connection that is reset before the call is read leaves no call in the ledger.
    assert len(await entra.calls("POST", "/appRoleAssignedTo")) == (do != "reset-before")
    assert await graph.directory.has(ana, app, role) == do.endswith("after")


async def test_giving_assigns_the_role_and_reading_back_proves_it(
    graph: Graph, entra: Any, ana: ObjectId
) -> None:
    app, role = entra.app("health-records"), entra.role("health-records")
    given = await graph.access.give(ana, app, role)
    call = (await entra.calls("POST", "/appRoleAssignedTo"))[-1]
    assert given == Given(call["requestId"])
    proof = await graph.access.read_back(ana, app, role)
    assert (proof.guest_found, proof.access_found) == (True, True)
    reads = [call["requestId"] for call in await entra.ledger("graph.call")][-2:]
    assert [proof.guest_trace, proof.access_trace] == reads


async def test_giving_adds_to_the_group_and_reading_back_proves_it(
    graph: Graph, entra: Any, ana: ObjectId
) -> None:
    app, group = entra.app("health-records"), entra.membership("guests-health-records")
    assert not (await graph.access.read_back(ana, app, group)).access_found
    await graph.access.give(ana, app, group)
    assert (await graph.access.read_back(ana, app, group)).access_found


async def test_an_app_without_roles_is_given_as_default_access(
    graph: Graph, entra: Any, ana: ObjectId
) -> None:
    give = Give(GiveKind.APP_ROLE, DEFAULT_ACCESS, "")
    await graph.access.give(ana, entra.app("bed-board"), give)
    assert await graph.directory.has(ana, entra.app("bed-board"), give)


async def test_giving_what_is_there_already_is_success(graph: Graph, entra: Any, ana: ObjectId) -> None:
    app = entra.app("health-records")
    for give in (entra.role("health-records"), entra.membership("guests-health-records")):
        assert not (await graph.access.give(ana, app, give)).was_there
        assert (await graph.access.give(ana, app, give)).was_there
    assert len(await entra.ledger("assignment.created")) == 1
    assert len(await entra.ledger("member.added")) == 1


async def test_nobody_but_a_guest_is_given_anything(graph: Graph, entra: Any) -> None:
    for give in (entra.role("health-records"), entra.membership("guests-health-records")):
        refused = await refusal_of(
            graph.access.give(entra.person("diego"), entra.app("health-records"), give)
        )
        assert (type(refused), refused.cause) == (Refused, Cause.NOT_A_GUEST)
    for principal in ("guests-health-records",):
        refused = await refusal_of(
            graph.access.give(
                entra.group(principal), entra.app("health-records"), entra.role("health-records")
            )
        )
        assert isinstance(refused, Missing)
    assert await written(entra) == []


async def test_a_guest_who_was_made_a_member_is_given_nothing(
    graph: Graph, entra: Any, ana: ObjectId
) -> None:
    await entra.set_properties(ana, userType="Member")
    give = graph.access.give(ana, entra.app("health-records"), entra.role("health-records"))
    assert (await refusal_of(give)).cause is Cause.NOT_A_GUEST


async def test_nobody_is_given_a_right_in_microsoft_graph(graph: Graph, entra: Any, ana: ObjectId) -> None:
    before = await written(entra)
    for give in (entra.role("microsoft-graph"), Give(GiveKind.APP_ROLE, DEFAULT_ACCESS, "")):
        refused = await refusal_of(graph.access.give(ana, entra.app("microsoft-graph"), give))
        assert (type(refused), refused.cause) == (Refused, Cause.GUARDED)
    assert await written(entra) == before


@pytest.mark.parametrize(
    "owner", ["f8cdef31-a31e-4b4a-93e4-5f571e91255a", "72f988bf-86f1-41af-91ab-2d7cd011db47"]
)
async def test_nobody_is_given_a_right_in_an_app_that_microsoft_owns(
    owner: str, graph: Graph, entra: Any, ana: ObjectId
) -> None:
    await entra.set_properties(entra.app("health-records"), appOwnerOrganizationId=owner)
    give = graph.access.give(ana, entra.app("health-records"), entra.role("health-records"))
    assert (await refusal_of(give)).cause is Cause.GUARDED
    every = graph.directory.every_app(waited_for=True)
    assert entra.app("health-records") not in {app.object_id async for app in every}
    assert await graph.directory.apps_named("Health Records") == []


async def test_nobody_is_added_to_a_group_that_can_hold_roles_over_the_tenant(
    graph: Graph, entra: Any, ana: ObjectId
) -> None:
    await entra.set_properties(entra.group("security-operations"), isAssignableToRole=True)
    give = graph.access.give(ana, entra.app("health-records"), entra.membership("security-operations"))
    assert (await refusal_of(give)).cause is Cause.GUARDED
    assert await entra.ledger("member.added") == []


@pytest.mark.parametrize(
    ("app", "give", "cause"),
    [
        ("old-health-records", "default", Cause.APP_DISABLED),
        ("health-records", "default", Cause.ROLE_GONE),
        ("health-records", "unknown", Cause.ROLE_GONE),
        ("bed-board", "unknown", Cause.ROLE_GONE),
        ("nobody", "default", Cause.APP_GONE),
        ("health-records", "all-clinicians", Cause.GROUP_CLOSED),
        ("health-records", "onprem-imaging", Cause.GROUP_CLOSED),
        ("health-records", "board", Cause.GROUP_BARS_GUESTS),
        ("health-records", "gone-group", Cause.GROUP_GONE),
    ],
)
async def test_what_cannot_be_given_says_why(
    graph: Graph, entra: Any, ana: ObjectId, app: str, give: str, cause: Cause
) -> None:
    app_id = NOBODY if app == "nobody" else entra.app(app)
    roles = {"default": DEFAULT_ACCESS, "unknown": NOBODY}
    if give in roles:
        wanted = Give(GiveKind.APP_ROLE, roles[give], "")
    else:
        wanted = Give(GiveKind.GROUP, NOBODY if give == "gone-group" else entra.group(give), "")
    refused = await refusal_of(graph.access.give(ana, app_id, wanted))
    assert isinstance(refused, Refused)
    assert refused.cause is cause


async def test_a_guest_who_is_gone_is_missing_and_a_fresh_one_is_not_yet(graph: Graph, entra: Any) -> None:
    app, role = entra.app("health-records"), entra.role("health-records")
    gone = await refusal_of(graph.access.give(NOBODY, app, role))
    assert (type(gone), gone.cause) == (Missing, Cause.GUEST_GONE)
    fresh = await refusal_of(graph.access.give(NOBODY, app, role, fresh=True))
    assert (type(fresh), fresh.cause) == (NotYet, Cause.REPLICATING)


async def test_a_guest_who_is_not_replicated_becomes_known_in_time(graph: Graph, entra: Any) -> None:
    await entra.switch(lag=3)
    ana = (await graph.access.invite(invitation())).guest_id
    app, role = entra.app("health-records"), entra.role("health-records")
    waits: list[AccessError] = []

    async def known() -> bool:
        try:
            await graph.access.give(ana, app, role, fresh=True)
        except NotYet as error:
            waits.append(error)
        return bool(await graph.directory.has(ana, app, role))

    await until(known, "the guest is known")
    assert waits
    assert {wait.cause for wait in waits} == {Cause.REPLICATING}
    assert (await graph.access.read_back(ana, app, role)).access_found


async def test_proof_is_missing_when_guest_or_access_is(graph: Graph, entra: Any, ana: ObjectId) -> None:
    app, role = entra.app("health-records"), entra.role("health-records")
    proof = await graph.access.read_back(ana, app, role)
    assert (proof.guest_found, proof.access_found) == (True, False)
    proof = await graph.access.read_back(NOBODY, app, role)
    assert (proof.guest_found, proof.access_found) == (False, False)
    assert proof.guest_trace


async def test_a_sponsor_is_added_once_and_adding_again_is_success(
    graph: Graph, entra: Any, ana: ObjectId
) -> None:
    added = [await graph.access.sponsor(ana, entra.person("megan")) for _ in range(2)]
    assert [one.was_there for one in added] == [False, True]
    assert len(await entra.ledger("sponsor.added")) == 1


async def test_a_missing_sponsor_and_a_missing_guest_are_told_apart(
    graph: Graph, entra: Any, ana: ObjectId
) -> None:
    assert (await refusal_of(graph.access.sponsor(ana, NOBODY))).cause is Cause.SPONSOR_LEFT
    assert (await refusal_of(graph.access.sponsor(NOBODY, entra.person("megan")))).cause is Cause.GUEST_GONE


async def test_the_app_is_installed_for_a_person_and_to_have_it_is_success(graph: Graph, entra: Any) -> None:
    app_id = entra.clinic["bot"]["appId"]
    refused = await refusal_of(graph.install.install_for(entra.person("nia"), app_id))
    assert (type(refused), refused.cause) == (Refused, Cause.RIGHTS_MISSING)
    await entra.switch(installPermission=True)
    for _ in range(2):
        await graph.install.install_for(entra.person("nia"), app_id)
    assert len(await entra.calls("GET", "/teamsApps")) == 1
    assert isinstance(await refusal_of(graph.install.install_for(entra.person("nia"), NOBODY)), Missing)
