"""Microsoft Graph over HTTP, as far as `sandbox/README.md` lists it."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import unquote
from uuid import uuid4

from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from sandbox.entra import (
    access,
    audits,
    conditional,
    directory,
    groups,
    invitations,
    mail,
    policies,
    providers,
    signins,
    subscriptions,
    users,
    whatif,
)
from sandbox.entra.call import Answer, Call, Refused
from sandbox.entra.tenant import Json
from sandbox.entra.throttle import SHOWN_FROM, Window
from sandbox.faults import FAULT

if TYPE_CHECKING:
    from sandbox.app import World

Handler = Callable[[Call], Answer]
MOST_IN_BATCH = 20
BY_STATUS = {
    429: "throttled",
    500: "serverError",
    502: "badGateway",
    503: "unavailable",
    504: "gatewayTimeout",
}


@dataclass(frozen=True)
class Route:
    """One method of one path; literal parts are matched without regard to case."""

    method: str
    path: str
    pattern: re.Pattern[str]
    handler: Handler

    @classmethod
    def of(cls, method: str, path: str, handler: Handler) -> "Route":
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/']+)", re.escape(path))
        return cls(method, path, re.compile(pattern, re.IGNORECASE), handler)


def _table(*lists: Sequence[tuple[str, str, Handler]]) -> list[Route]:
    """Return the routes, those without variable parts first: `/users/delta` is no user."""
    routes = [Route.of(*entry) for entries in lists for entry in entries]
    return sorted(routes, key=lambda route: route.path.count("{"))


TABLES = {
    "v1.0": _table(
        users.ROUTES,
        directory.ROUTES,
        invitations.ROUTES,
        access.ROUTES,
        groups.ROUTES,
        policies.ROUTES,
        providers.ROUTES,
        conditional.ROUTES,
        whatif.ROUTES,
        mail.ROUTES,
        audits.ROUTES,
        signins.ROUTES,
        subscriptions.ROUTES,
    ),
    "beta": _table(policies.BETA_ROUTES),
}


def _find(version: str, call: Call) -> Route:
    path = unquote(call.path).removesuffix("()")
    allowed = False
    for route in TABLES[version]:
        found = route.pattern.fullmatch(path)
        if found and route.method == call.method:
            call.args, call.route = found.groupdict(), route.path
            return route
        allowed = allowed or bool(found)
    if allowed:
        raise Refused("notAllowed")
    raise Refused("unknownPath", segment=path.rpartition("/")[2])


def _meet(call: Call) -> Answer:
    """Count the call against the limits, refuse it if it is too many, else let its handler answer."""
    version = "beta" if call.root.endswith("/beta") else "v1.0"
    route = _find(version, call)
    reading = call.tenant.meter.read(call.method, route.path, call.query)
    if reading.refused:
        name = "mailThrottled" if reading.refused.name == "mailSends" else "throttled"
        raise Refused(name, headers=_throttle_headers(call, reading.refused, reading.wait))
    if call.method != "GET":
        call.allow()
    cost = {"x-ms-resource-unit": str(reading.units)}
    if reading.share >= SHOWN_FROM:
        cost["x-ms-throttle-limit-percentage"] = f"{reading.share:.2f}"
    try:
        answer = route.handler(call)
    except Refused as refused:
        refused.headers |= cost
        raise
    answer.headers |= cost
    return answer


def _throttle_headers(call: Call, limit: Window, wait: int) -> dict[str, str]:
    story = call.tenant.story
    scope = f"Tenant_Application/{limit.name}/{story.bot['appId']}/{story.tenant_id}"
    headers = {"x-ms-throttle-scope": scope, "x-ms-throttle-information": limit.information}
    return headers | ({"Retry-After": str(wait)} if limit.retry_after else {})


def _error(refused: Refused, request_id: str, client_id: str) -> Json:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    inner = {"date": now, "request-id": request_id, "client-request-id": client_id}
    return {"error": {"code": refused.code, "message": refused.message, "innerError": inner}}


def serve(call: Call, request_id: str, client_id: str, fault: str | None) -> Answer:
    """Answer one call, of its own or inside a batch, and write it into the ledger."""
    try:
        answer = _meet(call)
    except Refused as refused:
        answer = Answer(refused.status, _error(refused, request_id, client_id), refused.headers)
    record(call, answer.status, request_id, fault)
    return answer


def record(call: Call, status: int, request_id: str, fault: str | None) -> None:
    path = unquote(call.path)
    call.world.ledger.record(
        "graph.call",
        method=call.method,
        path=path,
        query=call.query,
        status=status,
        requestId=request_id,
        fault=fault,
    )


def _batch(call: Call, client_id: str) -> Answer:
    """Answer a batch, in order; what depends on a failed item fails too."""
    items = call.body().get("requests")
    ids = [str(item.get("id", "")).lower() for item in items] if isinstance(items, list) else []
    if not items or len(items) > MOST_IN_BATCH or len(set(ids)) != len(ids):
        raise Refused("badQuery", detail=f"A batch has 1 to {MOST_IN_BATCH} requests with ids of their own.")
    statuses: dict[str, int] = {}
    answers = []
    for item in items:
        needs = [str(each).lower() for each in item.get("dependsOn", [])]
        if any(each not in statuses for each in needs):
            raise Refused("badQuery", detail="dependsOn must name an earlier request of the batch.")
        request_id = str(uuid4())
        if any(statuses[each] >= web.HTTPBadRequest.status_code for each in needs):
            answer = Answer(424, _error(Refused("failedDependency"), request_id, client_id))
        else:
            answer = serve(_item_call(call, item), request_id, client_id, None)
        statuses[str(item["id"]).lower()] = answer.status
        headers = {**answer.headers, "request-id": request_id, "Content-Type": "application/json"}
        answers.append({"id": item["id"], "status": answer.status, "headers": headers, "body": answer.body})
    return Answer(body={"responses": answers})


def _item_call(call: Call, item: Json) -> Call:
    url = URL("/" + str(item.get("url", "")).lstrip("/"))
    headers = CIMultiDict({str(name): str(value) for name, value in (item.get("headers") or {}).items()})
    method, body = str(item.get("method", "GET")).upper(), item.get("body", {})
    return Call(call.world, method, call.root, url.raw_path, options(url), headers, body)


def options(url: URL) -> dict[str, str]:
    """Return the query with the names of its options in lower case."""
    return {name.lower(): value for name, value in url.query.items()}


class Exchange:
    """One HTTP request to Graph: its token, its faults, the ids that every answer carries."""

    def __init__(self, world: "World", request: web.Request, raw: bytes) -> None:
        self._world, self._request = world, request
        self._id = str(uuid4())
        self._client_id = request.headers.get("client-request-id", self._id)
        version = request.match_info["version"]
        self._call = Call(
            world,
            request.method,
            f"{world.origin(request)}/{version}",
            request.rel_url.raw_path.removeprefix(f"/{version}"),
            options(request.rel_url),
            CIMultiDict(request.headers),
            raw,
        )

    async def answer(self) -> web.StreamResponse:
        return await self._world.faults.around(self._request, self._serve, self._refuse)

    async def _serve(self) -> web.Response:
        call, given = self._call, self._request.headers.get("Authorization", "")
        if given != f"Bearer {self._world.settings.token}":
            return self._respond(self._refusal(Refused("unauthorized" if given else "missingToken")))
        if (call.method, call.path) == ("POST", "/subscriptions"):
            await subscriptions.shake(call)
        if (call.method, call.path) != ("POST", "/$batch"):
            return self._respond(serve(call, self._id, self._client_id, self._request.get(FAULT)))
        try:
            return self._respond(_batch(call, self._client_id))
        except Refused as refused:
            return self._respond(self._refusal(refused))

    def _refuse(self, status: int, headers: dict[str, str]) -> web.Response:
        """Answer with a fault; a call that was served before is in the ledger already."""
        refused = Refused(BY_STATUS.get(status, "serverError"), status=status, headers=headers)
        fault = self._request[FAULT]
        return self._respond(self._refusal(refused, fault=fault, recorded=fault.endswith("-after")))

    def _refusal(self, refused: Refused, *, fault: str | None = None, recorded: bool = False) -> Answer:
        if not recorded:
            record(self._call, refused.status, self._id, fault)
        return Answer(refused.status, _error(refused, self._id, self._client_id), refused.headers)

    def _respond(self, answer: Answer) -> web.Response:
        headers = {**answer.headers, "request-id": self._id, "client-request-id": self._client_id}
        if isinstance(answer.body, dict):
            return web.json_response(answer.body, status=answer.status, headers=headers)
        return web.Response(text=answer.body, status=answer.status, headers=headers)


def routes(world: "World") -> list[web.RouteDef]:
    async def graph(request: web.Request) -> web.StreamResponse:
        return await Exchange(world, request, await request.read()).answer()

    return [web.route("*", "/{version:v1\\.0|beta}/{path:.*}", graph)]
