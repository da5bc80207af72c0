"""Who is told that the database's answer was lost asks again, and is answered by what is there."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.clinic import INVITE, Clinic, open_clinic, until
from tests.journeys.acts import shown, told, waiting_for
from tests.wire import Cut, Wire, laid


@pytest.fixture
async def wire(database: str) -> AsyncIterator[Wire]:
    async with laid(database) as wire:
        yield wire


@pytest.fixture
async def clinic(wire: Wire, tmp_path: Path) -> AsyncIterator[Clinic]:
    async with open_clinic(tmp_path, changed={"GUESTLIST_DATABASE_URL": wire.url}) as clinic:
        yield clinic


@pytest.mark.parametrize("cut", Cut)
async def test_a_request_and_an_approval_whose_answers_were_lost_happen_once(
    clinic: Clinic, wire: Wire, cut: Cut
) -> None:
    wire.about = b"request.submitted"
    wire.cuts.append(cut)
    assert "is not known" in await told(clinic, "megan", INVITE, "channel")
    again = await told(clinic, "megan", INVITE, "channel")
    assert ("R-1001" in again) == (cut is Cut.AFTER)
    card = await waiting_for(clinic)
    wire.about = b"request.approved"
    wire.cuts.append(cut)
    assert "is not known" in shown(await clinic.press("alex", card, "approval.approve"))
    if cut is Cut.BEFORE:
        await clinic.press("alex", card, "approval.approve")
    else:
        assert "Alex Wilber approved" in shown(await clinic.press("alex", card, "approval.approve"))

    async def delivered() -> bool:
        record = await clinic.guestlist.store.numbered(1001)
        return record is not None and record.request.state == "delivered"

    await until(delivered, "the guest has the app")
    assert len(await clinic.ledger("invitation.created")) == 1
    assert not wire.cuts
