"""Users in the sandbox's directory: what a read returns, which query is refused, changes, delta."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.sandbox.entra import EVENTUAL, Entra, opened

DEFAULT = {
    *("businessPhones", "displayName", "givenName", "jobTitle", "mail", "mobilePhone", "officeLocation"),
    *("preferredLanguage", "surname", "userPrincipalName", "id"),
}


@pytest.fixture
async def entra() -> AsyncIterator[Entra]:
    async with opened() as sandbox:
        yield sandbox


async def test_a_user_comes_with_the_eleven_default_properties_only(entra: Entra) -> None:
    answer = await entra.get(f"/users/{await entra.guest()}")
    assert set(answer.body) - {"@odata.context"} == DEFAULT


async def test_select_returns_exactly_what_it_names(entra: Entra) -> None:
    answer = await entra.get(f"/users/{await entra.guest()}", _select="externalUserState,usertype")
    del answer.body["@odata.context"]
    assert answer.body == {"externalUserState": "PendingAcceptance", "userType": "Guest"}


async def test_a_user_is_found_by_principal_name(entra: Entra) -> None:
    assert (await entra.get("/users/megan.bowen@contoso-health.com")).body["id"] == entra.person("megan")


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("mail eq 'ANA@fabrikam.com'", 1),
        ("otherMails/any(x:x eq 'ana@fabrikam.com')", 1),
        ("proxyAddresses/any(p:p eq 'smtp:ana@fabrikam.com')", 1),
        (
            "identities/any(i:i/signInType eq 'userPrincipalName' and startswith(i/issuerAssignedId,'ana_'))",
            1,
        ),
        ("mail eq 'ana@fabrikam.com' or mail eq 'megan.bowen@contoso-health.com'", 2),
        ("userType eq 'Guest' and (accountEnabled eq false or startsWith(displayName,'An'))", 1),
        ("id in ('1f3e6289-0a96-5854-a119-2866b99250bc', '88bbb7ee-5472-5ffb-ac94-74c3a83b0770')", 2),
        ("displayName eq 'O''Hara'", 0),
        ("externalUserState eq 'PendingAcceptance'", 1),
        ("createdDateTime ge 2020-01-01T00:00:00Z and userType eq 'Guest'", 1),
        ("mail eq null", 0),
    ],
)
async def test_a_filter_finds_what_it_says(entra: Entra, condition: str, found: int) -> None:
    await entra.guest()
    assert len((await entra.get("/users", _filter=condition)).value) == found


async def test_who_has_another_address_by_now_is_found_by_that_alone(entra: Entra) -> None:
    guest = await entra.guest()
    changed = await entra.call("PATCH", f"/users/{guest}", {"otherMails": ["ana@adatum.com"]})
    assert changed.status == 204
    for condition, found in (
        ("otherMails/any(m:m eq 'ana@fabrikam.com')", []),
        ("otherMails/any(m:m eq 'ana@adatum.com') or otherMails/any(m:m eq 'ANA@adatum.com')", [guest]),
        ("mail eq 'ana@adatum.com' or mail eq 'ana@fabrikam.com'", [guest]),
        ("mail eq 'nobody@adatum.com'", []),
    ):
        assert [one["id"] for one in (await entra.get("/users", _filter=condition)).value] == found, condition


@pytest.mark.parametrize(
    "condition",
    [
        *("externalUserStateChangeDateTime ge 2020-01-01T00:00:00Z", "contains(mail,'a')", "mail eq", "mail"),
        *(
            "otherMails/all(x:x eq 'a')",
            "nothing eq 'a'",
            "mail eq 'a' xor mail eq 'b'",
            "mail eq 'a",
            "(mail eq 'a'",
        ),
        *("aboutMe eq 'x'", "mail eq 'a') ", "otherMails eq 'a'"),
        "id in ('0'" + 15 * ",'1f3e6289-0a96-5854-a119-2866b99250bc'" + ")",
    ],
)
async def test_an_unsupported_filter_is_refused_and_never_guessed(entra: Entra, condition: str) -> None:
    answer = await entra.get("/users", _filter=condition)
    assert (answer.status, answer.body["error"]["code"]) == (400, "Request_UnsupportedQuery")


@pytest.mark.parametrize(
    "condition", ["not(userType eq 'Guest')", "userType ne 'Guest'", "endswith(mail,'.com')"]
)
async def test_an_advanced_query_needs_its_header_and_count(entra: Entra, condition: str) -> None:
    assert (await entra.get("/users", _filter=condition)).status == 400
    assert (await entra.get("/users", _filter=condition, headers=EVENTUAL)).status == 400
    answer = await entra.get(
        "/users", _filter=condition, _count="true", headers={"consistencylevel": "Eventual"}
    )
    assert answer.body["@odata.count"] == len(answer.value) > 0


async def test_search_finds_beginnings_of_words_and_needs_its_header(entra: Entra) -> None:
    assert (await entra.get("/users", _search='"displayName:bow"')).status == 400
    found = (await entra.get("/users", _search='"displayName:bow meg"', headers=EVENTUAL)).value
    assert [user["displayName"] for user in found] == ["Megan Bowen"]
    assert (await entra.get("/users", _search='"displayName:owen"', headers=EVENTUAL)).value == []


@pytest.mark.parametrize(
    "query",
    [{"_skip": "3"}, {"_select": "nothing"}, {"_top": "0"}, {"_expand": "drive"}, {"_orderby": "mail"}],
)
async def test_an_unsupported_option_is_refused(entra: Entra, query: dict[str, str]) -> None:
    answer = await entra.get("/users", **query)
    assert answer.status == 400
    assert answer.body["error"]["innerError"]["request-id"] == answer.headers["request-id"]


def everybody(entra: Entra) -> int:
    """Count who the directory has: people, accounts of nobody, and the mailbox."""
    return len(entra.story.raw["people"]) + len(entra.story.raw["accounts"]) + 1


async def test_pages_follow_each_other_by_absolute_links(entra: Entra) -> None:
    answer = await entra.get("/users", _top="5", _select="id", _orderby="displayName")
    found = answer.value
    while "@odata.nextLink" in answer.body:
        assert answer.body["@odata.nextLink"].startswith(entra.url)
        answer = await entra.get(answer.body["@odata.nextLink"])
        found += answer.value
    assert len(found) == len({user["id"] for user in found}) == everybody(entra)


async def test_counting_is_plain_text(entra: Entra) -> None:
    answer = await entra.get("/users/$count", _filter="userType eq 'Guest'", headers=EVENTUAL)
    assert (answer.body, answer.headers["Content-Type"]) == ("0", "text/plain; charset=utf-8")


async def test_sponsors_come_expanded_and_change_by_reference(entra: Entra) -> None:
    guest, megan = await entra.guest(), entra.person("megan")
    body = {"@odata.id": f"https://graph.microsoft.com/v1.0/users/{megan}"}
    assert (await entra.call("POST", f"/users/{guest}/sponsors/$ref", body)).status == 204
    again = await entra.call("POST", f"/users/{guest}/sponsors/$ref", body)
    assert again.message.startswith("One or more added object references already exist")
    expanded = await entra.get(f"/users/{guest}", _select="id", _expand="sponsors($select=id,displayName)")
    assert expanded.body["sponsors"] == [
        {"@odata.type": "#microsoft.graph.user", "id": megan, "displayName": "Megan Bowen"}
    ]
    assert (await entra.call("DELETE", f"/users/{guest}/sponsors/{megan}/$ref")).status == 204
    assert (await entra.get(f"/users/{guest}/sponsors")).value == []


async def test_manager_memberships_and_owned_apps_are_read_by_navigation(entra: Entra) -> None:
    megan = entra.person("megan")
    assert (await entra.get(f"/users/{megan}/manager")).body["displayName"] == "Lidia Holloway"
    assert (await entra.get(f"/users/{entra.person('lidia')}/manager")).status == 404
    groups = (await entra.get(f"/users/{megan}/memberOf/microsoft.graph.group")).value
    assert [group["displayName"] for group in groups] == ["Case Review"]
    owned = (await entra.get(f"/users/{megan}/ownedObjects")).value
    assert "#microsoft.graph.servicePrincipal" in {entry["@odata.type"] for entry in owned}


async def test_a_change_is_kept_and_a_read_only_property_is_refused(entra: Entra) -> None:
    guest = await entra.guest()
    assert (await entra.call("PATCH", f"/users/{guest}", {"displayName": "Dr Ruiz"})).status == 204
    assert (await entra.get(f"/users/{guest}")).body["displayName"] == "Dr Ruiz"
    assert (await entra.call("PATCH", f"/users/{guest}", {"externalUserState": "Accepted"})).status == 400


async def test_a_deleted_user_can_be_restored_once(entra: Entra) -> None:
    guest = await entra.guest()
    assert (await entra.call("DELETE", f"/users/{guest}")).status == 204
    assert (await entra.call("DELETE", f"/users/{guest}")).status == 404
    assert [user["id"] for user in (await entra.get("/directory/deletedItems/graph.user")).value] == [guest]
    assert (await entra.call("POST", f"/directory/deletedItems/{guest}/restore")).status == 200
    assert (await entra.call("POST", f"/directory/deletedItems/{guest}/restore")).status == 404
    assert (await entra.get(f"/users/{guest}")).status == 200


async def test_after_thirty_days_a_deleted_user_is_gone_for_good(entra: Entra) -> None:
    guest = await entra.guest()
    await entra.call("DELETE", f"/users/{guest}")
    await entra.control("act", {"act": "ageDeleted", "days": 29})
    assert (await entra.get(f"/directory/deletedItems/{guest}")).status == 200
    await entra.control("act", {"act": "ageDeleted", "days": 1})
    read = await entra.get(f"/directory/deletedItems/{guest}")
    restored = await entra.call("POST", f"/directory/deletedItems/{guest}/restore")
    for answer in (read, restored):
        assert (answer.status, answer.body["error"]["code"]) == (404, "Request_ResourceNotFound")
    assert (await entra.get("/directory/deletedItems/graph.user")).value == []
    assert len(await entra.ledger("user.purged")) == 1
    assert await entra.guest() != guest


# -- replication ----------------------------------------


async def test_a_new_guest_is_unknown_until_replicated(entra: Entra) -> None:
    now = [100.0]
    entra.world.tenant.clock = lambda: now[0]
    await entra.switch(lag=2)
    guest = await entra.guest()

    async def read() -> list[int]:
        by_mail = await entra.get("/users", _filter="mail eq 'ana@fabrikam.com'")
        patched = await entra.call("PATCH", f"/users/{guest}", {"jobTitle": "Auditor"})
        joined = await entra.join("guests-health-records", guest)
        assigned = await entra.assign(guest)
        one = await entra.get(f"/users/{guest}")
        return [one.status, len(by_mail.value), patched.status, joined.status, assigned.status]

    assert await read() == [404, 0, 404, 404, 400]
    now[0] += 2.5
    assert await read() == [200, 1, 404, 400, 400]
    refused = await entra.assign(guest)
    assert refused.message == "Not a valid reference update."
    assert (await entra.call("PATCH", f"/users/{guest}", {})).body["error"][
        "code"
    ] == "Directory_ObjectNotFound"
    now[0] += 1
    assert await read() == [200, 1, 204, 204, 201]


# -- delta ----------------------------------------


async def rounds(entra: Entra, link: str) -> tuple[list[dict[str, Any]], str, int]:
    found: list[dict[str, Any]] = []
    pages = 0
    while True:
        answer = await entra.get(link)
        found += answer.value
        pages += 1
        if "@odata.deltaLink" in answer.body:
            return found, answer.body["@odata.deltaLink"], pages
        link = answer.body["@odata.nextLink"]


@pytest.mark.parametrize(
    ("position", "expected"),
    [
        ("carried", {"id", "userType", "externalUserState"}),
        ("listed", {"id", "userType"}),
        ("silent", None),
    ],
)
async def test_an_acceptance_shows_in_delta_as_the_switch_says(
    entra: Entra, position: str, expected: set[str] | None
) -> None:
    await entra.switch(deltaExternalUserState=position)
    await entra.guest()
    _, link, _ = await rounds(entra, "/users/delta?$deltatoken=latest&$select=id,userType,externalUserState")
    await entra.control("act", {"act": "accept", "address": "ana@fabrikam.com"})
    changed, link, _ = await rounds(entra, link)
    assert [set(user) for user in changed] == ([] if expected is None else [expected])
    assert (await rounds(entra, link))[0] == []


async def test_the_first_round_lists_everybody_over_pages(entra: Entra) -> None:
    await entra.switch(pageSize=4, deltaEmptyPage=True)
    guest = await entra.guest()
    first = await entra.get("/users/delta()", _select="id")
    assert first.value == []
    found, link, pages = await rounds(entra, first.body["@odata.nextLink"])
    people = {person["id"] for kind in ("people", "accounts") for person in entra.story.raw[kind]}
    assert {user["id"] for user in found} == people | {guest, entra.story.raw["mailbox"]["id"]}
    assert pages > 3
    await entra.call("DELETE", f"/users/{guest}")
    assert (await rounds(entra, link))[0] == [{"id": guest, "@removed": {"reason": "changed"}}]
    _, link, _ = await rounds(entra, link)
    await entra.call("DELETE", f"/directory/deletedItems/{guest}")
    assert (await rounds(entra, link))[0] == [{"id": guest, "@removed": {"reason": "deleted"}}]


async def test_delta_filters_by_object_ids_alone(entra: Entra) -> None:
    megan, alex = entra.person("megan"), entra.person("alex")
    found, _, _ = await rounds(entra, f"/users/delta?$filter=id eq '{megan}' or id eq '{alex}'&$select=id")
    assert {user["id"] for user in found} == {megan, alex}
    assert (await entra.get("/users/delta", _filter="userType eq 'Guest'")).status == 400


async def test_a_lost_delta_is_410_with_the_way_to_start_again(entra: Entra) -> None:
    _, link, _ = await rounds(entra, "/users/delta?$deltatoken=latest")
    await entra.switch(deltaGone="once")
    gone = await entra.get(link)
    assert gone.status == 410
    assert gone.headers["Location"].startswith(f"{entra.url}/v1.0/users/delta")
    found, _, _ = await rounds(entra, gone.headers["Location"])
    assert len(found) == everybody(entra)
    assert (await entra.get("/users/delta?$deltatoken=nonsense")).status == 400


async def test_a_delta_can_be_lost_between_two_pages(entra: Entra) -> None:
    await entra.switch(pageSize=4, deltaGone="page")
    first = await entra.get("/users/delta", _select="id")
    assert (await entra.get(first.body["@odata.nextLink"])).status == 410
    assert len((await entra.get(first.body["@odata.nextLink"])).value) == 4


async def test_a_delta_that_replays_tells_again_what_the_round_before_told(entra: Entra) -> None:
    await entra.switch(deltaReplay=True)
    _, link, _ = await rounds(entra, "/users/delta?$deltatoken=latest&$select=id")
    guest = await entra.guest()
    for again in range(2):
        found, link, _ = await rounds(entra, link)
        assert [user["id"] for user in found] == [guest], again
    assert (await rounds(entra, link))[0] == []
