"""Inviting a guest: `POST /invitations` with every outcome that is known of the real one."""

import re
from urllib.parse import urlencode
from uuid import uuid4

from sandbox.entra import audits, policies
from sandbox.entra.call import Answer, Call, Refused
from sandbox.entra.mailbox import Mail
from sandbox.entra.shaping import TYPES
from sandbox.entra.tenant import Invitation, Json, Tenant, Thing, digest, stamp

REFUSED_CHARACTERS = set("~!#$%^&*()+=[]{}\\/|;:\"<>?,'` ")


def invite(call: Call) -> Answer:
    body = call.body()
    unknown = set(body) - set(TYPES["invitation"]["writable"])
    if unknown:
        raise Refused(
            "badQuery",
            detail=f"The property '{min(unknown)}' does not exist on 'microsoft.graph.invitation'.",
        )
    for name in ("invitedUserEmailAddress", "inviteRedirectUrl"):
        if not body.get(name):
            raise Refused("missingInvitation", name=name)
    address = str(body["invitedUserEmailAddress"])
    check_allowed(call)
    check_address(call, address)
    if body.get("invitedUserType", "Guest") != "Guest":
        raise Refused("memberInvite")
    sponsors = _sponsors(call, body)
    tenant = call.tenant
    guest = _already_here(call, body, address)
    repeated = guest is not None
    if guest is None:
        guest = tenant.new_guest(
            guest_properties(tenant, address, body.get("invitedUserDisplayName")), sponsors
        )
    elif body.get("resetRedemption"):
        _reset(call, guest)
    accepted = guest.props["externalUserState"] == "Accepted"
    invitation = tenant.invite(guest, address, str(body["inviteRedirectUrl"]))
    _record(call, body, invitation, repeated=repeated)
    audits.invited(tenant, guest, address, invitation.id, repeated=repeated)
    link = redeem_link(call, invitation)
    if body.get("sendInvitationMessage"):
        _send_plain_mail(call, address, link)
    status = tenant.switches["reinviteStatus"] if accepted else "PendingAcceptance"
    return Answer(201, _answer(call, body, invitation, link=link, status=status))


def _record(call: Call, body: Json, invitation: Invitation, *, repeated: bool) -> None:
    call.world.ledger.record(
        "invitation.created",
        guest=invitation.guest,
        address=invitation.address,
        invitation=invitation.id,
        repeated=repeated,
        linkTicket=digest(invitation.secret),
        sent=bool(body.get("sendInvitationMessage")),
        language=(body.get("invitedUserMessageInfo") or {}).get("messageLanguage") or "en-US",
    )


def check_allowed(call: Call) -> None:
    """Refuse what settings and the abuse block refuse, before anybody looks at the address."""
    switches = call.tenant.switches
    made = len(call.tenant.invitations)
    if switches["abuseBlock"] != "off" and made >= switches["abuseBlock"]:
        raise Refused("abuseBlock")
    if switches["dailyInvitations"] != "off" and made >= switches["dailyInvitations"]:
        raise Refused("throttled")
    who = switches["allowInvitesFrom"]
    if who == "none" or (who == "adminsAndGuestInviters" and not switches["appHasUserInviteAll"]):
        raise Refused("invitesOff")


def check_address(call: Call, address: str) -> None:
    switches = call.tenant.switches
    local, at, domain = address.rpartition("@")
    parts = (local, domain)
    malformed = not at or any(not p or p[0] in ".-" or p[-1] in ".-" for p in parts) or "." not in domain
    if malformed or REFUSED_CHARACTERS & set(address) or "@" in local:
        raise Refused("invalidAddress", detail=switches["invalidAddressText"])
    domain = domain.lower()
    blocked, allowed = (
        [each.strip().lower() for each in switches[name].split(",") if each.strip()]
        for name in ("blockedDomains", "allowedDomains")
    )
    if domain in blocked or (allowed and domain not in allowed):
        raise Refused("invitesOff", status=switches["domainRefusal"])
    if not policies.lets_in(call.tenant, domain):
        raise Refused("crossTenant", status=switches["crossTenantRefusal"])


def _sponsors(call: Call, body: Json) -> list[str]:
    given = body.get("invitedUserSponsors") or []
    ids = [str(each.get("id", "")).lower() for each in given if isinstance(each, dict)]
    missing = [each for each in ids if each not in call.tenant.objects]
    if missing or len(ids) != len(given):
        raise Refused("notFound", id=missing[0] if missing else "")
    return ids


def _already_here(call: Call, body: Json, address: str) -> Thing | None:
    """Return the guest who is invited once more; refuse whoever cannot be."""
    tenant = call.tenant
    if body.get("resetRedemption"):
        if not tenant.switches["resetPermission"]:
            raise Refused("resetDenied")
        key = str((body.get("invitedUser") or {}).get("id", ""))
        guest = tenant.objects.get(key.lower())
        if guest is None or address.lower() not in guest.addresses():
            raise Refused("resetMismatch")
        return guest
    here = tenant.by_address(address)
    if here is not None and here.is_guest:
        return here
    if here is not None:
        raise Refused(
            "internalUser" if here.props.get("accountEnabled", True) else "internalUserBlocked", id=here.id
        )
    for gone in tenant.deleted.values():
        if address.lower() in gone.addresses():
            raise Refused("internalUserBlocked", id=gone.id)
    if address.lower().rpartition("@")[2] in tenant.story.raw["tenant"]["verifiedDomains"]:
        raise Refused("ownDomain")
    return None


def _reset(call: Call, guest: Thing) -> None:
    guest.props["externalUserState"] = "PendingAcceptance"
    guest.props["externalUserStateChangeDateTime"] = stamp()
    guest.props["identities"] = guest.props["identities"][:1]
    call.tenant.changed(guest)


def guest_properties(tenant: Tenant, address: str, name: str | None) -> Json:
    """Return what the directory holds of a guest who was just invited."""
    initial = tenant.story.raw["tenant"]["initialDomain"]
    known_as = f"{address.replace('@', '_')}#EXT#"
    now = stamp()
    return {
        "id": str(uuid4()),
        "displayName": name or address.partition("@")[0],
        "mail": address,
        "otherMails": [address],
        "proxyAddresses": [f"SMTP:{address}"],
        "userPrincipalName": f"{known_as}@{initial}",
        "mailNickname": known_as,
        "userType": "Guest",
        "accountEnabled": True,
        "creationType": "Invitation",
        "createdDateTime": now,
        "externalUserState": "PendingAcceptance",
        "externalUserStateChangeDateTime": now,
        "identities": [
            {
                "signInType": "userPrincipalName",
                "issuer": initial,
                "issuerAssignedId": f"{known_as}@{initial}",
            }
        ],
    }


def redeem_link(call: Call, invitation: Invitation) -> str:
    origin = re.sub(r"/(v1\.0|beta)$", "", call.root)
    words = {
        "tenant": call.tenant.story.tenant_id,
        "user": invitation.guest,
        "ticket": invitation.secret,
        "ver": "2.0",
    }
    return f"{origin}/guest/redeem?{urlencode(words)}"


def _send_plain_mail(call: Call, address: str, link: str) -> None:
    """Send what Microsoft sends for an app: never with the inviter's own words, whatever was given."""
    name = call.tenant.story.raw["tenant"]["displayName"]
    body = (
        f"<p>{name} invites you to access applications within their organisation.</p>"
        f'<p><a href="{link.replace("&", "&amp;")}">Accept invitation</a></p>'
    )
    subject = f"{name} invited you to access applications within their organisation"
    call.tenant.deliver(Mail("invites@invitations.example", [address], subject, body, stamp()), None)


def _answer(call: Call, body: Json, invitation: Invitation, *, link: str, status: str) -> Json:
    return {
        "@odata.context": call.context("invitations/$entity"),
        "id": invitation.id,
        "inviteRedeemUrl": link,
        "invitedUserDisplayName": body.get("invitedUserDisplayName"),
        "invitedUserType": "Guest",
        "invitedUserEmailAddress": invitation.address,
        "sendInvitationMessage": bool(body.get("sendInvitationMessage")),
        "resetRedemption": bool(body.get("resetRedemption")),
        "inviteRedirectUrl": invitation.redirect,
        "status": status,
        "invitedUserMessageInfo": {
            "messageLanguage": None,
            "customizedMessageBody": None,
            "ccRecipients": [{"emailAddress": {"name": None, "address": None}}],
        },
        "invitedUser": {"id": invitation.guest},
    }


def list_invitations(_: Call) -> Answer:
    raise Refused("unknownPath", segment="invitations")


ROUTES = [("POST", "/invitations", invite), ("GET", "/invitations", list_invitations)]
