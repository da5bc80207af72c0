"""A domain that passes for another is told; one that is honestly written in its own script is not."""

import pytest

from access.rules.addresses import read_domain
from access.rules.scripts import passes_for_another, readable


@pytest.mark.parametrize(
    "domain",
    [
        "fаbrikam.com",  # Cyrillic а among Latin letters
        "micrοsoft.com",  # Greek ο
        "аррӏе.com",  # Cyrillic letters alone, each of which looks Latin
        "fabrikam.соm",  # in the ending
        "mail.contosο.com",
        "paypаl.example",
        "カfe\u0431.jp",  # Katakana, Latin and Cyrillic
    ],
)
def test_letters_of_scripts_that_nobody_writes_together_are_suspicious(domain: str) -> None:
    assert passes_for_another(read_domain(domain))


@pytest.mark.parametrize(
    "domain",
    [
        "fabrikam.com",
        "fabrikam-2.co.uk",
        "straße.de",
        "münchen.example",
        "пример.рф",
        "почта.com",
        "ουτοπία.gr",
        "例え.jp",
        "カフェ喫茶.jp",
        "tokyo東京.jp",
        "한국어.kr",
        "오사카abc.kr",
        "xn--nothing-at-all-9999999999.com",
        "хор.рф",  # looks Latin, and its ending says what it is
    ],
)
def test_a_domain_in_its_own_script_is_not(domain: str) -> None:
    assert not passes_for_another(read_domain(domain) or domain)


def test_a_domain_is_shown_in_its_letters() -> None:
    assert readable(read_domain("mail.münchen.example")) == "mail.münchen.example"
    assert readable("fabrikam.com") == "fabrikam.com"
