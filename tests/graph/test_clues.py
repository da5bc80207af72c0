"""What says why a guest is stuck, as Graph tells it, and each permission or licence that it may lack."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from access.ports import Invitation, NotLicensed, Refused
from access.rules.causes import Cause
from access.rules.clues import Holder, HolderKind, SignIn, Unread
from access.rules.model import ObjectId, Redemption
from access.rules.snags import INTERRUPTS, OF_THE_ACCOUNT, REFUSED_AS
from bot.credential import StaticCredential
from bot.graph.access import GraphAccess
from bot.graph.client import GraphClient
from bot.graph.clues import GraphClues
from bot.graph.directory import GraphDirectory
from bot.graph.limits import LIMITS, Limit
from bot.graph.pacer import Pacer
from cards.texts import ENGLISH
from sandbox.settings import Settings
from tests.graph.conftest import CLINIC, Entra, TurnedClock

ANA, HOUR = "ana@fabrikam.com", timedelta(hours=1)
APP_ID = CLINIC["bot"]["appId"]


@pytest.fixture
async def client(entra: Entra) -> AsyncIterator[GraphClient]:
    """Return a client that waits for no report."""
    await entra.switch(auditLag=0, throttling="off")
    quick = {**LIMITS, "reports": Limit(1000, 1000)}
    opened = GraphClient(entra.url, StaticCredential(Settings().token), Pacer(limits=quick))
    yield opened
    await opened.close()


@pytest.fixture
async def guest(client: GraphClient) -> ObjectId:
    made = await GraphAccess(client, ENGLISH).invite(Invitation(ANA, "Ana", "https://x.example", None, False))
    return made.guest_id


@pytest.fixture
def clues(client: GraphClient) -> GraphClues:
    return GraphClues(client, APP_ID)


async def test_nothing_else_has_the_address_of_a_guest(clues: GraphClues, guest: ObjectId) -> None:
    assert await clues.holders(ANA, guest) == []


async def test_a_contact_with_the_same_address_is_found(
    entra: Entra, clues: GraphClues, guest: ObjectId
) -> None:
    await entra.control("act", {"act": "addContact", "name": "Ana (contact)", "mail": ANA})
    assert await clues.holders(ANA, guest) == [Holder(HolderKind.CONTACT, "Ana (contact)")]


@pytest.mark.parametrize("kind", ["SMTP", "smtp"])
async def test_a_group_and_a_person_with_a_proxy_address_are_found(
    entra: Entra, clues: GraphClues, guest: ObjectId, kind: str
) -> None:
    await entra.set_properties(entra.group("case-review"), proxyAddresses=[f"{kind}:{ANA}"])
    await entra.set_properties(entra.person("diego"), proxyAddresses=[f"{kind}:{ANA}"])
    found = await clues.holders(ANA, guest)
    assert {one.kind for one in found} == {HolderKind.GROUP, HolderKind.PERSON}


async def test_an_invitation_by_somebody_else_is_told_and_ours_is_not(
    entra: Entra, clues: GraphClues, guest: ObjectId
) -> None:
    begun = datetime.now(UTC) - HOUR
    assert await clues.invited_since(guest, begun) is None
    await entra.control("act", {"act": "reinvite", "address": ANA})
    found = await clues.invited_since(guest, begun)
    assert found is not None
    assert found.by == "Isaiah Langer"
    assert await clues.invited_since(guest, datetime.now(UTC) + HOUR) is None


@pytest.fixture
def app(entra: Entra) -> ObjectId:
    return ObjectId(entra.app("health-records"))


SignsIn = Callable[..., Awaitable[None]]


@pytest.fixture
def signs_in(entra: Entra) -> SignsIn:
    """Let the guest sign in with a code: at an app, else at the portal or, once accepted, at My Apps."""

    async def act(code: int, app: str = "", count: int = 1) -> None:
        where = {"app": app} if app else {}
        await entra.control("act", {"act": "signIn", "address": ANA, "code": code, "count": count, **where})

    return act


def code_of(found: SignIn | Unread | None) -> int:
    assert isinstance(found, SignIn)
    return found.code


async def test_the_newest_sign_in_is_told_with_its_code(
    clues: GraphClues, guest: ObjectId, app: ObjectId, signs_in: SignsIn
) -> None:
    assert await clues.last_sign_in(guest, app) is None
    for code in (50076, 53003):
        await signs_in(code, app)
    assert code_of(await clues.last_sign_in(guest, app)) == 53003


@pytest.mark.parametrize("code", sorted(INTERRUPTS))
async def test_what_only_interrupts_a_sign_in_is_passed_over(
    clues: GraphClues, guest: ObjectId, app: ObjectId, signs_in: SignsIn, code: int
) -> None:
    await signs_in(code, app)
    assert await clues.last_sign_in(guest, app) is None
    await signs_in(53003, app)
    await signs_in(code, app)
    assert code_of(await clues.last_sign_in(guest, app)) == 53003


@pytest.mark.parametrize("code", sorted({0, 700016, *REFUSED_AS} - OF_THE_ACCOUNT))
async def test_what_another_app_asked_of_the_guest_says_nothing_of_this_one(
    entra: Entra, clues: GraphClues, guest: ObjectId, app: ObjectId, signs_in: SignsIn, code: int
) -> None:
    await entra.accept(ANA)
    await signs_in(code, entra.app("patient-portal"))
    await signs_in(code)
    assert await clues.last_sign_in(guest, app) is None
    await signs_in(53003, app)
    await signs_in(code, entra.app("patient-portal"))
    assert code_of(await clues.last_sign_in(guest, app)) == 53003


@pytest.mark.parametrize("code", sorted(OF_THE_ACCOUNT))
async def test_what_was_refused_to_the_account_itself_counts_wherever_it_was(
    entra: Entra, clues: GraphClues, guest: ObjectId, app: ObjectId, signs_in: SignsIn, code: int
) -> None:
    await signs_in(0, app)
    await signs_in(code, entra.app("patient-portal"))
    assert code_of(await clues.last_sign_in(guest, app)) == code
    assert code_of(await clues.last_sign_in(guest, None)) == code


async def test_an_account_that_got_in_anywhere_since_is_refused_nothing_any_more(
    entra: Entra, clues: GraphClues, guest: ObjectId, app: ObjectId, signs_in: SignsIn
) -> None:
    await signs_in(53003, app)
    await signs_in(50053, app)
    await signs_in(0, entra.app("patient-portal"))
    assert code_of(await clues.last_sign_in(guest, app)) == 53003


async def test_what_was_refused_where_invitations_are_accepted_counts_for_every_app(
    clues: GraphClues, guest: ObjectId, app: ObjectId, signs_in: SignsIn
) -> None:
    await signs_in(65004)
    assert code_of(await clues.last_sign_in(guest, app)) == 65004


async def test_where_no_app_is_meant_or_it_is_gone_only_the_account_counts(
    entra: Entra, clues: GraphClues, guest: ObjectId, app: ObjectId, signs_in: SignsIn
) -> None:
    await entra.accept(ANA)
    await signs_in(53003, app)
    assert await clues.last_sign_in(guest, None) is None
    assert await clues.last_sign_in(guest, ObjectId(str(uuid4()))) is None


async def test_a_guest_who_is_busy_elsewhere_is_looked_through_page_by_page(
    entra: Entra, clues: GraphClues, guest: ObjectId, app: ObjectId, signs_in: SignsIn
) -> None:
    await entra.accept(ANA)
    await signs_in(53003, app)
    await signs_in(0, entra.app("patient-portal"), count=450)
    assert code_of(await clues.last_sign_in(guest, app)) == 53003


async def test_more_sign_ins_than_are_looked_through_are_not_taken_for_none(
    entra: Entra, clues: GraphClues, guest: ObjectId, app: ObjectId, signs_in: SignsIn
) -> None:
    await entra.accept(ANA)
    await signs_in(53003, app)
    await signs_in(0, entra.app("patient-portal"), count=1000)
    assert await clues.last_sign_in(guest, app) is Unread.TOO_MUCH


async def test_a_missing_licence_is_told_from_a_missing_permission(
    entra: Entra, clues: GraphClues, guest: ObjectId
) -> None:
    await entra.switch(signInLicence=False)
    with pytest.raises(NotLicensed):
        await clues.last_sign_in(guest, None)
    await entra.switch(signInLicence=True, auditPermission=False)
    for asked in (clues.last_sign_in(guest, None), clues.invited_since(guest, datetime.now(UTC))):
        with pytest.raises(Refused) as refused:
            await asked
        assert not isinstance(refused.value, NotLicensed)
        assert refused.value.cause is Cause.RIGHTS_MISSING


async def test_a_reset_keeps_the_guest_s_object_id_and_needs_its_permission(
    entra: Entra, client: GraphClient, guest: ObjectId
) -> None:
    await entra.accept(ANA)
    access = GraphAccess(client, ENGLISH)
    reset = Invitation(ANA, "Ana", "https://x.example", None, send_by_microsoft=False, resets=guest)
    await entra.switch(resetPermission=False)
    with pytest.raises(Refused) as refused:
        await access.invite(reset)
    assert refused.value.cause is Cause.RIGHTS_MISSING
    await entra.switch(resetPermission=True)
    assert (await access.invite(reset)).guest_id == guest
    found = await GraphDirectory(client, TurnedClock()).guest(guest)
    assert found is not None
    assert found.redemption is Redemption.PENDING
