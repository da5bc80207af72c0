"""The guest's sponsors as approvers, over HTTP: nobody for a new guest, then whoever has invited them."""

from pathlib import Path

from tests.clinic import INVITE, POLICY, open_clinic
from tests.journeys.acts import approve, told, waiting_for

OWNERS = 'approvers = ["app-owners"]                             # Megan'


async def test_a_new_guests_request_goes_to_the_fallback_and_the_next_to_who_stands_for_them(
    tmp_path: Path,
) -> None:
    text = POLICY.read_text(encoding="utf-8")
    assert OWNERS in text
    file = tmp_path / "policy.toml"
    file.write_text(text.replace(OWNERS, 'approvers = ["guest-sponsors"]  # Megan'), encoding="utf-8")
    async with open_clinic(tmp_path, policy=file) as clinic:
        await clinic.say("megan", INVITE, "channel")
        await waiting_for(clinic, "lidia")
        assert "There is no request R-1001" in await told(clinic, "alex", "/approve R-1001")
        await approve(clinic, "lidia")
        await clinic.card("diego", "Delivered", "channel")

        again = INVITE.replace("to Health Records", "to Health Records as Auditor")
        assert again != INVITE
        await clinic.say("alex", again, "channel")
        await waiting_for(clinic, "megan")
        assert "There is no request R-1002" in await told(clinic, "lidia", "/approve R-1002")
        await approve(clinic, "megan")
        record = await clinic.guestlist.store.numbered(1002)
        assert record is not None
        assert [one.by.name for one in record.request.reviews] == ["Megan Bowen"]
