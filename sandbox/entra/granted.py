"""What the bot's own enterprise application was given: all that Guestlist can use, but what is withheld."""

from sandbox.entra.call import Call, Refused
from sandbox.entra.tenant import Json, Tenant, stamp

GRAPH = "microsoft-graph"
NEVER = "Directory.ReadWrite.All"
BY_SWITCH = {"User.Invite.All": "appHasUserInviteAll", "User.ReadWrite.All": "resetPermission"}


def withheld(tenant: Tenant) -> set[str]:
    named = {each.strip() for each in str(tenant.switches["withheldPermissions"]).split(",")}
    return named | {NEVER} | {name for name, switch in BY_SWITCH.items() if not tenant.switches[switch]}


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
            "id": f"granted-{role['value']}",
            "deletedDateTime": None,
            "appRoleId": role["id"],
            "createdDateTime": stamp(),
            "principalDisplayName": bot["name"],
            "principalId": bot["servicePrincipalId"],
            "principalType": "ServicePrincipal",
            "resourceDisplayName": graph.props["displayName"],
            "resourceId": graph.id,
        }
        for role in graph.props["appRoles"]
        if role["value"] not in withheld(tenant)
    ]
