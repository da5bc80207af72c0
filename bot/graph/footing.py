"""The Footing port: what Guestlist was given, and how an app and a group stand for guests."""

import asyncio

from access.ports import tried
from access.rules.causes import Cause
from access.rules.model import ObjectId
from access.rules.tenant_facts import AppFacts
from bot.graph.client import GraphClient, ask
from bot.graph.directory import app_row, group_row
from bot.graph.fitness import unfit
from bot.graph.own_rights import OwnRights
from bot.graph.shapes import app_from, group_from, is_microsofts, path_id

_ON_PREMISES = "WindowsAzureActiveDirectoryOnPremApp"
"""The tag of what Application Proxy publishes."""
_WHOLE_PAGE = "999"


class GraphFooting:
    """Reads an app, and one group, afresh; what Guestlist holds is read by `OwnRights`."""

    def __init__(self, client: GraphClient, own_rights: OwnRights) -> None:
        self._client = client
        self._own_rights = own_rights

    async def permissions(self) -> frozenset[str]:
        return await self._own_rights.permissions()

    async def premium(self) -> bool:
        return await self._own_rights.premium()

    async def app(self, app_id: ObjectId, group_id: ObjectId | None) -> AppFacts:
        row = (await app_row(self._client, app_id)).body
        app = app_from(row)
        facts = AppFacts(
            app_id=app.app_id.lower(),
            enabled=app.enabled,
            required=bool(row.get("appRoleAssignmentRequired")),
            home_page=app.home_page,
            on_premises=_ON_PREMISES in (row.get("tags") or ()),
            by_microsoft=is_microsofts(row),
        )
        return facts if group_id is None else await self._with_group(facts, app_id, group_id)

    async def _with_group(self, facts: AppFacts, app_id: ObjectId, group_id: ObjectId) -> AppFacts:
        row = (await group_row(self._client, group_id)).body
        assigned, why = await asyncio.gather(
            tried(self._assigned(app_id, group_id)), unfit(self._client, row)
        )
        return facts.giving(group_from(row).name, assigned=assigned, unfit=why)

    async def _assigned(self, app_id: ObjectId, group_id: ObjectId) -> bool:
        """Tell whether the group itself is assigned: of one that holds it, its members have nothing."""
        group = self._client.sdk.groups.by_group_id(path_id(group_id, Cause.GROUP_GONE))
        request = ask(group.app_role_assignments.to_get_request_information(), top=_WHOLE_PAGE)
        rows = self._client.pages(request, missing=Cause.GROUP_GONE)
        return (group_id, app_id) in [(row["principalId"], row["resourceId"]) async for row in rows]
