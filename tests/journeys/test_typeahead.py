"""Typeahead over HTTP: warm, bound to what the caller may request for, and a hint that is checked again."""

from pathlib import Path
from typing import Any

import pytest

from access.service.index import Index
from tests.clinic import Clinic, open_clinic, until
from tests.journeys.acts import approve, audited, told
from tests.journeys.forms import Form

Rows = list[dict[str, str]]
HEALTH_RECORDS = "21d5256f-fe57-5ef2-a119-88667f4cf204"
GUESTLIST = "4f0a2c75-8f0c-5b1e-9d57-2b1f6c0e7a31"
CASE_REVIEW = "3d1e3243-235a-5d1c-af32-38ca40128dd9"
IMAGING_VIEWER = "Imaging Viewer"
FILLED = {
    "address": "ana@fabrikam.com",
    "name": "Ana Ruiz",
    "term": "30d",
    "justification": "She runs the March audit",
    "message": "See you on Monday",
}


async def search(clinic: Clinic, who: str, dataset: str, query: str = "", **more: Any) -> Rows:
    asked = {"as": who, "conversation": await clinic.place(who, "personal"), "dataset": dataset}
    found = await clinic.post("/teams/search", **asked, query=query, **more)
    assert found["status"] == 200
    rows: Rows = found["shown"]["results"]
    return rows


async def sent(clinic: Clinic, who: str, dataset: str, **more: Any) -> Rows:
    """Return the rows that Guestlist sends, of which a client shows fifteen at most."""
    asked = {"as": who, "conversation": await clinic.place(who, "personal"), "dataset": dataset, "query": ""}
    found = await clinic.post("/teams/search", **asked, **more)
    rows: Rows = found["body"]["value"]["results"]
    return rows


async def titles(clinic: Clinic, who: str, dataset: str, query: str = "", **more: Any) -> list[str]:
    return [row["title"] for row in await search(clinic, who, dataset, query, **more)]


async def warm(clinic: Clinic) -> None:
    """Wait until the index has been read, as it is after every start."""
    index: Index = clinic.guestlist.index

    async def read() -> bool:
        return index._apps is not None and index._guests is not None

    await until(read, "the index is read")


async def test_the_index_is_read_at_the_start_and_then_a_search_asks_graph_for_nothing(
    clinic: Clinic,
) -> None:
    await warm(clinic)
    await search(clinic, "megan", "apps", "h")
    await search(clinic, "megan", "access", inputs={"app": HEALTH_RECORDS})
    before = await clinic.ledger("graph.call")

    assert await titles(clinic, "megan", "apps", "health rec") == ["Health Records"]
    assert "Health Records" in await titles(clinic, "megan", "apps")
    assert await titles(clinic, "megan", "access", inputs={"app": HEALTH_RECORDS}) == [
        "Group Health Records guests",
        "Role Clinician",
        "Role Auditor",
    ]
    assert await titles(clinic, "megan", "access", "aud", inputs={"app": HEALTH_RECORDS}) == ["Role Auditor"]
    assert await search(clinic, "megan", "guests", "ana") == []
    paths = [call["detail"]["path"] for call in (await clinic.ledger("graph.call"))[len(before) :]]
    herself = f"/users/{clinic.story.person('megan')['id']}"  # which is read behind, should this take long
    assert [one for one in paths if "delta" not in one and not one.startswith(herself)] == []


async def test_before_the_index_was_read_the_directory_is_asked(clinic: Clinic) -> None:
    index: Index = clinic.guestlist.index
    await warm(clinic)
    index._apps = index._guests = None
    await clinic.act(act="setProperties", app="health-records", properties={"displayName": "Records 2"})
    assert await titles(clinic, "megan", "apps", "records") == ["Records 2"]


async def test_a_new_guest_can_be_searched_after_the_next_reading(clinic: Clinic) -> None:
    await warm(clinic)
    await clinic.say("megan", "/invite ana@fabrikam.com to Health Records for 30d because of the audit")
    await approve(clinic)
    await clinic.card("megan", "Delivered")
    await clinic.guestlist.index.refresh()
    found = await search(clinic, "megan", "guests", "ana")
    assert found == [{"title": "Ana (ana@fabrikam.com)", "value": "ana@fabrikam.com"}]
    assert await search(clinic, "diego", "guests", "ana") == found  # he may ask for other apps
    for app in ("incident-reports", "identity-portal", "device-tracker"):
        await clinic.act(act="removeOwner", app=app, person="isaiah")
    assert await search(clinic, "isaiah", "guests", "ana") == []


async def test_no_more_rows_come_than_were_asked_for_and_who_leafs_on_sees_each_once(tmp_path: Path) -> None:
    async with open_clinic(tmp_path, apps=600, guests=40) as clinic:
        await warm(clinic)
        for count in (3, 15):
            assert len(await sent(clinic, "megan", "apps", count=count)) == count
        for dataset, query in (("apps", ""), ("apps", "portal"), ("guests", "guest")):
            seen: list[str] = []
            while rows := await search(clinic, "megan", dataset, query, skip=len(seen)):
                seen += [row["value"] for row in rows]
            assert len(seen) == len(set(seen)) > 15 - 12 * (query == "portal"), dataset
        assert len(seen) == 40
        assert await search(clinic, "megan", "apps", "portal", skip=10**9) == []
        assert (
            await search(clinic, "megan", "access", inputs={"app": HEALTH_RECORDS}, skip=2)
            == (await search(clinic, "megan", "access", inputs={"app": HEALTH_RECORDS}))[2:]
        )


async def test_the_form_tells_nothing_of_an_app_that_one_may_not_request_for(clinic: Clinic) -> None:
    await warm(clinic)
    for app in (CASE_REVIEW, "7c1d3c3a-0000-4000-8000-000000000000"):
        form = await Form.of_data(clinic, "diego", {"app": app, "access": "Case Review"})
        assert (form.chosen("app"), form.chosen("access")) == (app, "Case Review")
    form = await Form.of_data(clinic, "megan", {"app": CASE_REVIEW, "access": "default access"})
    assert (form.chosen("app"), form.chosen("access")) == ("Case Review", "Default access")


async def test_opening_and_sending_the_form_reads_one_app_and_never_all_of_them(clinic: Clinic) -> None:
    await warm(clinic)
    before = len(await clinic.ledger("graph.call"))
    form = await Form.of_data(clinic, "megan", {"app": "health records", "access": "auditor"})
    assert (form.chosen("app"), form.chosen("access")) == ("Health Records", "Role Auditor")
    await form.send(**FILLED)
    [request] = await audited(clinic, "request.submitted")
    assert request["app"] == HEALTH_RECORDS
    paths = [call["detail"]["path"] for call in (await clinic.ledger("graph.call"))[before:]]
    assert "/servicePrincipals" not in paths
    apps = {path.split("/")[2] for path in paths if path.startswith("/servicePrincipals/")}
    assert apps - {GUESTLIST} == {HEALTH_RECORDS}
    read = paths.count(f"/servicePrincipals/{HEALTH_RECORDS}")
    assert 2 <= read <= 4, "the form, what is sent, and the check after it, which may not have begun"


async def test_two_apps_of_one_name_can_be_told_apart(clinic: Clinic) -> None:
    properties = {"displayName": "Health\u200b Records\u202e"}
    await clinic.act(act="setProperties", app="patient-portal", properties=properties)
    await clinic.guestlist.index.refresh()
    portal = next(one for one in clinic.story.raw["apps"] if one["key"] == "patient-portal")
    found = await titles(clinic, "megan", "apps", "health rec")
    assert sorted(found) == sorted(["Health Records (da664a73)", f"Health Records ({portal['appId'][:8]})"])
    assert await titles(clinic, "megan", "apps", "Health Records (da664") == ["Health Records"]

    typed = await told(
        clinic, "megan", "/invite ana@fabrikam.com to Health Records for 30d because of the audit"
    )
    assert "You can request for more than one app called Health Records." in typed
    form = await Form.open(clinic, "megan")
    again = form.again(await form.send(**FILLED, app="health records"))
    assert "more than one app called Health Records" in again.errors["app"]
    assert await audited(clinic, "request.submitted") == []
    assert (await again.send(**FILLED, app=HEALTH_RECORDS))["kind"] == "nothing"


async def test_an_app_that_was_searched_and_may_be_asked_for_no_more_is_refused_and_all_is_kept(
    clinic: Clinic,
) -> None:
    await warm(clinic)
    form = await Form.open(clinic, "megan")
    [row] = await search(clinic, "megan", "apps", "imaging viewer")
    await clinic.act(act="removeOwner", app="imaging-viewer", person="megan")

    assert await titles(clinic, "megan", "apps", "imaging viewer") == [IMAGING_VIEWER]  # a hint of just now
    again = form.again(await form.send(**FILLED, app=row["value"]))
    assert "request for" in again.errors["app"]
    assert {name: again.values[name] for name in FILLED} == FILLED
    assert again.values["app"] == row["value"]
    assert await audited(clinic, "request.submitted") == []


@pytest.mark.parametrize(
    "app", ["7c1d3c3a-0000-4000-8000-000000000000", "' or 1 eq 1", "Microsoft Graph", CASE_REVIEW]
)
async def test_a_value_that_was_never_in_the_list_is_refused_and_all_is_kept(
    clinic: Clinic, app: str
) -> None:
    await warm(clinic)
    form = await Form.open(clinic, "isaiah")
    again = form.again(await form.send(**FILLED, app=app))
    assert again.errors["app"] == "✕ You can request for no app of this name. Choose one from the list."
    assert again.chosen("app") == app, "not even its name is told"
    assert {name: again.values[name] for name in FILLED} == FILLED
    assert await audited(clinic, "request.submitted") == []


async def test_access_that_was_never_in_the_list_is_refused_and_all_is_kept(clinic: Clinic) -> None:
    form = await Form.open(clinic, "megan")
    forged = "group:9e1a4a9c-fe49-53c5-af11-6a22312f2c90"  # Guest Access Admins
    again = form.again(await form.send(**FILLED, app=HEALTH_RECORDS, access=forged))
    assert "has no role or group of this name" in again.errors["access"]
    assert {name: again.values[name] for name in FILLED} == FILLED


async def test_a_large_tenant_is_read_page_by_page_and_searched_to_its_last_app(tmp_path: Path) -> None:
    async with open_clinic(tmp_path, apps=2_100, guests=1_200) as clinic:
        await warm(clinic)
        calls = [entry["detail"] for entry in await clinic.ledger("graph.call")]
        assert len([one for one in calls if one["path"] == "/servicePrincipals"]) == 3
        assert len([one for one in calls if one["path"] == "/users"]) == 2
        assert {title[-3:] for title in await titles(clinic, "megan", "apps", "21")} == {" 21"}  # the last
        found = await titles(clinic, "megan", "guests", "guest1199")
        assert [title for title in found if "(guest1199@" in title] == found != []
