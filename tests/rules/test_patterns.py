"""The patterns that an admin may write: found in time, whatever the text."""

import time

import pytest

from access.rules.patterns import LONGEST_TEXT, fits, unsafe

USED = [
    (r"INC\d{7}", "The audit, INC0042117.", True),
    (r"\bINC\d{7}\b", "inc0042117", True),
    (r"(INC|CHG|RITM)[0-9]{6,8}", "see CHG123456", True),
    (r"^(?:PO|SO) ?[A-Z]{2}-\d+", "PO AB-1", True),
    (r"INC\d{7}", "INC 0042117", False),
    (r"#\d{1,6}", "number 7", False),
    ("", "anything", True),
]


@pytest.mark.parametrize(("pattern", "text", "found"), USED)
def test_a_pattern_is_found_anywhere_in_a_text_whatever_its_case(
    pattern: str,
    text: str,
    found: bool,  # noqa: FBT001 - a row of the table
) -> None:
    assert unsafe(pattern) == ""
    assert fits(pattern, text) is found


REFUSED = [
    ("(", "no regular expression"),
    ("(a+)+b", "not a group"),
    ("(a|aa)*b", "not a group"),
    ("(?:a{1,9}){1,9}b", "not a group"),
    (r"\d+\d+x", "too many ways"),
    (".*INC.*", "too many ways"),
    (r"a?" * 40, "too many ways"),
    ("(a|b)" * 40, "too many ways"),
    ("(?i)inc", "(?"),
    ("(?=a)b", "(?"),
    (r"(a)\1", "cannot be used"),
    ("x" * 201, "at most 200"),
]


@pytest.mark.parametrize(("pattern", "said"), REFUSED)
def test_a_pattern_that_could_keep_everybody_waiting_is_refused_in_words(pattern: str, said: str) -> None:
    assert said in unsafe(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        r"a+b",
        r"a{1,44}a{1,44}b",
        "(?:a|a)" * 10 + "b",
        "a?" * 10 + "b",
        r"[a-z ]{1,12}[a-z ]{1,12}[a-z ]{1,12}9",
    ],
)
def test_the_worst_text_for_a_pattern_that_may_be_written_takes_less_than_a_second(pattern: str) -> None:
    assert unsafe(pattern) == ""
    begun = time.process_time()
    assert not fits(pattern, "a" * LONGEST_TEXT * 10)
    assert time.process_time() - begun < 1
