"""What keeps a draft that was understood from being sent, and what of all that is wrong is the policy's."""

from collections.abc import Sequence

from access.rules.draft import Draft
from access.rules.model import App, Named, Panel
from access.rules.refusals import Field, Problem, ProblemCode

_BY_POLICY = frozenset(
    {
        ProblemCode.DOMAIN_DENIED,
        ProblemCode.DOMAIN_DENIED_HERE,
        ProblemCode.NOT_ALLOWED,
        ProblemCode.OTHERS_GROUP,
        ProblemCode.NO_APPROVER,
        ProblemCode.TOO_FEW_APPROVERS,
        ProblemCode.MAY_NOT_DECIDE,
        ProblemCode.TERM_TOO_LONG,
        ProblemCode.NOT_RENEWABLE,
        ProblemCode.RENEWALS_USED_UP,
        ProblemCode.RENEWAL_TOO_LONG,
        ProblemCode.RENEWAL_TOTAL,
        ProblemCode.JUSTIFICATION_SHORT,
        ProblemCode.JUSTIFICATION_WITHOUT,
    }
)
"""What is refused to somebody, and no mistake in what they wrote."""


def by_policy(problems: Sequence[Problem]) -> tuple[ProblemCode, ...]:
    """Return what the policy refuses; what was only mistyped or left out is none of it."""
    return tuple(one.code for one in problems if one.code in _BY_POLICY)


def too_few(panels: Sequence[Panel], app: App) -> Problem | None:
    """Return that a stage could never be passed: nobody would be asked, or too few may approve."""
    for panel in panels:
        if not panel.asked:
            return Problem(Field.WHOLE, ProblemCode.NO_APPROVER, (app.name,))
        if panel.lacks:
            told = (app.name, str(panel.quorum), str(panel.lacks))
            return Problem(Field.WHOLE, ProblemCode.TOO_FEW_APPROVERS, told)
    return None


def to_ask_first(draft: Draft, panels: Sequence[Panel], app: App) -> tuple[Named, ...] | Problem:
    """Return whom to ask first, each of whom may decide at this moment, or that too few may."""
    if lacking := too_few(panels, app):
        return lacking
    panel = panels[0]  # the first stage is theirs
    wanted = {part.strip().lower() for part in draft.ask_first.split(",")} - {""}
    chosen = tuple(one for one in panel.approvers if one.object_id in wanted)
    if len(chosen) < len(wanted):
        names = tuple(one.name for one in panel.approvers)
        return Problem(Field.ASK_FIRST, ProblemCode.MAY_NOT_DECIDE, names)
    return chosen
