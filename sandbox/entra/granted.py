"""What the bot's own enterprise application was given: all that Guestlist can use, but what is withheld."""

from sandbox.entra.call import Call, Refused
from sandbox.entra.tenant import Json, Tenant, stamp

GRAPH = "microsoft-graph"
IDS = {
    "Group.Create": "bf7b1a76-6e77-406b-b258-bf5c7720e98f",
    "Group.ReadWrite.All": "62a82d76-70ea-41e2-9197-370581804d09",
    "AppRoleAssignment.ReadWrite.All": "06b708a9-e830-4db3-a914-8e69da51d44f",
    "Application.ReadWrite.All": "1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9",
}
"""Permissions by the ids that Microsoft Graph's app roles have in every tenant."""


def withheld(tenant: Tenant) -> set[str]:
    return {each.strip() for each in str(tenant.switches["withheldPermissions"]).split(",") if each.strip()}


def needs(call: Call, *any_of: str) -> None:
    """Refuse a call for which every permission that allows it is withheld."""
    if set(any_of) <= withheld(call.tenant):
        raise Refused("denied")


def permissions(tenant: Tenant) -> list[Json]:
    """Return the app role assignments of the bot's own enterprise application."""
    bot = tenant.story.bot
    graph = next(o for o in tenant.objects.values() if o.key == GRAPH)
    return [
        {
            "id": f"granted-{name}",
            "deletedDateTime": None,
            "appRoleId": role,
            "createdDateTime": stamp(),
            "principalDisplayName": bot["name"],
            "principalId": bot["servicePrincipalId"],
            "principalType": "ServicePrincipal",
            "resourceDisplayName": graph.props["displayName"],
            "resourceId": graph.id,
        }
        for name, role in IDS.items()
        if name not in withheld(tenant)
    ]
