"""Every key that the sandbox returns is one that the vendor's own model knows, all the way down."""

import re
from collections.abc import AsyncIterator, Iterator
from importlib import import_module
from typing import Any

import pytest

from tests.sandbox.entra import Entra, opened

MODELS = {
    "appRoles": "AppRole",
    "body": "ItemBody",
    "ccRecipients": "Recipient",
    "conditions": "ConditionalAccessConditionSet",
    "defaultUserRolePermissions": "DefaultUserRolePermissions",
    "emailAddress": "EmailAddress",
    "externalTenants": "ConditionalAccessAllExternalTenants",
    "additionalDetails": "KeyValue",
    "app": "AppIdentity",
    "appliedConditionalAccessPolicies": "AppliedConditionalAccessPolicy",
    "authenticationStrength": "AuthenticationStrengthPolicy",
    "deviceDetail": "DeviceDetail",
    "flag": "FollowupFlag",
    "from": "Recipient",
    "grantControls": "ConditionalAccessGrantControls",
    "identities": "ObjectIdentity",
    "initiatedBy": "AuditActivityInitiator",
    "inboundTrust": "CrossTenantAccessPolicyInboundTrust",
    "includeGuestsOrExternalUsers": "ConditionalAccessGuestsOrExternalUsers",
    "invitationRedemptionIdentityProviderConfiguration": (
        "DefaultInvitationRedemptionIdentityProviderConfiguration"
    ),
    "invitedUser": "User",
    "invitedUserMessageInfo": "InvitedUserMessageInfo",
    "ipRanges": "IPv4CidrRange",
    "b2bCollaborationInbound": "CrossTenantAccessPolicyB2BSetting",
    "location": "SignInLocation",
    "locations": "ConditionalAccessLocations",
    "modifiedProperties": "ModifiedProperty",
    "owners": "User",
    "platforms": "ConditionalAccessPlatforms",
    "sender": "Recipient",
    "singleValueExtendedProperties": "SingleValueLegacyExtendedProperty",
    "sponsors": "User",
    "status": "SignInStatus",
    "targetResources": "TargetResource",
    "targets": "CrossTenantAccessPolicyTarget",
    "toRecipients": "Recipient",
    "users": "ConditionalAccessUsers",
    "verifiedDomains": "VerifiedDomain",
}
WITHIN = {
    ("CrossTenantAccessPolicyB2BSetting", "usersAndGroups"): "CrossTenantAccessPolicyTargetConfiguration",
    ("CrossTenantAccessPolicyB2BSetting", "applications"): "CrossTenantAccessPolicyTargetConfiguration",
    ("ConditionalAccessConditionSet", "applications"): "ConditionalAccessApplications",
}
TYPES = {"user": "User", "group": "Group", "servicePrincipal": "ServicePrincipal"}


@pytest.fixture
async def entra() -> AsyncIterator[Entra]:
    async with opened(throttling="off") as sandbox:
        yield sandbox


def known_to(model: str) -> set[str]:
    module = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", model).lower()
    return set(
        getattr(import_module(f"msgraph.generated.models.{module}"), model)().get_field_deserializers()
    )


def unknown_keys(value: Any, model: str) -> Iterator[str]:
    """Name the keys that the model does not know, at every depth."""
    if isinstance(value, list):
        for each in value:
            yield from unknown_keys(each, model)
        return
    if not isinstance(value, dict):
        return
    kind = value.get("@odata.type", "").rpartition(".")[2]
    model = TYPES.get(kind, kind[:1].upper() + kind[1:] or model)
    known = known_to(model)
    for name, inner in value.items():
        if name.startswith("@odata.") or "@odata." in name:
            continue
        if name not in known:
            yield f"{model}.{name}"
        elif isinstance(inner, dict) or (isinstance(inner, list) and any(isinstance(e, dict) for e in inner)):
            yield from unknown_keys(inner, WITHIN.get((model, name)) or MODELS[name])


async def test_no_key_is_unknown_to_the_vendors_models(entra: Entra) -> None:
    invited = await entra.invite(
        invitedUserSponsors=[{"id": entra.person("megan")}], sendInvitationMessage=True
    )
    guest, app = invited.body["invitedUser"]["id"], entra.app("health-records")["id"]
    await entra.switch(auditLag=0)
    await entra.control("act", {"act": "signIn", "id": guest, "code": 0})
    assigned = await entra.assign(guest)
    everything = (
        "identities,userType,externalUserState,proxyAddresses,otherMails,createdDateTime,accountEnabled"
    )
    mailbox = f"/users/{entra.story.raw['mailbox']['id']}/messages"
    message = {"subject": "s", "toRecipients": [{"emailAddress": {"address": "a@b.example", "name": "A"}}]}
    drafted = await entra.call("POST", mailbox, message)
    reads = {
        "/users": "User",
        f"/users/{guest}?$expand=sponsors&$select={everything}": "User",
        f"/users/{guest}/appRoleAssignments": "AppRoleAssignment",
        "/users/delta": "User",
        f"/users/{entra.person('megan')}/ownedObjects": "User",
        "/groups": "Group",
        f"/groups/{entra.group('case-review')}/members": "User",
        "/servicePrincipals?$expand=owners": "ServicePrincipal",
        f"/servicePrincipals/{app}/appRoleAssignedTo": "AppRoleAssignment",
        "/organization": "Organization",
        "/policies/authorizationPolicy": "AuthorizationPolicy",
        "/policies/crossTenantAccessPolicy": "CrossTenantAccessPolicy",
        "/policies/crossTenantAccessPolicy/default": "CrossTenantAccessPolicyConfigurationDefault",
        "/identity/conditionalAccess/policies": "ConditionalAccessPolicy",
        "/identity/conditionalAccess/namedLocations": "NamedLocation",
        "/identity/conditionalAccess/authenticationStrength/policies": "AuthenticationStrengthPolicy",
        "/policies/identitySecurityDefaultsEnforcementPolicy": "IdentitySecurityDefaultsEnforcementPolicy",
        "/reports/authenticationMethods/userRegistrationDetails": "UserRegistrationDetails",
        "/auditLogs/directoryAudits": "DirectoryAudit",
        "/auditLogs/signIns": "SignIn",
        "/appCatalogs/teamsApps": "TeamsApp",
        mailbox: "Message",
    }
    found = [
        *unknown_keys(invited.body, "Invitation"),
        *unknown_keys(assigned.body, "AppRoleAssignment"),
        *unknown_keys(drafted.body, "Message"),
    ]
    for path, model in reads.items():
        answer = await entra.get(path)
        assert answer.status == 200, (path, answer.body)
        found += unknown_keys(answer.body.get("value", answer.body), model)
    assert found == []


def test_an_unknown_key_is_found_at_any_depth() -> None:
    assert list(unknown_keys({"id": "1", "nick": "x"}, "User")) == ["User.nick"]
    assert list(unknown_keys([{"appRoles": [{"id": "1", "colour": "red"}]}], "ServicePrincipal")) == [
        "AppRole.colour"
    ]
