"""What the client does with answers that no well-behaved Graph gives, at a server that misbehaves as told."""

import asyncio
import gc
import logging
import socket
import sys
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiohttp import web
from azure.core.credentials import AccessToken

from access.ports import (
    AccessError,
    Invitation,
    Missing,
    NotDone,
    NotYet,
    Refused,
    Reported,
    TooMany,
    Unknown,
)
from access.rules.causes import Cause
from access.rules.guards import Scope
from access.rules.model import DEFAULT_ACCESS, Give, GiveKind, ObjectId
from bot.credential import StaticCredential
from bot.graph import Graph

PERSON = ObjectId("1f3e6289-0a96-5854-a119-2866b99250bc")
INVITATION = Invitation("ana@fabrikam.com", "Ana Ruiz", "https://myapplications.microsoft.com", PERSON, False)
USER = {"id": PERSON, "displayName": "Megan Bowen", "userType": "Member"}

Say = Callable[[web.Request], web.StreamResponse]


class Server:
    """Answers each call with the next thing it was told to say, the last one again and again."""

    def __init__(self) -> None:
        self.url = ""
        self.says: list[Say] = []
        self.asked: list[web.Request] = []

    async def answer(self, request: web.Request) -> web.StreamResponse:
        await request.read()
        self.asked.append(request)
        say = self.says.pop(0) if len(self.says) > 1 else self.says[0]
        return say(request)


class Renewable(StaticCredential):
    """Hands out a new token after each refusal."""

    def __init__(self) -> None:
        super().__init__("token-0")
        self.refused = 0
        self.scopes: set[str] = set()

    async def get_token(self, *scopes: str, claims: str | None = None) -> AccessToken:
        self.scopes.update(scopes)
        return AccessToken(
            f"token-{self.refused}", (await super().get_token(*scopes, claims=claims)).expires_on
        )

    def forget(self, *scopes: str) -> None:
        assert scopes
        self.refused += 1


class Never:
    def now(self) -> Any:
        raise AssertionError("no clock is needed here")


def says(body: Any, status: int = 200, **headers: str) -> Say:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: web.json_response(body, status=status, headers={"request-id": "trace-1", **named})


def error(status: int, code: str = "", message: str = "", **headers: str) -> Say:
    return says({"error": {"code": code, "message": message}}, status, **headers)


def hangs_up(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = Server()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    server.url = f"http://{host}:{port}"
    yield server
    await runner.cleanup()


@pytest.fixture
def credential() -> Renewable:
    return Renewable()


@pytest.fixture
async def graph(server: Server, credential: Renewable) -> AsyncIterator[Graph]:
    opened = await Graph.open(server.url, credential, "guests@contoso-health.com", Never())
    yield opened
    await opened.close()


async def refusal_of(call: Any) -> AccessError:
    with pytest.raises(AccessError) as refused:
        await call
    return refused.value


@pytest.mark.parametrize(
    ("say", "kind", "cause"),
    [
        (error(429, "TooManyRequests", retry_after="7"), NotDone, Cause.THROTTLED),
        (error(500), Unknown, Cause.UNAVAILABLE),
        (error(502), Unknown, Cause.UNAVAILABLE),
        (error(503, retry_after="7"), Unknown, Cause.UNAVAILABLE),
        (error(504), Unknown, Cause.UNAVAILABLE),
        (hangs_up, Unknown, Cause.UNAVAILABLE),
        (lambda _: web.Response(text="<html>gateway</html>", status=502), Unknown, Cause.UNAVAILABLE),
        (lambda _: web.Response(text="<html>welcome</html>"), Unknown, Cause.UNAVAILABLE),
        (lambda _: web.Response(status=302, headers={"Location": "/elsewhere"}), Refused, Cause.REFUSED),
        (says({"id": "1"}, 201), Unknown, Cause.UNAVAILABLE),
        (error(403, "Forbidden", "No text that is known."), Refused, Cause.INVITATIONS_OFF),
        (error(403, "Authorization_RequestDenied", "Insufficient"), Refused, Cause.RIGHTS_MISSING),
        (
            error(403, "Forbidden", "... blocked by cross-tenant access settings. Admins"),
            Refused,
            Cause.DOMAIN_REFUSED,
        ),
        (
            error(400, "BadRequest", "... blocked by cross-tenant access settings. Admins"),
            Refused,
            Cause.DOMAIN_REFUSED,
        ),
        (error(400, "BadRequest", "Anything about the address"), Refused, Cause.ADDRESS_REFUSED),
    ],
)
async def test_an_invitation_is_posted_once_whatever_the_answer(
    server: Server, graph: Graph, say: Say, kind: type[AccessError], cause: Cause
) -> None:
    server.says = [say]
    refused = await refusal_of(graph.access.invite(INVITATION))
    assert (type(refused), refused.cause) == (kind, cause)
    assert [asked.method for asked in server.asked] == ["POST"]


async def test_retry_after_is_told_and_the_next_call_is_not_even_sent(server: Server, graph: Graph) -> None:
    server.says = [error(429, "TooManyRequests", retry_after="120")]
    first = await refusal_of(graph.access.invite(INVITATION))
    second = await refusal_of(graph.directory.person(PERSON))
    assert first.retry_after == 120
    assert isinstance(second, NotDone)
    assert 119 < (second.retry_after or 0) <= 120
    assert len(server.asked) == 1


async def test_retry_after_may_be_a_date_and_is_obeyed_for_an_hour_at_most(
    server: Server, graph: Graph
) -> None:
    server.says = [error(429, retry_after="Wed, 21 Oct 2099 07:28:00 GMT")]
    assert (await refusal_of(graph.access.invite(INVITATION))).retry_after == 3600


async def test_a_date_to_wait_for_is_read_by_graphs_clock_and_not_by_the_hosts(
    server: Server, graph: Graph
) -> None:
    """An hour between the two would silence every replica for that hour."""
    there, then = "Tue, 06 May 2031 07:08:09 GMT", "Tue, 06 May 2031 07:08:19 GMT"
    server.says = [error(429, date=there, retry_after=then)]
    assert (await refusal_of(graph.access.invite(INVITATION))).retry_after == 10
    held = await refusal_of(graph.directory.person(PERSON))
    assert 9 < (held.retry_after or 0) <= 10


async def test_a_date_to_wait_for_in_an_answer_without_a_time_of_its_own_is_no_date(
    server: Server, graph: Graph
) -> None:
    server.says = [error(429, date="today", retry_after="Wed, 21 Oct 2099 07:28:00 GMT")]
    assert (await refusal_of(graph.access.invite(INVITATION))).retry_after == 1, "the pacer's first back-off"


@pytest.mark.parametrize("zone", ["+99999999999999999999", "GMT"])
async def test_a_date_that_no_calendar_has_is_no_bug(zone: str, server: Server, graph: Graph) -> None:
    server.says = [error(503, retry_after=f"Wed, 21 Oct 99999999999999999999999 07:28:00 {zone}")]
    assert (await refusal_of(graph.access.invite(INVITATION))).retry_after is None


async def test_a_read_is_repeated_once_after_a_lost_answer(server: Server, graph: Graph) -> None:
    server.says = [hangs_up, says(USER)]
    person = await graph.directory.person(PERSON)
    assert person is not None
    assert person.name == "Megan Bowen"
    server.says = [error(503)]
    assert isinstance(await refusal_of(graph.directory.person(PERSON)), Unknown)
    assert len(server.asked) == 4


async def test_a_refused_token_is_renewed_once_and_then_the_sign_in_is_refused(
    server: Server, graph: Graph, credential: Renewable
) -> None:
    server.says = [error(401, "InvalidAuthenticationToken"), says(USER)]
    assert await graph.directory.person(PERSON) is not None
    assert [asked.headers["Authorization"] for asked in server.asked] == ["Bearer token-0", "Bearer token-1"]
    assert credential.scopes == {"http://127.0.0.1/.default"}
    server.says = [error(401, "InvalidAuthenticationToken")]
    refused = await refusal_of(graph.directory.person(PERSON))
    assert (type(refused), refused.cause) == (Refused, Cause.SIGN_IN_REFUSED)
    assert len(server.asked) == 4


async def test_nobody_listening_means_that_surely_nothing_was_done() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    graph = await Graph.open(f"http://127.0.0.1:{port}", StaticCredential("x"), "", Never())
    refused = await refusal_of(graph.access.invite(INVITATION))
    assert (type(refused), refused.cause) == (NotDone, Cause.UNAVAILABLE)
    await graph.close()


async def test_the_token_follows_no_link_to_another_place(server: Server, graph: Graph) -> None:
    away = server.url.replace("127.0.0.1", "localhost")
    server.says = [says({"value": [], "@odata.nextLink": f"{away}/v1.0/next"}), says({"value": []})]
    assert (await refusal_of(graph.directory.group_members(PERSON))).cause is Cause.REFUSED
    assert (
        await refusal_of(graph.changes.since(f"{away}/v1.0/users/delta?$deltatoken=x"))
    ).cause is Cause.REFUSED
    assert len(server.asked) == 1


async def test_an_empty_page_with_a_next_link_is_not_the_end_of_a_list(server: Server, graph: Graph) -> None:
    member = {**USER, "@odata.type": "#microsoft.graph.user"}
    server.says = [
        says({"value": [], "@odata.nextLink": f"{server.url}/v1.0/next?$skiptoken=1"}),
        says({"value": [member], "@odata.nextLink": f"{server.url}/v1.0/next?$skiptoken=2"}),
        says({"value": [{**member, "@odata.type": "#microsoft.graph.group"}]}),
    ]
    assert [one.object_id for one in await graph.directory.group_members(PERSON)] == [PERSON]
    assert len(server.asked) == 3


@pytest.mark.parametrize("hostile", ["", "megan", "../../applications", f"{PERSON}/memberOf", f"{PERSON}\n"])
async def test_what_is_no_object_id_never_gets_into_a_path(
    server: Server, graph: Graph, hostile: str
) -> None:
    wrong = ObjectId(hostile)
    give = Give(GiveKind.APP_ROLE, DEFAULT_ACCESS, "")
    assert await graph.directory.person(wrong) is None
    assert await graph.directory.app(wrong) is None
    assert await graph.directory.group(wrong) is None
    for call in (
        graph.directory.group_members(wrong),
        graph.directory.app_owners(wrong),
        graph.access.give(wrong, PERSON, give),
        graph.access.sponsor(PERSON, wrong),
    ):
        assert isinstance(await refusal_of(call), Missing)
    assert all(PERSON in asked.path and asked.method == "GET" for asked in server.asked)


async def test_a_quote_in_an_address_stays_inside_the_filter(server: Server, graph: Graph) -> None:
    server.says = [says({"value": []})]
    assert await graph.directory.find_by_address("o'hara&$top=1@fabrikam.com") is None
    filters = {asked.query["$filter"] for asked in server.asked}
    assert "mail eq 'o''hara&$top=1@fabrikam.com'" in filters
    assert all("$top" not in asked.query for asked in server.asked)


@pytest.mark.parametrize(
    ("scope", "named"),
    [
        (Scope(app_id=PERSON), f" and appId eq '{PERSON}'"),
        (Scope(guest_id=PERSON), f" and userId eq '{PERSON}'"),
        (Scope(), ""),
    ],
)
async def test_the_sign_ins_of_an_app_or_a_guest_alone_are_gone_through(
    server: Server, graph: Graph, scope: Scope, named: str
) -> None:
    server.says = [says({"value": []})]
    assert (await graph.guards.reported(["x"], datetime(2026, 11, 1, tzinfo=UTC), scope)).guests == 0
    [asked] = server.asked
    assert asked.query["$filter"] == f"createdDateTime ge 2026-11-01T00:00:00Z{named}"


def _of_policies(state: str) -> Say:
    """Answer as Graph does who may read Conditional Access and nothing else of the tenant's policies."""
    refused = error(403, "Authorization_RequestDenied")
    policy = {"id": PERSON, "displayName": "One", "state": state, "conditions": {"users": {}}}

    def answer(request: web.Request) -> web.StreamResponse:
        if "identitySecurityDefaults" in request.path:
            return refused(request)
        return says({"value": [policy] if request.path.endswith("/policies") else []})(request)

    return answer


async def test_security_defaults_that_may_not_be_read_are_off_beside_an_enforced_policy(
    server: Server, graph: Graph
) -> None:
    server.says = [_of_policies("enabled")]
    assert (await graph.protection.protection()).security_defaults is False
    server.says = [_of_policies("enabledForReportingButNotEnforced")]
    with pytest.raises(Refused):
        await graph.protection.protection()


async def test_a_page_after_the_first_is_asked_for_by_the_same_preference(
    server: Server, graph: Graph
) -> None:
    more = f"{server.url}/v1.0/auditLogs/signIns?$skiptoken=2"
    server.says = [says({"value": [], "@odata.nextLink": more}), says({"value": []})]
    await graph.guards.reported(["x"], datetime(2026, 11, 1, tzinfo=UTC), Scope())
    assert [one.headers["Prefer"] for one in server.asked] == ["include-unknown-enum-members"] * 2


async def test_of_more_sign_ins_than_are_gone_through_the_newest_are_told(
    server: Server, graph: Graph
) -> None:
    newest = datetime(2026, 11, 20, tzinfo=UTC)
    stopped = [{"id": "x", "result": "reportOnlyFailure"}]
    rows = [
        {
            "createdDateTime": (newest - timedelta(minutes=10 * place)).isoformat(),
            "userId": "ana" if place < 20_000 else "ben",
            "appliedConditionalAccessPolicies": stopped,
        }
        for place in range(20_001)
    ]
    server.says = [says({"value": rows})]
    found = await graph.guards.reported(["x"], datetime(2026, 1, 1, tzinfo=UTC), Scope())
    assert found == Reported(1, 1, 0, newest - timedelta(minutes=10 * 19_999))


async def test_of_more_sign_ins_in_a_day_than_are_gone_through_nothing_is_told(
    server: Server, graph: Graph
) -> None:
    server.says = [says({"value": [{"createdDateTime": "2026-11-20T00:00:00Z"}] * 20_001})]
    with pytest.raises(TooMany):
        await graph.guards.reported(["x"], datetime(2026, 11, 1, tzinfo=UTC), Scope())


@pytest.mark.parametrize(
    "message",
    ["Unable to read the company information from the directory.", "Not a valid reference update"],
)
async def test_a_write_that_meets_a_replica_behind_the_times_is_not_yet(
    server: Server, graph: Graph, message: str
) -> None:
    guest, app = {"id": PERSON, "userType": "Guest"}, {"id": PERSON, "appId": PERSON, "accountEnabled": True}

    def say(request: web.Request) -> web.StreamResponse:
        if request.method == "POST":
            return error(400, "Directory_ObjectNotFound", message)(request)
        return says(guest if "/users/" in request.path else app)(request)

    server.says = [say]
    given = graph.access.give(PERSON, PERSON, Give(GiveKind.APP_ROLE, DEFAULT_ACCESS, ""))
    refused = await refusal_of(given)
    assert (type(refused), refused.cause) == (NotYet, Cause.REPLICATING)


async def test_what_a_guests_group_is_assigned_is_not_the_guests_own(server: Server, graph: Graph) -> None:
    """Graph lists both in the same place; only `principalId` tells them apart."""
    role = {"id": "kXd2", "resourceId": PERSON, "appRoleId": DEFAULT_ACCESS}
    give = Give(GiveKind.APP_ROLE, DEFAULT_ACCESS, "")
    server.says = [says({"value": [{**role, "principalId": "bdec204c-40ed-5221-b43f-21005de59ad1"}]})]
    assert not await graph.directory.has(PERSON, PERSON, give)
    server.says = [says({"value": [{**role, "principalId": PERSON}]})]
    assert await graph.directory.has(PERSON, PERSON, give)


async def test_one_of_microsofts_own_apis_is_refused_before_any_write(server: Server, graph: Graph) -> None:
    owner = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"
    guest, app = {"id": PERSON, "userType": "Guest"}, {"id": PERSON, "appOwnerOrganizationId": owner}
    server.says = [lambda asked: says(guest if "/users/" in asked.path else app)(asked)]
    refused = await refusal_of(graph.access.give(PERSON, PERSON, Give(GiveKind.APP_ROLE, DEFAULT_ACCESS, "")))
    assert refused.cause is Cause.GUARDED
    assert {asked.method for asked in server.asked} == {"GET"}


async def test_no_address_link_or_token_is_logged(
    server: Server, graph: Graph, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpcore").setLevel(logging.INFO)
    server.says = [error(400, "BadRequest", "ana@fabrikam.com is wrong")]
    refused = await refusal_of(graph.access.invite(INVITATION))
    await refusal_of(graph.directory.find_by_address("ana@fabrikam.com"))
    said = str([vars(record) for record in caplog.records if record.name != "aiohttp.access"]) + str(refused)
    assert "Graph refused a call" in said
    assert "trace-1" in said
    for secret in ("ana@", "fabrikam", "token-0", "myapplications"):
        assert secret not in said


async def test_no_call_imports_anything_of_the_sdk_after_the_start(server: Server) -> None:
    """Guards the trap: an SDK that reads or writes entities imports 1,100 models in the event loop."""
    everything = {"id": PERSON, "userType": "Guest", "isDraft": True, "value": [{"id": PERSON, "tags": []}]}
    everything |= {
        "displayName": "Contoso Health",
        "invitedUser": {"id": PERSON},
        "inviteRedeemUrl": "https://x.example",
    }
    answer = {**everything, "value": [{**everything, "principalId": "", "resourceId": "", "appRoleId": ""}]}
    server.says = [says(answer)]
    root = Path(__file__).parents[2]
    calls = await asyncio.create_subprocess_exec(
        sys.executable,
        str(Path(__file__).with_name("imports.py")),
        server.url,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={"PYTHONPATH": str(root)},
    )
    late, trouble = await calls.communicate()
    assert calls.returncode == 0, trouble.decode()
    assert late == b""
    assert len(server.asked) > 15


@pytest.mark.parametrize("asked", ["inf", "1e300", "99999999999", "Wed, 21 Oct 9999 07:28:00 GMT"])
async def test_whatever_an_outage_asks_to_wait_an_hour_is_the_most(
    asked: str, server: Server, graph: Graph
) -> None:
    server.says = [error(503, retry_after=asked)]
    assert (await refusal_of(graph.access.invite(INVITATION))).retry_after == 3600


@pytest.mark.parametrize("body", [{}, {"value": None}, [], {"value": []}], ids=str)
async def test_a_page_of_changes_that_is_none_is_an_answer_lost(
    body: Any, server: Server, graph: Graph
) -> None:
    server.says = [says(body)]
    assert type(await refusal_of(graph.changes.since(""))) is Unknown


async def test_of_a_guest_who_stands_twice_on_a_page_of_changes_the_later_row_counts(
    graph: Graph, server: Server
) -> None:
    guest, gone = {**USER, "userType": "Guest"}, {"id": PERSON, "@removed": {"reason": "changed"}}
    end = {"@odata.deltaLink": f"{server.url}/v1.0/users/delta?$deltatoken=1"}
    server.says = [says({"value": [guest, gone], **end}), says({"value": [gone, guest], **end})]
    first, second = [await graph.directory.guests_changed("") for _ in range(2)]
    assert (first.guests, first.gone) == ((), (PERSON,))
    assert ([one.object_id for one in second.guests], second.gone) == ([PERSON], ())


async def test_an_answer_that_has_been_read_does_not_wait_for_the_collector(
    graph: Graph, server: Server
) -> None:
    """Bodies of half a megabyte, of which a hundred are read one after the other."""
    server.says = [says(USER)]
    await graph.directory.guest(PERSON)
    gc.collect()
    gc.disable()
    try:
        await graph.directory.guest(PERSON)
        left = [one for one in gc.get_objects() if isinstance(one, httpx.Response)]
    finally:
        gc.enable()
    assert not left
