import asyncio

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError

from access.ports import AccessError, NotDone, Refused
from access.rules.causes import Cause
from bot.credential import CachedCredential, Standing, StaticCredential, open_credential

SCOPE = "https://graph.microsoft.com/.default"


class Entra:
    """Signs in as told, and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.fails: Exception | None = None
        self.claims: list[str | None] = []
        self.now = 1_000.0
        self.closed = self.silent = False

    async def get_token(self, *scopes: str, claims: str | None, enable_cae: bool) -> AccessToken:
        assert scopes
        assert enable_cae
        self.asked += 1
        self.claims.append(claims)
        await asyncio.sleep(0)
        if self.silent:
            await asyncio.Event().wait()
        if self.fails:
            raise self.fails
        return AccessToken(f"token-{self.asked}", int(self.now) + 3600)

    async def close(self) -> None:
        self.closed = True


@pytest.fixture
def entra() -> Entra:
    return Entra()


@pytest.fixture
def credential(entra: Entra) -> CachedCredential:
    return CachedCredential(lambda: entra, lambda: entra.now)


async def test_a_hundred_callers_at_once_cost_one_sign_in(entra: Entra, credential: CachedCredential) -> None:
    tokens = await asyncio.gather(*(credential.get_token(SCOPE) for _ in range(100)))
    assert {token.token for token in tokens} == {"token-1"}
    assert entra.asked == 1


async def test_a_token_is_renewed_shortly_before_it_ends(entra: Entra, credential: CachedCredential) -> None:
    await credential.get_token(SCOPE)
    entra.now += 3200
    assert (await credential.get_token(SCOPE)).token == "token-1"
    entra.now += 200
    assert (await credential.get_token(SCOPE)).token == "token-2"


async def test_a_refused_token_is_not_handed_out_again(entra: Entra, credential: CachedCredential) -> None:
    await credential.get_token(SCOPE)
    credential.forget(SCOPE)
    assert (await credential.get_token(SCOPE)).token == "token-2"


async def test_each_scope_has_its_own_token(entra: Entra, credential: CachedCredential) -> None:
    await credential.get_token(SCOPE)
    assert (await credential.get_token("https://api.botframework.com/.default")).token == "token-2"


async def test_a_claims_challenge_asks_anew_with_the_claims(
    entra: Entra, credential: CachedCredential
) -> None:
    await credential.get_token(SCOPE)
    assert (await credential.get_token(SCOPE, claims="{}")).token == "token-2"
    assert entra.claims == [None, "{}"]


async def test_a_hiccup_of_entra_does_not_stop_a_token_that_still_works(
    entra: Entra, credential: CachedCredential
) -> None:
    await credential.get_token(SCOPE)
    entra.now += 3400
    entra.fails = ServiceRequestError("no route")
    assert (await credential.get_token(SCOPE)).token == "token-1"
    entra.now += 300
    with pytest.raises(NotDone) as unreached:
        await credential.get_token(SCOPE)
    assert unreached.value.cause is Cause.UNAVAILABLE


async def test_a_refusal_does_not_stop_a_token_that_still_works(
    entra: Entra, credential: CachedCredential
) -> None:
    await credential.get_token(SCOPE)
    entra.now += 3400
    entra.fails = ClientAuthenticationError("AADSTS90033: a transient error has occurred")
    assert (await credential.get_token(SCOPE)).token == "token-1"


async def test_an_entra_that_never_answers_is_not_waited_for_without_end(entra: Entra) -> None:
    entra.silent = True
    with pytest.raises(NotDone) as unreached:
        await CachedCredential(lambda: entra, patience=0.05).get_token(SCOPE)
    assert unreached.value.cause is Cause.UNAVAILABLE


async def test_a_refused_sign_in_is_a_refusal_and_says_no_secret(
    entra: Entra, credential: CachedCredential
) -> None:
    entra.fails = ClientAuthenticationError("AADSTS7000215: invalid client secret hunter2")
    with pytest.raises(Refused) as refused:
        await credential.get_token(SCOPE)
    assert refused.value.cause is Cause.SIGN_IN_REFUSED
    assert "hunter2" not in str(refused.value)


async def test_closing_closes_the_source(entra: Entra, credential: CachedCredential) -> None:
    await credential.close()
    assert entra.closed


def credential_of(kind: str) -> object:
    return open_credential(
        kind,
        tenant_id="07c51642-1aa2-593c-8685-29f12285f84f",
        app_id="bb5439cc-b87f-58ae-8f2e-f778cae333de",
        login_url="https://login.microsoftonline.com",
        client_secret="made-up",
        static_token="fixed",
    )


async def test_the_setting_chooses_the_credential() -> None:
    assert isinstance(credential_of("static"), StaticCredential)
    for kind in ("managed-identity", "secret"):
        opened = credential_of(kind)
        assert isinstance(opened, CachedCredential)
        await opened.close()


async def test_a_static_credential_hands_out_its_one_token() -> None:
    assert (await StaticCredential("fixed").get_token(SCOPE)).token == "fixed"


async def test_how_entra_has_answered_is_known_and_a_refusal_before_the_first_token_by_itself(
    entra: Entra, credential: CachedCredential
) -> None:
    assert [credential.standing] == [Standing.UNASKED]
    entra.fails = ClientAuthenticationError("wrong")
    with pytest.raises(Refused):
        await credential.get_token(SCOPE)
    assert [credential.standing] == [Standing.NEVER]
    entra.fails = ServiceRequestError("away")
    with pytest.raises(NotDone):
        await credential.get_token(SCOPE)
    assert [credential.standing] == [Standing.UNREACHABLE]
    entra.fails = None
    await credential.get_token(SCOPE)
    assert [credential.standing] == [Standing.SIGNED_IN]
    entra.now += 7_200
    entra.fails = ClientAuthenticationError("withdrawn")
    with pytest.raises(Refused):
        await credential.get_token(SCOPE)
    assert [credential.standing] == [Standing.REFUSED]


@pytest.mark.parametrize("trouble", [ClientAuthenticationError("no"), ServiceRequestError("away")])
async def test_what_nobody_asks_for_any_more_says_nothing_beside_newer_sign_ins(
    entra: Entra, credential: CachedCredential, trouble: Exception
) -> None:
    await credential.get_token(SCOPE)
    entra.fails = trouble
    with pytest.raises(AccessError):
        await credential.get_token("another/.default")
    assert [credential.standing] != [Standing.SIGNED_IN]
    entra.fails = None
    for _ in range(3):
        entra.now += 3_600
        await credential.get_token(SCOPE)
    assert [credential.standing] == [Standing.SIGNED_IN]
