"""What is typed after `/check`, and how it is read."""

import pytest

from access.rules.readied import Asked
from access.rules.refusals import Problem
from dialogs.asked import read_asked

ANA = ("fabrikam.com", "ana@fabrikam.com")


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("", Asked()),
        ("fabrikam.com", Asked("fabrikam.com")),
        ("@Fabrikam.com.", Asked("fabrikam.com")),
        ("https://fabrikam.com/", Asked("fabrikam.com")),
        ("[fabrikam.com](http://fabrikam.com)", Asked("fabrikam.com")),
        ("b\u00fccher.example", Asked("xn--bcher-kva.example")),
        ("ana@fabrikam.com", Asked(*ANA)),
        ("ana@fabrikam.com to Health Records", Asked(*ANA, "Health Records")),
        ('ANA@fabrikam.com to "Health Records"', Asked(*ANA, "Health Records")),
        (
            'ana@fabrikam.com to "Health Records" as "Case A"',
            Asked(*ANA, "Health Records", "Case A"),
        ),
        ("ana@fabrikam.com in Health Records as Reader", Asked(*ANA, "Health Records", "Reader")),
        ('fabrikam.com for "Ward to Ward as one"', Asked("fabrikam.com", "", "Ward to Ward as one")),
    ],
)
def test_a_line_is_read(typed: str, asked: Asked) -> None:
    assert read_asked(typed) == asked


@pytest.mark.parametrize("typed", ["fabrikam", "to Health Records", "ana@fabrikam.com to", "what is this?"])
def test_what_is_neither_a_domain_nor_an_address_is_none(typed: str) -> None:
    assert read_asked(typed) is None


@pytest.mark.parametrize("typed", ["ana+x@fabrikam.com", "ana@fabrikam", "a b@fabrikam.com"])
def test_an_address_that_cannot_be_invited_says_why(typed: str) -> None:
    assert isinstance(read_asked(typed), Problem)
