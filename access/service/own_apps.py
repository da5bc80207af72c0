"""The apps that are somebody's own, as policy and directory say at this moment."""

import asyncio

from access.ports import Directory
from access.rules.model import ObjectId
from access.rules.policy import Policy, SourceKind
from access.service.deciders import ADMINS
from access.service.roster import Roster


async def own_apps(directory: Directory, policy: Policy, person_id: ObjectId) -> frozenset[ObjectId]:
    """Return the apps that somebody owns, and those of their groups where the policy counts that."""
    owned, of_groups = await asyncio.gather(
        directory.apps_owned_by(person_id), directory.apps_of_groups_owned_by(person_id)
    )
    return owned | frozenset(one for one in of_groups if _counts_group_owners(policy, one))


async def is_theirs(roster: Roster, policy: Policy, app_id: ObjectId, person_id: ObjectId) -> bool:
    """Tell whether an app is somebody's own by now, as every app is an admin's."""
    admin = await roster.has_role(policy, ADMINS, person_id)
    return admin or app_id in await own_apps(roster.directory, policy, person_id)


def _counts_group_owners(policy: Policy, app_id: ObjectId) -> bool:
    """Tell whether the policy has whoever owns a group of the app ask for it, or decide."""
    rules = policy.rules_for(app_id)
    deciding = (source for stage in rules.stages for source in stage.approvers)
    return any(source.kind is SourceKind.GROUP_OWNERS for source in (*rules.requestors, *deciding))
