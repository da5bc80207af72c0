"""The canary bites: what must not be in a log or the audit fails a journey, and ordinary entries do not."""

import logging
from pathlib import Path

import pytest

from access.rules.model import AuditFact
from tests.canary import justifications, overhearing, private
from tests.clinic import INVITE, TOKEN, open_clinic
from tests.journeys.acts import approve

ANA = "ana@fabrikam.com"
LINK = "https://login.example/guest/redeem?rd=1"
SECRETS = (
    *(ANA, "Ana.Lima+x@Fabrikam.co.uk", "ana%40fabrikam.com", f"<mailto:{ANA}>", "ana@xn--fbrikam-0ya.com"),
    *(TOKEN, "Bearer abcdef0123456789", "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln"),
    *(LINK, "https://login.example/?x=1&ticket=abc", "She runs the March audit"),
)
HARMLESS = (
    *("A job failed", "19:0fa1b2@thread.tacv2", "19:meeting_x@thread.v2;messageid=1", "29:1abc-def"),
    *(
        "at 2026-11-22T02:00:00+00:00",
        "@Guestlist",
        "a bearer of news",
        "R-1001",
        "https://graph.example/v1.0",
    ),
)


@pytest.mark.parametrize("secret", SECRETS)
def test_an_address_a_token_a_link_and_a_justification_are_found_wherever_they_stand(secret: str) -> None:
    line = f"A job failed, key='card', cause={secret!r}"
    assert private(["before", line, "after"], TOKEN, "she runs the March audit") == [line]


@pytest.mark.parametrize("words", HARMLESS)
def test_what_a_log_is_for_is_not_taken_for_a_secret(words: str) -> None:
    assert private([words], TOKEN, "she runs the March audit") == []


def test_what_is_given_as_a_justification_is_known_by_where_it_stands() -> None:
    assert justifications({"text": INVITE}) == {"she runs the March audit"}
    assert justifications({"inputs": {"justification": " not this quarter "}}) == {"not this quarter"}
    assert justifications({"text": "/help", "inputs": {"justification": "no"}}) == set()


def test_fields_and_tracebacks_are_heard_from_info_on_and_before_they_are_redacted() -> None:
    log = logging.getLogger("bot.somewhere")
    trouble = ValueError(LINK)
    trouble.__cause__ = KeyError(TOKEN)
    with overhearing() as said:
        log.debug("Not at this level")
        log.info("With a field", extra={"whom": ANA})
        log.error("With a trace", exc_info=trouble)
    log.warning("Not any more")
    assert len(said) == 2
    assert private(said) == said
    assert TOKEN in said[1]


async def journey(folder: Path, where: str, secret: str) -> None:
    """Deliver a request, and slip once."""
    async with open_clinic(folder) as clinic:
        await clinic.say("megan", INVITE, "channel")
        await approve(clinic)
        await clinic.card("diego", "Delivered", "channel")
        if where == "log":
            logging.getLogger("access.service.deliver").info("A slip", extra={"whom": secret})
        else:
            await clinic.guestlist.store.write_audit(AuditFact(what="a.slip", detail={"whom": secret}))


@pytest.mark.parametrize("secret", [ANA, TOKEN, LINK, "she runs the March audit"])
@pytest.mark.parametrize("where", ["log", "audit"])
async def test_a_journey_fails_in_the_end_where_log_or_audit_hold_a_secret(
    tmp_path: Path, where: str, secret: str
) -> None:
    with pytest.raises(AssertionError, match="Nobody may read this") as caught:
        await journey(tmp_path, where, secret)
    assert str(caught.value).count("'whom'") == 1, "the slip, and nothing else of a whole journey"
    assert secret in str(caught.value)
