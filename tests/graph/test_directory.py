from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from access.ports import Invitation, Missing
from access.rules.causes import Cause
from access.rules.model import (
    DEFAULT_ACCESS,
    Give,
    GiveKind,
    GroupKind,
    Guest,
    ObjectId,
    Person,
    PersonKind,
    Redemption,
)
from bot.graph import Graph
from sandbox.settings import Settings

NOBODY = ObjectId("00000000-1111-2222-3333-444444444444")


@pytest.fixture
async def ana(graph: Graph, entra: Any) -> ObjectId:
    invitation = Invitation(
        "ana@fabrikam.com", "Ana Ruiz", "https://myapplications.microsoft.com", None, False
    )
    return (await graph.access.invite(invitation)).guest_id


@pytest.mark.parametrize(
    "route",
    [
        {"mail": "dr.ruiz@fabrikam.com", "otherMails": []},
        {"mail": "ana@fabrikam.com", "otherMails": ["dr.ruiz@fabrikam.com"]},
        {"mail": "ana@fabrikam.com", "otherMails": [], "proxyAddresses": ["smtp:dr.ruiz@fabrikam.com"]},
        {"mail": "ana@fabrikam.com", "otherMails": [], "proxyAddresses": ["SMTP:dr.ruiz@fabrikam.com"]},
    ],
    ids=["mail", "otherMails", "proxyAddresses", "primary proxyAddress"],
)
async def test_a_guest_is_found_by_every_place_where_an_address_stands(
    graph: Graph, entra: Any, ana: ObjectId, route: dict[str, Any]
) -> None:
    assert await graph.directory.find_by_address("dr.ruiz@fabrikam.com") is None
    await entra.set_properties(ana, **{"proxyAddresses": [], **route})
    found = await graph.directory.find_by_address("dr.ruiz@fabrikam.com")
    assert isinstance(found, Guest)
    assert found.object_id == ana


async def test_guests_are_read_together_fifteen_in_a_call(graph: Graph, entra: Any, ana: ObjectId) -> None:
    """So many are what Graph's `in` takes; who is nobody, no guest, or no object id is left out."""
    ids = [ObjectId(f"{number:08d}-1111-2222-3333-444444444444") for number in range(14)]
    await entra.accept("ana@fabrikam.com")
    [found] = await graph.directory.guests([*ids, ana, entra.person("megan"), ObjectId("') or mail ne ('")])
    assert (found.object_id, found.redemption) == (ana, Redemption.ACCEPTED)
    assert len(await entra.calls("GET", "/users")) == 2
    assert await graph.directory.guests([]) == []


async def test_a_member_who_has_the_address_is_found_as_a_person(graph: Graph, entra: Any) -> None:
    found = await graph.directory.find_by_address("megan.bowen@contoso-health.com")
    assert isinstance(found, Person)
    assert (found.object_id, found.kind) == (entra.person("megan"), PersonKind.MEMBER)


async def test_the_guests_made_since_a_time_are_listed_and_nobody_else(
    graph: Graph, entra: Any, ana: ObjectId
) -> None:
    made = datetime.now(UTC)
    assert [one.object_id for one in await graph.directory.guests_since(made - timedelta(minutes=1))] == [ana]
    assert await graph.directory.guests_since(made + timedelta(minutes=1)) == []


async def test_a_guest_who_was_made_a_member_is_still_a_guest_to_redemption(
    graph: Graph, entra: Any, ana: ObjectId
) -> None:
    await entra.set_properties(ana, userType="Member")
    found = await graph.directory.guest(ana)
    assert found is not None
    assert found.redemption is Redemption.PENDING


async def test_a_guest_is_read_with_what_they_have_redeemed_and_since_when(
    graph: Graph, entra: Any, ana: ObjectId
) -> None:
    guest = await graph.directory.guest(ana)
    assert guest is not None
    assert (guest.name, guest.address, guest.redemption) == (
        "Ana Ruiz",
        "ana@fabrikam.com",
        Redemption.PENDING,
    )
    assert guest.redemption_changed_at is not None
    assert guest.redemption_changed_at.utcoffset() == timedelta(0)
    await entra.accept("ana@fabrikam.com")
    guest = await graph.directory.guest(ana)
    assert guest is not None
    assert guest.redemption is Redemption.ACCEPTED


async def test_a_member_is_no_guest_and_nobody_is_nobody(graph: Graph, entra: Any) -> None:
    assert await graph.directory.guest(entra.person("megan")) is None
    assert await graph.directory.guest(NOBODY) is None
    assert await graph.directory.person(NOBODY) is None
    assert await graph.directory.find_by_address("nobody@fabrikam.com") is None


async def test_a_person_is_read_with_whether_they_may_sign_in(graph: Graph, entra: Any) -> None:
    megan = await graph.directory.person(entra.person("megan"))
    leaver = await graph.directory.person(entra.person("leaver"))
    assert megan == Person(
        entra.person("megan"),
        "Megan Bowen",
        "megan.bowen@contoso-health.com",
        PersonKind.MEMBER,
        enabled=True,
    )
    assert leaver is not None
    assert not leaver.enabled


async def test_the_people_who_stand_for_a_guest_are_read_page_by_page_and_groups_are_not(
    graph: Graph, entra: Any, ana: ObjectId
) -> None:
    assert await graph.directory.sponsors(ana) == []
    for one in (entra.person("megan"), entra.group("privacy-office"), entra.person("leaver")):
        await graph.access.sponsor(ana, one)
    await entra.switch(pageSize=1)
    found = await graph.directory.sponsors(ana)
    assert [one.object_id for one in found] == [entra.person("megan"), entra.person("leaver")]
    assert [one.enabled for one in found] == [True, False]
    with pytest.raises(Missing) as missing:
        await graph.directory.sponsors(NOBODY)
    assert missing.value.cause is Cause.GUEST_GONE


async def test_a_manager_is_read_and_may_be_missing(graph: Graph, entra: Any) -> None:
    manager = await graph.directory.manager(entra.person("megan"))
    assert manager is not None
    assert manager.object_id == entra.person("lidia")
    assert await graph.directory.manager(entra.person("lidia")) is None


async def test_the_index_holds_the_apps_that_people_use_and_not_microsoft_graph(
    graph: Graph, entra: Any
) -> None:
    apps = {app.object_id: app async for app in graph.directory.every_app(waited_for=True)}
    assert entra.app("microsoft-graph") not in apps
    assert len(apps) == len(entra.clinic["apps"]) - 1
    records = apps[entra.app("health-records")]
    assert [role.name for role in records.roles] == ["Clinician", "Auditor"]
    assert records.home_page == "https://health-records.contoso-health.com/"
    assert not apps[entra.app("old-health-records")].enabled


@pytest.mark.parametrize("typed", ["Health Records", "HEALTH records"])
async def test_an_app_is_found_by_exactly_its_name_in_one_read(graph: Graph, entra: Any, typed: str) -> None:
    [app] = await graph.directory.apps_named(typed)
    assert app.object_id == entra.app("health-records")
    assert len(await entra.calls("GET", "/servicePrincipals")) == 1


@pytest.mark.parametrize("typed", ["Health", "O'Brien & Co", "' or 1 eq 1", "Microsoft Graph", "%$#&+?"])
async def test_what_is_no_name_of_an_app_that_people_use_finds_none(graph: Graph, typed: str) -> None:
    assert await graph.directory.apps_named(typed) == []


async def test_the_groups_of_a_person_are_read_from_their_own_side(graph: Graph, entra: Any) -> None:
    await entra.switch(pageSize=1)
    found = await graph.directory.memberships(entra.person("lidia"))
    groups = {one["id"] for one in entra.clinic["groups"] if entra.person("lidia") in one["members"]}
    assert groups
    assert groups <= found
    assert len(await entra.calls("GET", f"/users/{entra.person('lidia')}/memberOf")) >= 1


async def test_whoever_is_in_a_group_within_a_group_is_in_it(graph: Graph, entra: Any) -> None:
    outer, inner = entra.group("board"), entra.group("case-review")
    within = {"@odata.id": f"{entra.url}/v1.0/directoryObjects/{inner}"}
    headers = {"Authorization": f"Bearer {Settings().token}"}
    path = f"{entra.url}/v1.0/groups/{outer}/members/$ref"
    async with entra.http.post(path, json=within, headers=headers) as answer:
        assert answer.ok, await answer.text()
    found = await graph.directory.everybody_in(outer)
    both = [*await graph.directory.group_members(outer), *await graph.directory.group_members(inner)]
    assert {one.object_id for one in found} == {one.object_id for one in both}
    assert len(both) > len(await graph.directory.group_members(outer)) > 0


async def test_a_membership_beyond_the_first_page_is_found(graph: Graph, entra: Any, ana: ObjectId) -> None:
    await entra.switch(pageSize=1)
    app, groups = entra.app("health-records"), ("privacy-office", "case-review", "guests-health-records")
    for key in groups:
        await graph.access.give(ana, app, entra.membership(key))
    assert all([await graph.directory.has(ana, app, entra.membership(key)) for key in groups])


async def test_microsoft_graph_is_known_for_what_it_is(graph: Graph, entra: Any) -> None:
    app = await graph.directory.app(entra.app("microsoft-graph"))
    records = await graph.directory.app(entra.app("health-records"))
    assert app is not None
    assert records is not None
    assert app.is_graph
    assert app.roles == ()
    assert not records.is_graph


async def test_owners_of_apps_and_groups_are_read_from_both_sides(graph: Graph, entra: Any) -> None:
    owners = await graph.directory.app_owners(entra.app("health-records"))
    assert {owner.object_id for owner in owners} == {entra.person(key) for key in ("megan", "alex", "nia")}
    owned = await graph.directory.apps_owned_by(entra.person("megan"))
    assert entra.app("health-records") in owned
    assert entra.app("billing") not in owned
    group_owners = await graph.directory.group_owners(entra.group("guests-health-records"))
    assert [owner.object_id for owner in group_owners] == [entra.person("alex")]


async def test_what_is_gone_says_which_it_is(graph: Graph) -> None:
    for call, cause in (
        (graph.directory.app_owners(NOBODY), Cause.APP_GONE),
        (graph.directory.groups_of_app(NOBODY), Cause.APP_GONE),
        (graph.directory.group_members(NOBODY), Cause.GROUP_GONE),
        (graph.directory.group_owners(NOBODY), Cause.GROUP_GONE),
    ):
        with pytest.raises(Missing) as gone:
            await call
        assert gone.value.cause is cause
    assert await graph.directory.app(NOBODY) is None
    assert await graph.directory.group(NOBODY) is None


async def test_the_groups_of_an_app_are_those_assigned_to_it(graph: Graph, entra: Any) -> None:
    groups = await graph.directory.groups_of_app(entra.app("health-records"))
    assert [group.object_id for group in groups] == [entra.group("guests-health-records")]
    assert await graph.directory.groups_of_app(entra.app("billing")) == []


@pytest.mark.parametrize(
    ("key", "kind", "closed"),
    [
        ("guests-health-records", GroupKind.SECURITY, ""),
        ("case-review", GroupKind.MICROSOFT_365, ""),
        ("all-clinicians", GroupKind.SECURITY, "dynamic"),
        ("onprem-imaging", GroupKind.SECURITY, "synced"),
    ],
)
async def test_a_group_says_its_kind_and_why_it_is_closed(
    graph: Graph, entra: Any, key: str, kind: GroupKind, closed: str
) -> None:
    group = await graph.directory.group(entra.group(key))
    assert group is not None
    assert (group.kind, group.closed_because) == (kind, closed)


async def test_having_is_exact(graph: Graph, entra: Any, ana: ObjectId) -> None:
    app, role, group = (
        entra.app("health-records"),
        entra.role("health-records"),
        entra.membership("guests-health-records"),
    )
    assert not await graph.directory.has(ana, app, role)
    await graph.access.give(ana, app, group)
    assert await graph.directory.has(ana, app, group)
    # The group carries the same role: that is not the guest's own assignment.
    assert not await graph.directory.has(ana, app, role)
    await graph.access.give(ana, app, role)
    assert await graph.directory.has(ana, app, role)
    assert not await graph.directory.has(ana, app, entra.role("health-records", 1))
    assert not await graph.directory.has(ana, entra.app("billing"), role)
    assert not await graph.directory.has(ana, app, Give(GiveKind.APP_ROLE, DEFAULT_ACCESS, ""))
    assert not await graph.directory.has(NOBODY, app, role)


async def test_the_organisation_and_its_verified_domains_are_kept_for_an_hour(
    graph: Graph, entra: Any, clock: Any
) -> None:
    for length in (0, 59, 1):
        clock.turn(timedelta(minutes=length))
        assert await graph.directory.organisation() == "Contoso Health"
        domains = await graph.directory.own_domains()
        assert domains == {"contoso-health.com", "contosohealth.onmicrosoft.com"}
    assert len(await entra.calls("GET", "/organization")) == 2


async def test_the_index_reads_every_app_that_people_use_and_every_guest_page_by_page(
    graph: Graph, entra: Any, ana: ObjectId
) -> None:
    # Nothing but the story: one page each; paging is the client's, and tested there.
    apps = [app async for app in graph.directory.every_app(waited_for=False)]
    assert len(apps) == len(entra.clinic["apps"]) - 1
    records = next(app for app in apps if app.name == "Health Records")
    assert (
        records.app_id == next(one for one in entra.clinic["apps"] if one["key"] == "health-records")["appId"]
    )
    assert [guest.object_id async for guest in graph.directory.every_guest()] == [ana]


async def test_a_guest_of_the_index_comes_with_every_other_address_as_addresses_are_compared(
    graph: Graph, entra: Any, ana: ObjectId
) -> None:
    [guest] = [one async for one in graph.directory.every_guest()]
    assert (guest.address, guest.other_addresses) == ("ana@fabrikam.com", ())
    proxies = ["SMTP:ana@fabrikam.com", "smtp:Second@Fabrikam.com", "x500:nothing"]
    cursor = (await graph.directory.guests_changed("")).cursor
    await entra.set_properties(ana, otherMails=["Ana@Woodgrove.com"], proxyAddresses=proxies)
    [guest] = [one async for one in graph.directory.every_guest()]
    assert guest.other_addresses == ("ana@woodgrove.com", "second@fabrikam.com")
    assert (await graph.directory.guests_changed(cursor)).guests == (guest,)


@pytest.mark.parametrize(
    ("text", "found"),
    [("ana", 1), ("ANA RUIZ", 1), ("ana@fab", 1), ("ruiz", 0), ("", 1), ("o'neil", 0), ("megan", 0)],
)
async def test_guests_are_found_by_how_their_name_or_address_begins_and_members_never(
    graph: Graph, ana: ObjectId, text: str, found: int
) -> None:
    assert len(await graph.directory.guests_named(text, 15)) == found


async def test_the_apps_of_the_groups_that_somebody_owns_are_those_the_groups_are_assigned_to(
    graph: Graph, entra: Any
) -> None:
    owner = next(one["owners"][0] for one in entra.clinic["groups"] if one["key"] == "guests-health-records")
    assert entra.app("health-records") in await graph.directory.apps_of_groups_owned_by(ObjectId(owner))
    assert await graph.directory.apps_of_groups_owned_by(entra.person("isaiah")) == frozenset()
    assert (
        await graph.directory.apps_of_group(ObjectId("0" * 8 + "-0000-4000-8000-" + "0" * 12)) == frozenset()
    )


async def test_members_are_found_by_the_whole_name_and_a_guest_by_none(graph: Graph, entra: Any) -> None:
    (found,) = await graph.directory.members_named("megan bowen", 5)
    assert (found.object_id, found.kind) == (entra.person("megan"), PersonKind.MEMBER)
    assert await graph.directory.members_named("Megan", 5) == []
    assert await graph.directory.members_named("O'Nobody", 5) == []
    await entra.set_properties(entra.person("megan"), userType="Guest")
    assert await graph.directory.members_named("Megan Bowen", 5) == []
