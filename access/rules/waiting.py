"""What is due while a request waits: its reminders and the escalation of its stage, and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from access.rules.model import Escalation, Request
from access.rules.policy import Rules
from access.rules.stages import approvals, stage_now
from access.rules.standing import stood

LAST = "last"
"""The number of a reminder after which none comes."""


@dataclass(frozen=True, slots=True, order=True)
class Due:
    """One reminder of a stage, `number` from 1 on and `LAST`; or, with no number, its escalation."""

    at: datetime
    stage: int
    number: str = ""


def waits_since(request: Request, stage: int) -> datetime:
    """Return since when a stage waits: sent, begun anew, or come to by an approval."""
    before = approvals(request, stage - 1)
    return max((one.at for one in before), default=request.restarted_at or request.submitted_at)


def calendar(request: Request, rules: Rules) -> Sequence[Due]:
    """Return what is due at the present stage, and when, soonest first; nothing once the request closes.

    This function alone says when. A row of the journal only wakes somebody to ask it, so the time
    for which a question stood open is told here, and a policy that has changed holds for what waits already.
    """
    stage = stage_now(request)
    since = waits_since(request, stage)
    since += stood(request, since)
    times = [since + after for after in rules.remind_after]
    times = [at for at in times if at < request.closes_at]
    found = [Due(at, stage, str(number)) for number, at in enumerate(times, start=1)]
    if found:
        found[-1] = Due(found[-1].at, stage, LAST)
    after = rules.stages[stage - 1].escalate_after if stage <= len(rules.stages) else None
    if after is None or escalation_of(request, stage, after):
        return sorted(found)
    if since + after < request.closes_at:
        found.append(Due(since + after, stage))
    return sorted(found)


def escalation_of(request: Request, stage: int, after: timedelta = timedelta()) -> Escalation | None:
    """Return whom a stage was escalated to since it waits, if it had waited for so long by then.

    A stage that comes again, or of which the policy wants a longer time by now, has yet to be escalated.
    """
    found = (one for one in reversed(request.escalations) if one.stage == stage)
    return next((one for one in found if waited(request, one) >= after), None)


def waited(request: Request, escalation: Escalation) -> timedelta:
    """Return how long a stage had waited when it was escalated; less than nothing where it came again since.

    What was asked back stood still, as everywhere.
    """
    since = waits_since(request, escalation.stage)
    return escalation.at - since - stood(request, since, escalation.at)


def escalated(request: Request, rules: Rules) -> frozenset[int]:
    """Return the stages that were escalated: at these, the escalation approvers decide with the others."""
    after = {number: stage.escalate_after for number, stage in enumerate(rules.stages, start=1)}
    return frozenset(
        number for number, long in after.items() if long is not None and escalation_of(request, number, long)
    )
