"""Whose a group is: an owner can assign any group to their app, which makes it no way into it."""

from collections.abc import Collection

from access.rules.model import ObjectId, Request, State
from access.rules.policy import Policy
from access.rules.stages import approvals, panels_of, stage_now, still_needed


def names(policy: Policy, app_id: ObjectId, group_id: ObjectId) -> bool:
    """Tell whether the policy gives a group for an app: a table of the group's own is of no app."""
    given = (policy.rules_for(app_id).give, *policy.least_first.get(app_id, ()))
    return f"group:{group_id}" in given


def is_set_up(request: Request, app_id: ObjectId, group_id: ObjectId) -> bool:
    """Tell whether by this request admins approved the group as that of the app, and it was done."""
    setup = request.setup
    if setup is None or request.state is not State.DELIVERED:
        return False
    return (request.app.object_id, setup.group_id) == (app_id, group_id)


def is_vouched_for(request: Request, vouchers: Collection[ObjectId] | None) -> bool:
    """Tell whether somebody whose the group is asks for it, has approved, or can at a stage that is open.

    Where it takes nobody's word, there are no `vouchers`.
    """
    if vouchers is None:
        return True
    people = {request.requestor.object_id, *(one.seat for one in approvals(request))}
    if still_needed(request) > 0:
        left = panels_of(request)[stage_now(request) - 1 :]
        people |= {one.object_id for panel in left for one in panel.seats}
    return not people.isdisjoint(vouchers)
