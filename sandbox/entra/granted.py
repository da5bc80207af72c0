"""What the bot's own enterprise application was given: all that Guestlist can use, but what is withheld."""

from sandbox.entra.call import Call, Refused
from sandbox.entra.tenant import Json, Tenant, stamp

GRAPH = "microsoft-graph"
NOT_USED = {"Directory.ReadWrite.All", "Mail.Send"}
BY_SWITCH = {
    "User.Invite.All": "appHasUserInviteAll",
    "User.ReadWrite.All": "resetPermission",
    "TeamsAppInstallation.ReadWriteSelfForUser.All": "installPermission",
    "AppCatalog.Read.All": "installPermission",
    "AuditLog.Read.All": "auditPermission",
    "Policy.Read.All": "policyPermission",
    "Policy.Read.B2BManagementPolicy": "domainListPermission",
    "CrossTenantInformation.ReadBasic.All": "tenantNames",
    "IdentityProvider.Read.All": "providerPermission",
    "Domain.Read.All": "domainPermission",
}

READS_POLICIES = ("Policy.Read.ConditionalAccess", "Policy.Read.All", "Policy.ReadWrite.ConditionalAccess")


def withheld(tenant: Tenant) -> set[str]:
    unused = NOT_USED - _listed(tenant, "furtherPermissions")
    switched = {name for name, switch in BY_SWITCH.items() if not tenant.switches[switch]}
    return _listed(tenant, "withheldPermissions") | unused | switched


def _listed(tenant: Tenant, switch: str) -> set[str]:
    return {each.strip() for each in str(tenant.switches[switch]).split(",")}


def lacks(tenant: Tenant, *any_of: str) -> bool:
    """Tell whether every one of these permissions is withheld; two have switches of their own."""
    return set(any_of) <= withheld(tenant)


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
