"""What the bot's own enterprise application was given: all that Guestlist can use, but what is withheld."""

from sandbox.entra.call import Call, Refused
from sandbox.entra.tenant import Json, Tenant, stamp

GRAPH = "microsoft-graph"
NEVER = "Directory.ReadWrite.All"
BY_SWITCH = {"User.Invite.All": "appHasUserInviteAll", "User.ReadWrite.All": "resetPermission"}

READS_POLICIES = ("Policy.Read.ConditionalAccess", "Policy.Read.All", "Policy.ReadWrite.ConditionalAccess")


def withheld(tenant: Tenant) -> set[str]:
    named = {each.strip() for each in str(tenant.switches["withheldPermissions"]).split(",")}
    return named | {NEVER} | {name for name, switch in BY_SWITCH.items() if not tenant.switches[switch]}


def lacks(tenant: Tenant, *any_of: str) -> bool:
    """Tell whether every one of these permissions is withheld; two have switches of their own."""
    own = {"Policy.Read.All": "policyPermission", "AuditLog.Read.All": "auditPermission"}
    gone = withheld(tenant) | {name for name, switch in own.items() if not tenant.switches[switch]}
    return set(any_of) <= gone


def needs(call: Call, *any_of: str, refusal: str = "denied") -> None:
    """Refuse a call for which every permission that allows it is withheld."""
    if lacks(call.tenant, *any_of):
        raise Refused(refusal)


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
