"""What Guestlist's own enterprise application was given, and what the tenant is licensed for."""

from collections.abc import Mapping

from bot.graph.activity import own_id
from bot.graph.client import GraphClient, ask, rows_of
from bot.graph.pacer import Kind

_GRAPH = "00000003-0000-0000-c000-000000000000"
_WHOLE_PAGE = "999"
_P1 = frozenset({"AAD_PREMIUM", "AAD_PREMIUM_P2"})


class OwnRights:
    """Reads afresh what was given; what Graph calls its app roles is kept until one is met that is new."""

    def __init__(self, client: GraphClient, app_id: str) -> None:
        self._client = client
        self._app_id = app_id
        self._own_id = ""
        self._graph_id = ""
        self._names: Mapping[str, str] = {}

    async def permissions(self) -> frozenset[str]:
        self._own_id = self._own_id or await own_id(self._client, self._app_id)
        own = self._client.sdk.service_principals.by_service_principal_id(self._own_id)
        request = ask(own.app_role_assignments.to_get_request_information(), top=_WHOLE_PAGE)
        given = [(row["resourceId"], row["appRoleId"]) async for row in self._client.pages(request)]
        if not self._graph_id or any(self._is_new(*one) for one in given):
            await self._read_names()
        return frozenset(
            self._names[role] for app, role in given if app == self._graph_id and role in self._names
        )

    async def premium(self) -> bool:
        request = self._client.sdk.subscribed_skus.to_get_request_information()
        return any(
            plan.get("servicePlanName") in _P1
            for row in rows_of(await self._client.call(request, Kind.READ))
            if row.get("capabilityStatus") in {"Enabled", "Warning"}
            for plan in row.get("servicePlans") or ()
        )

    def _is_new(self, app: str, role: str) -> bool:
        return app == self._graph_id and role not in self._names

    async def _read_names(self) -> None:
        graph = self._client.sdk.service_principals_with_app_id(_GRAPH)
        asked = ask(graph.to_get_request_information(), "id", "appRoles")
        row = (await self._client.call(asked, Kind.READ)).body
        self._graph_id = row["id"]
        self._names = {one["id"]: one.get("value") or "" for one in row.get("appRoles") or ()}
