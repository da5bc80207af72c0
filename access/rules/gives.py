"""What can be given for an app: its roles, and the groups that are assigned to it."""

from collections.abc import Sequence

from access.rules.model import DEFAULT_ACCESS, DEFAULT_NAME, App, Give, GiveKind, Group, ObjectId
from access.rules.policy import Policy


def gives_in(app: App, groups: Sequence[Group], policy: Policy) -> Sequence[Give]:
    """Return what can be given for an app to which these groups are assigned, the policy's choice first."""
    roles = [Give(GiveKind.APP_ROLE, role.role_id, role.name) for role in app.roles]
    if not roles:
        roles = [Give(GiveKind.APP_ROLE, DEFAULT_ACCESS, DEFAULT_NAME)]
    open_groups = (group for group in groups if not group.closed_because)
    gives = [*(Give(GiveKind.GROUP, group.object_id, group.name) for group in open_groups), *roles]
    usual = policy.rules_for(app.object_id).give
    return sorted(gives, key=lambda give: not is_usual(give, usual))


def chosen_of(gives: Sequence[Give], text: str, usual: str) -> Give | None:
    """Return what a text names by key or name; of none the policy's choice, else the only one there is."""
    if text:
        wanted = text.casefold()
        return next((one for one in gives if wanted in (one.key.casefold(), one.name.casefold())), None)
    return gives[0] if gives and (len(gives) == 1 or is_usual(gives[0], usual)) else None


def is_usual(give: Give, usual: str) -> bool:
    """Tell whether this is what the policy says is given where nothing is chosen."""
    return bool(usual) and usual.casefold() in {give.key.casefold(), f"{give.kind}:{give.name}".casefold()}


def can_hold(app: App, role: Give) -> bool:
    """Tell whether people may hold a role of an app: of one without any, what stands for none."""
    return role.object_id in ({one.role_id for one in app.roles} or {DEFAULT_ACCESS})


def unassigned(usual: str) -> Give | None:
    """Return the group that the policy gives and that cannot be chosen: closed, gone, or not assigned."""
    group = usual.removeprefix("group:")
    return Give(GiveKind.GROUP, ObjectId(group), group) if usual.startswith("group:") else None
