"""Whether the texts of a draft fit: what the policy wants of a justification, and how long each may be."""

from access.rules.draft import Draft
from access.rules.patterns import fits
from access.rules.policy import Rules
from access.rules.refusals import Field, Problem, ProblemCode
from access.rules.visible import visible

LONGEST_TEXT = 500
LONGEST_NAME = 100


def check_texts(draft: Draft, rules: Rules, problems: list[Problem]) -> None:
    """Add what is wrong with the texts of a draft."""
    justification = visible(draft.justification)
    least = rules.justification_least
    if rules.justification_required and not justification:
        problems.append(Problem(Field.JUSTIFICATION, ProblemCode.JUSTIFICATION_MISSING, (str(least),)))
    elif justification and len(justification) < least:
        problems.append(Problem(Field.JUSTIFICATION, ProblemCode.JUSTIFICATION_SHORT, (str(least),)))
    elif justification and not fits(rules.justification_pattern, justification):
        expected = (rules.justification_expected,)
        problems.append(Problem(Field.JUSTIFICATION, ProblemCode.JUSTIFICATION_WITHOUT, expected))
    for field, text, most in (
        (Field.NAME, draft.name, LONGEST_NAME),
        (Field.JUSTIFICATION, draft.justification, LONGEST_TEXT),
        (Field.MESSAGE, draft.message, LONGEST_TEXT),
    ):
        if len(text) > most:
            problems.append(Problem(field, ProblemCode.TOO_LONG, (str(most),)))
