"""A tenant admin changes a guest's address in Entra, over HTTP: what both addresses lead to, and what not."""

import pytest

from tests.clinic import Clinic
from tests.journeys.acts import approve, audited, settled, told

OLD, NEW = "ana@fabrikam.com", "ana@northwind.example"
BOTH = [OLD, NEW]


@pytest.fixture
async def moved(given: Clinic) -> Clinic:
    """Have an admin change the address of Ana, who has Health Records and has not accepted."""
    await move(given)
    return given


async def move(clinic: Clinic, *, kept: bool = False) -> None:
    """Change the address as Microsoft documents it; what was there before may be `kept` as another."""
    others, aliases = ([OLD, NEW], [f"SMTP:{NEW}", f"smtp:{OLD}"]) if kept else ([NEW], [f"SMTP:{NEW}"])
    changes = {"mail": NEW, "otherMails": others, "proxyAddresses": aliases}
    await clinic.act(act="setProperties", address=OLD, properties=changes)


async def accounts(clinic: Clinic) -> list[str]:
    return [str(one["id"]) for one in (await clinic.get("/sandbox/state"))["guests"] if "Ana" in str(one)]


async def invited(clinic: Clinic) -> list[str]:
    return [str(one["detail"]["address"]) for one in await clinic.ledger("invitation.created")]


async def mailed(clinic: Clinic) -> list[str]:
    return [str(one) for sent in await clinic.ledger("mail.sent") for one in sent["detail"]["to"]]


@pytest.mark.parametrize("kept", [False, True])
async def test_a_new_link_goes_to_neither_address_without_a_new_approval(
    given: Clinic, *, kept: bool
) -> None:
    before = (await accounts(given), await invited(given), await mailed(given))
    await move(given, kept=kept)
    for line in ("/resend R-1001", f"/resend {OLD}", f"/resend {NEW}"):
        answer = await told(given, "megan", line)
        assert f"it is {NEW}" in answer
        assert f"/change {NEW} address {NEW}" in answer
    await settled(given)
    assert (await accounts(given), await invited(given), await mailed(given)) == before
    assert {one["refused"] for one in await audited(given, "act.refused")} == {"moved"}


@pytest.mark.parametrize("kept", [False, True])
async def test_nobody_accepts_anew_at_an_address_that_was_left(given: Clinic, *, kept: bool) -> None:
    await given.act(act="accept", address=OLD)
    await given.card("megan", "accepted", "channel")
    await settled(given)
    before = (await accounts(given), await invited(given), await mailed(given))
    await move(given, kept=kept)
    for line in ("/reset R-1001", f"/reset {OLD}", f"/reset {NEW}"):
        assert f"it is {NEW}" in await told(given, "megan", line)
    await settled(given)
    assert (await accounts(given), await invited(given), await mailed(given)) == before


async def test_an_owner_reaches_the_guest_by_both_addresses(moved: Clinic) -> None:
    for address in BOTH:
        seen = await told(moved, "megan", f"/guest {address}")
        assert NEW in seen
        assert "Approved for" in seen
        assert OLD in seen
        assert "R-1001" in seen
        assert "Change Ana" in await told(moved, "megan", f"/change {address}")
        assert "R-1001" in await told(moved, "megan", f'/undo {address} from "Health Records"')
        assert "Remove" in await told(moved, "megan", f"/remove {address}")
        term = await told(moved, "megan", f'/extend {address} in "Health Records"')
        assert "Renew" in term, term
        assert "Not to be renewed" in await told(moved, "megan", f'/norenew {address} in "Health Records"')
    await settled(moved)
    assert len(await accounts(moved)) == 1


async def test_to_a_stranger_neither_address_is_a_guest_s(moved: Clinic) -> None:
    lines = [
        "/guest {}",
        "/change {}",
        "/undo {}",
        '/remove {} from "Health Records"',
        "/resend {}",
        "/reset {}",
    ]
    lines += [
        '/extend {} in "Health Records" by 10d',
        "/restore {}",
        "/remove {} from the directory because x",
    ]
    for line in lines:
        nobody = await told(moved, "diego", line.format("nobody@northwind.example"))
        for address in BOTH:
            heard = await told(moved, "diego", line.format(address))
            assert heard.replace(address, "nobody@northwind.example") == nobody, line


@pytest.mark.parametrize("address", BOTH)
async def test_removed_by_either_address_the_account_loses_the_access(moved: Clinic, address: str) -> None:
    await told(moved, "megan", f'/remove {address} from "Health Records"')
    await settled(moved)
    await moved.card("megan", "Ended", "channel")
    assert "No guest" in await told(moved, "megan", '/guests "Health Records"')


@pytest.mark.parametrize("address", BOTH)
async def test_what_is_undone_by_either_address_leaves_the_account_without_it(
    moved: Clinic, address: str
) -> None:
    await told(moved, "megan", f'/undo {address} from "Health Records" now')
    await settled(moved)
    assert "No guest" in await told(moved, "megan", '/guests "Health Records"')


async def test_a_removed_access_is_not_given_again_to_an_address_that_nobody_approved(given: Clinic) -> None:
    await told(given, "megan", f'/remove {OLD} from "Health Records"')
    await settled(given)
    await move(given)
    for line in ("/undo R-1001", f"/undo {NEW}", f"/undo {OLD}"):
        assert "has another address in the directory" in await told(given, "megan", line)


async def test_the_removal_of_the_account_is_named_by_both_addresses(moved: Clinic) -> None:
    await told(moved, "megan", f"/remove {OLD} from the directory now because she has left us")
    await settled(moved)
    for reference in (OLD, NEW, "R-1001"):
        seen = await told(moved, "megan", f"/guest {reference}")
        assert "/restore R-1002" in seen, seen
    await told(moved, "megan", f"/restore {OLD}")
    await settled(moved)
    assert "Restored" in await told(moved, "megan", "/show R-1002")


async def test_what_the_card_advises_has_the_new_address_approved_and_the_link_goes_there(
    moved: Clinic,
) -> None:
    assert f"/change {NEW} address {NEW}" in await told(moved, "megan", f"/guest {OLD}")
    asked = await told(moved, "megan", f"/change {NEW} address {NEW}")
    assert "nobody has approved it" in asked
    await told(moved, "megan", f"/change {NEW} address {NEW} because she moved to another company")
    before = await mailed(moved)
    await approve(moved)
    await settled(moved)
    assert (await invited(moved))[-1] == NEW
    assert [one for one in (await mailed(moved))[len(before) :] if "ana@" in one] == [NEW]
    assert len(await accounts(moved)) == 1
    assert "has this address already" in await told(moved, "megan", f"/change {NEW} address {NEW}")
    await moved.act(act="accept", address=NEW)
    await moved.card("megan", "accepted", "channel")
    await settled(moved)
    assert "is to accept anew" in await told(moved, "megan", f"/reset {NEW}")
    await settled(moved)
    assert (await invited(moved))[-1] == NEW
    assert len(await accounts(moved)) == 1


async def test_who_may_ask_for_the_app_may_invite_the_new_address(moved: Clinic) -> None:
    line = f'/invite {NEW} to "Health Records" for 90d because she runs the March audit'
    assert "already" not in await told(moved, "megan", line)
    await approve(moved)
    await settled(moved)
    assert (await invited(moved))[-1] == NEW
    assert "has Health Records already" in await told(moved, "megan", line)
