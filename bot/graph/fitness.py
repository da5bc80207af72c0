"""Why a group cannot hold guests: by its own kind, by its own setting, or by the tenant's."""

from typing import Any

from access.ports import tried
from access.rules.clues import Unread
from access.rules.model import GroupKind
from access.rules.setup_plans import Unfit
from bot.graph.client import GraphClient, Row, rows_of
from bot.graph.pacer import Kind
from bot.graph.shapes import group_from

_ALLOWS = "AllowToAddGuests"
_SETTINGS = {"Group.Unified", "Group.Unified.Guest"}


def closed(row: Row) -> Unfit | None:
    """Return why nobody can add a guest by hand, or Guestlist may not."""
    if row.get("isAssignableToRole"):
        return Unfit.HOLDS_ROLES
    because = group_from(row).closed_because
    return Unfit(because) if because else None


async def by_itself(client: GraphClient, row: Row) -> Unfit | None:
    """Return what the group itself says: a Microsoft 365 group can bar guests by a setting of its own."""
    if found := closed(row):
        return found
    if not is_unified(row):
        return None
    settings = client.sdk.groups.by_group_id(row["id"]).settings
    return await _bars(client, settings.to_get_request_information(), Unfit.BARS_GUESTS)


async def by_tenant(client: GraphClient) -> Unfit | None:
    """Return whether the tenant bars guests from every Microsoft 365 group that says nothing itself."""
    request = client.sdk.group_settings.to_get_request_information()
    return await _bars(client, request, Unfit.TENANT_BARS_GUESTS)


async def unfit(client: GraphClient, row: Row) -> Unfit | None:
    return await by_itself(client, row) or (await by_tenant(client) if is_unified(row) else None)


def is_unified(row: Row) -> bool:
    return group_from(row).kind is GroupKind.MICROSOFT_365


async def _bars(client: GraphClient, request: Any, barred: Unfit) -> Unfit | None:
    """Return what settings say of guests; where they say nothing, guests are let in."""
    answer = await tried(client.call(request, Kind.READ))
    if isinstance(answer, Unread):
        return Unfit.UNREAD
    values = [
        str(value.get("value")).casefold() != "false"
        for row in rows_of(answer)
        if row.get("displayName") in _SETTINGS
        for value in row.get("values") or ()
        if value.get("name") == _ALLOWS
    ]
    return None if all(values) else barred
