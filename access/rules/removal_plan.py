"""What a removal from the directory would take, and what the guest has more since it was ordered."""

from datetime import timedelta

from access.rules.accounts import Holdings
from access.rules.causes import Cause
from access.rules.model import Job, Json, ObjectId, Plan, Request, StepKind
from access.rules.plan import plan_of

BLOCKING = (StepKind.BLOCK, StepKind.SIGN_OUT, StepKind.PROVE_BLOCKED)
ANYWAY = "anyway"
"""On the row of a deletion: somebody wants it, though the account can sign in again."""
WITH_MORE = "with-more"
"""On the row of a block or a deletion: what the guest had more at an admin's press who wants it all the same.

It goes along from the block to the deletion; older rows have a mere yes.
"""
_GUEST, _APPS, _GROUPS, _MADE_FOR, _BETWEEN = "guest", "apps", "groups", "made-for", ","


def plan(held: Holdings, after: timedelta, made_for: ObjectId | None = None) -> Plan:
    """Return what a removal would take: its hash covers the account, all that it has, and when it goes.

    It keeps the app that the account was `made_for`, where by that an owner takes it; never of an admin's
    removal, which who only owns the app may not overrule.
    """
    guest = held.guest
    parts = {
        _GUEST: f"{guest.object_id}/{guest.redemption}/{guest.enabled}",
        _APPS: _BETWEEN.join(sorted(one.object_id for one in held.apps)),
        _GROUPS: _BETWEEN.join(sorted(one.object_id for one in (*held.groups, *held.roles))),
        "deletes": str(after.days),
        **({_MADE_FOR: made_for} if made_for else {}),
    }
    return plan_of(BLOCKING, guest, parts)


def apps_of(request: Request) -> frozenset[str]:
    """Return the apps that the guest had when the removal was asked for."""
    return _planned(request, _APPS)


def made_for(request: Request) -> ObjectId | None:
    """Return the app that the account was made for, where its owner had it removed by that."""
    found = request.plan.parts.get(_MADE_FOR) if request.plan else None
    return ObjectId(found) if found else None


def whose(request: Request) -> frozenset[str]:
    """Return the apps whose owner may have it back; of an account with nothing that for which it was made."""
    found = made_for(request)
    return frozenset({found}) if found and not had_any(request) else apps_of(request)


def had_any(request: Request) -> bool:
    """Tell whether the guest had an app, a group or a role when the removal was asked for."""
    return bool(_planned(request, _APPS) or _planned(request, _GROUPS))


def _planned(request: Request, part: str) -> frozenset[str]:
    found = request.plan.parts.get(part, "") if request.plan else ""
    return frozenset(found.split(_BETWEEN)) if found else frozenset()


def more_of(request: Request, held: Holdings) -> frozenset[str]:
    """Return each app, group and role that a guest had not when the removal was ordered.

    It may be somebody's who has no say in the removal.
    """
    apps = {one.object_id for one in held.apps} - _planned(request, _APPS)
    return frozenset(
        apps | {one.object_id for one in (*held.groups, *held.roles)} - _planned(request, _GROUPS)
    )


def has_more(job: Job, request: Request, held: Holdings) -> bool:
    """Tell whether a guest has more than was ordered to be taken, and no admin wanted that all the same."""
    wanted = job.body.get(WITH_MORE)
    if wanted is True:
        return False
    return bool(more_of(request, held) - set(map(str, wanted if isinstance(wanted, list) else ())))


def was_blocked(request: Request) -> bool:
    """Tell whether the account could not sign in when the removal was asked for."""
    return request.plan is not None and request.plan.parts.get(_GUEST, "").endswith(f"/{False}")


def wanted(job: Job, cause: str, more: frozenset[str]) -> dict[str, Json]:
    """Return what is wanted all the same, by this press on this cause and by earlier ones."""
    kept: dict[str, Json] = {key: job.body[key] for key in (ANYWAY, WITH_MORE) if job.body.get(key)}
    if cause == Cause.UNBLOCKED:
        kept[ANYWAY] = True
    if cause == Cause.HOLDS_MORE:
        kept[WITH_MORE] = [*sorted(more)]
    return kept
