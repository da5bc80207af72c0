"""Questions of the organisation's own: what the policy asks in the request form, and what was answered."""

from dataclasses import dataclass

ID = "[a-z][a-z0-9_]{0,29}"
"""What a question is called, as a pattern."""
MOST_QUESTIONS = 5
LONGEST_QUESTION = 120
LONGEST_ANSWER = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class FormQuestion:
    """A question; where it has choices, one of them is the answer, else a text of at most `longest`."""

    id: str
    ask: str
    choices: tuple[str, ...] = ()
    required: bool = True
    longest: int = 200


@dataclass(frozen=True, slots=True)
class FormAnswer:
    """An answer beside the question as it was asked then: the policy may ask something else by now."""

    id: str
    asked: str
    text: str
