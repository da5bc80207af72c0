"""By which rules requests are decided that are about no single guest."""

from access.rules import guard_plans, list_plan, setup_plans
from access.rules.model import Request
from access.rules.policy import Policy, Rules


def rules_of(policy: Policy, request: Request) -> Rules:
    if request.bulk is not None:
        return list_plan.rules_of(policy, request)
    return guard_plans.rules_of(policy) if request.guard is not None else setup_plans.rules_of(policy)
