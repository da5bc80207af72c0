"""Graph's permissions that Guestlist uses: what each is for, and which are missing or too much."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """Whether Guestlist works without it."""

    ALWAYS = "always"
    GIVING = "giving"
    """One of them gives access, by groups or by app roles; the policy says which is needed."""
    OPTIONAL = "optional"


@dataclass(frozen=True, slots=True)
class Need:
    """A permission; `what` is what it is for."""

    name: str
    what: str
    level: Level = Level.OPTIONAL


GROUPS, ROLES = "GroupMember.ReadWrite.All", "AppRoleAssignment.ReadWrite.All"
NEEDS = (
    Need("Directory.Read.All", "everything: who may ask and decide is read from the directory", Level.ALWAYS),
    Need("User.Invite.All", "inviting guests", Level.ALWAYS),
    Need(
        "User.ReadWrite.All",
        "the sponsor of a guest who was there before, /reset and /change",
        Level.ALWAYS,
    ),
    Need(GROUPS, "giving access through groups", Level.GIVING),
    Need(ROLES, "giving access through app roles", Level.GIVING),
    Need("User.EnableDisableAccount.All", "removing a guest from the directory"),
    Need("User.DeleteRestore.All", "removing a guest from the directory, and restoring one"),
    Need("User.RevokeSessions.All", "ending the sessions of a removed guest at once"),
    Need("Group.Create", "making the group of an app's guests with /setup"),
    Need("Group.ReadWrite.All", "naming the owners of a group that /setup adopts"),
    Need("Application.ReadWrite.All", "requiring assignment of an app with /setup"),
    Need("TeamsAppInstallation.ReadWriteSelfForUser.All", "writing to an approver who has never had the app"),
    Need("AppCatalog.Read.All", "writing to an approver who has never had the app"),
    Need("AuditLog.Read.All", "comparing Entra's log with the approvals, and why a guest is stuck"),
    Need(
        "Policy.Read.All",
        "invite settings, cross-tenant access and Conditional Access: /check, /settings, /protect",
    ),
    Need("Policy.ReadWrite.ConditionalAccess", "making and enforcing policies that /protect drafts"),
    Need("Application.Read.All", "naming an app in a policy that /protect makes"),
    Need("Policy.Read.B2BManagementPolicy", "the tenant's list of domains in /check, /settings and /guest"),
    Need("CrossTenantInformation.ReadBasic.All", "whose tenant a guest's domain is, in /check"),
    Need("IdentityProvider.Read.All", "whether Google vouches for a guest, in /check"),
    Need("Domain.Read.All", "whether a federation vouches for a guest, in /check"),
)
NARROWER = {"Policy.Read.ConditionalAccess": "Policy.Read.All"}
"""What is used where the wider one is not given."""
IN_EXCHANGE = frozenset({"Mail.ReadWrite", "Mail.Send"})
"""Given in Exchange for one mailbox; given in Entra they reach every mailbox."""


@dataclass(frozen=True, slots=True)
class Given:
    """What was given, against what is needed."""

    present: tuple[Need, ...]
    missing: tuple[Need, ...]
    """Without which Guestlist does not do what its policy asks of it."""
    without: tuple[Need, ...]
    """Of the optional ones."""
    too_much: tuple[str, ...]
    """By name: nothing of Guestlist uses them."""
    every_mailbox: tuple[str, ...]


def compared(held: Iterable[str], *, groups: bool, roles: bool) -> Given:
    """Compare what Guestlist holds with what it needs; a policy gives by groups, by roles, or is not told."""
    names = frozenset(held)
    lacking = [one for one in NEEDS if one.name not in names]
    wanted = {GROUPS: groups, ROLES: roles}
    narrower = {one for one, wide in NARROWER.items() if wide not in names}
    none_gives = not names & wanted.keys()
    missing = [
        one
        for one in lacking
        if one.level is Level.ALWAYS or (one.level is Level.GIVING and (wanted[one.name] or none_gives))
    ]
    return Given(
        present=tuple(one for one in NEEDS if one.name in names),
        missing=tuple(missing),
        without=tuple(one for one in lacking if one not in missing),
        too_much=tuple(sorted(names - {one.name for one in NEEDS} - IN_EXCHANGE - narrower)),
        every_mailbox=tuple(sorted(names & IN_EXCHANGE)),
    )
