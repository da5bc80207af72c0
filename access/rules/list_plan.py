"""What would be done for a list of guests, by which an approval of it is bound to all of its rows."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

from access.rules.addresses import domain_of
from access.rules.answering import answered
from access.rules.bulk import Bulk
from access.rules.draft import Draft
from access.rules.draft_texts import check_texts
from access.rules.model import App, FormAnswer, Kind, Plan, Request
from access.rules.plan import plan_of
from access.rules.policy import Policy, Rules
from access.rules.refusals import Problem


def main_domain(request: Request) -> str:
    """Return the domain whose rules say who decides: the guest's, or that of the most rows of a list."""
    if request.bulk is None:
        return domain_of(request.address)
    return request.bulk.domains[0][0] if request.bulk.domains else ""


def rules_of(policy: Policy, request: Request) -> Rules:
    """Return the rules by which a list is decided; nothing is waived for one."""
    rules = policy.rules_for(request.app.object_id, request.give, main_domain(request))
    return replace(rules, waivers=(), questions=())


def rules_by_domain(policy: Policy, request: Request, bulk: Bulk) -> Mapping[str, Rules]:
    """Return what holds for each domain of which rows go."""
    app_id, give = request.app.object_id, request.give
    return {domain: policy.rules_for(app_id, give, domain) for domain, _ in bulk.domains}


def kinds_of(rules: Mapping[str, Rules]) -> Sequence[Rules]:
    """Return each of the rules once, in however many domains they hold."""
    return list({one.text: one for one in rules.values()}.values())


def unsaid(rules: Rules, justification: str, answers: Sequence[FormAnswer]) -> Problem | None:
    """Return what the policy wants said of guests of these rules, and is not said of all of a list."""
    problems: list[Problem] = []
    check_texts(Draft(kind=Kind.BULK, justification=justification), rules, problems)
    problems += answered(rules.questions, {one.id: one.text for one in answers}, None)[1]
    return problems[0] if problems else None


def make_plan(request: Request, bulk: Bulk, app: App, rules: Mapping[str, Rules], *, mailbox: bool) -> Plan:
    """Return the plan, which has no steps: each row has its own when it becomes a request."""
    said = (f"{domain}\0{one.text}" for domain, one in sorted(rules.items()))
    parts = {
        "list": bulk.digest,
        "app": f"{app.object_id}/{app.enabled}",
        "access": request.give.key,
        "term": f"{request.term.days}/{request.term.until}",
        "rule": hashlib.sha256("\n".join(said).encode()).hexdigest(),
        "steps": f"mail={mailbox}",
    }
    return plan_of((), None, parts)
