"""What the policy says of requests that no table of an app decides: removals from the directory, set-ups."""

from access.rules.bulk import Bulk
from access.rules.list_plan import main_domain
from access.rules.list_plan import rules_of as list_rules
from access.rules.model import ON_ACCOUNTS, Kind, Record, Request, Setup
from access.rules.policy import Policy
from access.rules.setup_plans import rules_of, without_owners
from access.service.deciders import ADMINS
from access.service.explain import Explain


async def explained_otherwise(asked: Explain, record: Record) -> str | None:
    """Return the explanation in lines; None where the tables of its app say it."""
    request = record.request
    if request.kind is Kind.CHANGE:
        lines = ["It changes what the directory says of a guest, by the right of who asked."]
    elif request.kind in ON_ACCOUNTS:
        lines = _removal(asked.policy)
    elif request.setup is not None:
        lines = await _setup(asked, request, request.setup)
    elif request.guard is not None:
        lines = [
            f"It protects {request.guard.scope.app_name or 'every app'} at the sign-in of guests.",
            "The security admins decide, but not who asked; enforcing it takes another press of theirs.",
        ]
    elif request.bulk is not None:
        lines = await _list(asked, request, request.bulk)
    else:
        return None
    return "".join(f"{line}\n" for line in (f"{request.label} is {request.state}.", *lines))


def _removal(policy: Policy) -> list[str]:
    days = policy.directory.delete_after.days
    after = "1 day" if days == 1 else f"{days} days"
    return [
        "It removes a guest from the directory. Nobody approves that: who asks must have the right to it.",
        f"An owner of every app that the guest has may, and admins ({_admins(policy)}, by roles).",
        f"An account that is removed now is deleted after {after}, by directory.",
    ]


async def _setup(asked: Explain, request: Request, setup: Setup) -> list[str]:
    policy, who = asked.policy, request.requestor.object_id
    rules = rules_of(policy)
    found = await asked.roster.panels(
        policy, rules, app_id=request.app.object_id, give=request.give, requestor=who
    )
    [panel] = without_owners(found, setup)
    names = ", ".join(one.name for one in panel.approvers) or "Nobody"
    return [
        f"It sets {request.app.name} up for guests, with the group {setup.group_name}.",
        f"Admins decide ({_admins(policy)}, by roles), but neither who asked nor who would own the group.",
        f"{names} could decide now.",
    ]


async def _list(asked: Explain, request: Request, bulk: Bulk) -> list[str]:
    found = await asked.roster.panels(
        asked.policy,
        list_rules(asked.policy, request),
        app_id=request.app.object_id,
        give=request.give,
        requestor=request.requestor.object_id,
    )
    stages = [", ".join(one.name for one in panel.approvers) or "Nobody" for panel in found]
    return [
        f"It asks for {bulk.rows} guests of a list in {request.app.name}, which is approved once for all.",
        f"The rules of {main_domain(request)} decide, the domain with the most of them; no waiver does.",
        f"{' and then '.join(stages)} could decide now.",
    ]


def _admins(policy: Policy) -> str:
    return ", ".join(map(str, policy.roles.get(ADMINS, ()))) or "nobody"
