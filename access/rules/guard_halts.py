"""What is left of a protection where an order was not carried out: its state is the strictest of it."""

from dataclasses import replace
from datetime import timedelta

from access.rules.assignments import EndFailure
from access.rules.failing import Failed
from access.rules.guards import Guard, GuardAct, GuardState, Halted, Ordering, Part
from access.rules.model import StepKind


def after_halt(guard: Guard, doing: Ordering, failed: Failed, halted: Halted | None) -> Guard:
    """Return a protection as it is after an order failed, as its step `halted`, or as far as is known."""
    state, enforced = guard.state, guard.enforced
    if halted is not None:
        state, enforced = state_by(guard, halted.enforced), halted.enforced
    elif doing.act is GuardAct.ENFORCE and _may_have_enforced(failed):
        state, enforced = GuardState.PARTLY, ()
    after = replace(
        guard,
        state=state,
        doing=None,
        done=doing,
        failure=EndFailure(failed.job.name, failed.cause, failed.at),
        enforced=enforced,
        left=tuple(one.name for one in halted.left) if halted is not None else guard.left,
    )
    if state is guard.state:
        return after
    asks_at = failed.at + timedelta(days=guard.watch_days) if state is GuardState.WATCHING else None
    return replace(after, since=failed.at, asks_at=asks_at, observed=None)


def state_by(guard: Guard, enforced: tuple[Part, ...]) -> GuardState | None:
    if guard.state is None:  # its making has failed
        return None
    if not enforced:
        return GuardState.WATCHING
    return GuardState.ENFORCED if {one.part for one in guard.made} <= set(enforced) else GuardState.PARTLY


def _may_have_enforced(failed: Failed) -> bool:
    """Tell whether a policy may be enforced of which the step that failed could not say so."""
    return failed.job.name == StepKind.PROVE_POLICIES or failed.job.started > 1
