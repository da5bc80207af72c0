"""A drafted change in words: where in the portal it is made, what else it opens, and who may make it.

What the portal writes on its pages is not translated here: it stands in quotation marks as Microsoft has it.
"""

from collections.abc import Mapping

from access.rules.model import App, Give
from access.rules.setting_drafts import Draft, Opens, Setting
from access.rules.tenant_facts import InvitesFrom
from cards import portal
from cards.look import Look
from cards.texts import marked

_OPENS: Mapping[Opens, str] = {
    Opens.ADMINS_INVITE: marked(
        "Admins and guest inviters may invite too. "
        "That apps with User.Invite.All may is seen, not documented."
    ),
    Opens.MEMBERS_INVITE: marked("Every member of the tenant may invite guests too, past Guestlist."),
    Opens.DOMAIN_ADDED: marked("Everybody from {domain} may be invited. Nothing changes for other domains."),
    Opens.DOMAIN_STRUCK: marked("Everybody from {domain} may be invited. Nothing changes for other domains."),
    Opens.ONE_TENANT_ONE_APP: marked(
        "Everybody of the tenant of {domain} may be invited, and gets into {app} alone, beside what is open "
        "already. It takes Entra ID P1."
    ),
    Opens.ONE_TENANT: marked("Everybody of the tenant of {domain} may be invited, and into every app."),
    Opens.EVERY_TENANT: marked(
        "Everybody of every tenant may be invited, but for tenants that have own settings."
    ),
    Opens.BELIEVED: marked(
        "What the tenant of {domain} says of a second factor or a device counts at every app, "
        "for all its guests."
    ),
    Opens.ON_FOR_ALL: marked("Everybody who has {app} can sign in to it again."),
    Opens.MEMBERS_GET_IT: marked("Every member of {group} gets {app}."),
    Opens.GUESTS_IN_GROUP: marked("The owners of {group} can add other guests too."),
    Opens.GUESTS_IN_GROUPS: marked("Owners of every Microsoft 365 group can add guests."),
}
_LESS: Mapping[Opens, str] = {
    Opens.ADMINS_INVITE: marked("The least: admins and guest inviters"),
    Opens.MEMBERS_INVITE: marked("All members"),
    Opens.ONE_TENANT_ONE_APP: marked("The least: this tenant, this app"),
    Opens.ONE_TENANT: marked("This tenant, every app"),
    Opens.EVERY_TENANT: marked("Every tenant"),
}
"""What one way is called where there are several."""
_COLLABORATION = "External Identities > External collaboration settings"
_INBOUND = "External Identities > Cross-tenant access settings"
_WHERE: Mapping[Setting, str] = {
    Setting.INVITES: marked("{page}, “Guest invite settings”: choose “{choice}”, then “Save”."),
    Setting.DOMAINS: marked("{page}, “Collaboration restrictions”: {list}, then “Save”."),
    Setting.PARTNER: marked(
        "{page}, “Organizational settings”, the tenant of {domain}, link under “Inbound access”, "
        "“B2B collaboration”, “Customize settings”: set the values above, then “Save”."
    ),
    Setting.NEW_PARTNER: marked(
        "{page}, “Organizational settings”, “Add organization”: type {domain}, “Add”. Then the link under "
        "“Inbound access”, “B2B collaboration”, “Customize settings”: set the values above, then “Save”."
    ),
    Setting.DEFAULT: marked(
        "{page}, “Default settings”, “Edit inbound defaults”, “B2B collaboration”: set the values above, "
        "then “Save”."
    ),
    Setting.TRUST: marked(
        "{page}, “Organizational settings”, the tenant of {domain} (“Add organization” where it is not "
        "there), link under “Inbound access”, “Trust settings”, “Customize settings”: "
        "choose {trust}, then “Save”."
    ),
    Setting.APP: marked(
        "Enterprise applications > {app} > Properties: “Enabled for users to sign-in?” “Yes”, then “Save”."
    ),
    Setting.ASSIGNMENT: marked(
        "Enterprise applications > {app} > Users and groups, “Add user/group”: choose {group}, “Assign”."
    ),
    Setting.GROUP: marked(
        "No page of the portal has it. By Graph: read the id in groups/{id}/settings, then write the value "
        "with PATCH groups/{id}/settings/ID."
    ),
    Setting.ALL_GROUPS: marked(
        "Microsoft 365 admin center > Settings > Org settings > Microsoft 365 Groups: “Let group owners add "
        "people outside your organization to Microsoft 365 Groups as guests”."
    ),
}
_CHOICES: Mapping[str, str] = {
    InvitesFrom.ADMINS_AND_INVITERS: "Only users assigned to specific admin roles can invite guest users",
    InvitesFrom.MEMBERS: "Member users and users assigned to specific admin roles can invite guest users",
}
_TRUST: Mapping[str, str] = {
    "isMfaAccepted": "“Trust multifactor authentication from Microsoft Entra tenants”",
    "isCompliantDeviceAccepted": "“Trust compliant devices”",
    "isHybridAzureADJoinedDeviceAccepted": "“Trust Microsoft Entra hybrid joined devices”",
}
_BETWEEN = frozenset({Setting.PARTNER, Setting.NEW_PARTNER, Setting.DEFAULT, Setting.TRUST})


def opens(draft: Draft, names: Mapping[str, str], look: Look) -> str:
    """Return whom else the change lets in."""
    return look.say(_OPENS[draft.opens], **names)


def way(draft: Draft, look: Look) -> str:
    """Return what one of several ways is called."""
    return look.say(_LESS[draft.opens]) if draft.opens in _LESS else ""


def where(draft: Draft, names: Mapping[str, str], give: Give | None, look: Look) -> str:
    """Return the way through the portal, with what is chosen there."""
    page = _INBOUND if draft.setting in _BETWEEN else _COLLABORATION
    trust = ", ".join(_TRUST[one.name.rpartition(".")[2]] for one in draft.values if "Trust" in one.name)
    about = {
        "page": page,
        "choice": _CHOICES.get(draft.values[0].now, "") if draft.values else "",
        "list": _listing(draft, names, look) if draft.setting is Setting.DOMAINS else "",
        "trust": trust,
        "id": give.object_id if give else "",
    }
    return look.say(_WHERE[draft.setting], **{**names, **about})


def _listing(draft: Draft, names: Mapping[str, str], look: Look) -> str:
    struck = look.say("take {domain} off “Target domains”", **names)
    if draft.opens is Opens.DOMAIN_STRUCK:
        return struck
    return look.say("write {domain} on a line of its own under “Target domains”", **names)


def page(draft: Draft, app: App | None) -> str:
    """Return the address of the page, nothing where the portal has none."""
    if draft.setting in _BETWEEN:
        return portal.between_tenants()
    if draft.setting in {Setting.INVITES, Setting.DOMAINS}:
        return portal.collaboration()
    if app is None or draft.setting in {Setting.GROUP, Setting.ALL_GROUPS}:
        return ""
    return portal.app_page(
        app.object_id, "Properties" if draft.setting is Setting.APP else "Users", app.app_id
    )
