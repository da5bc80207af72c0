"""What people are told while the database is away, and that nothing they typed is lost with it."""

from pathlib import Path

from tests.clinic import INVITE, open_clinic
from tests.journeys.acts import shown, told, waiting_for
from tests.journeys.forms import Form
from tests.wire import laid

FILLED = {
    "address": "sam.carter@outlook.com",
    "name": "Sam Carter",
    "app": "21d5256f-fe57-5ef2-a119-88667f4cf204",
    "access": "group:bdec204c-40ed-5221-b43f-21005de59ad1",
    "term": "30d",
    "justification": "He runs the March audit.",
    "message": "Welcome, Sam!",
}
AWAY = "Guestlist's own database does not answer"


async def test_while_the_database_is_away_people_are_told_so_and_keep_what_they_typed(
    database: str, tmp_path: Path
) -> None:
    async with (
        laid(database) as wire,
        open_clinic(tmp_path, changed={"GUESTLIST_DATABASE_URL": wire.url}) as clinic,
    ):
        await clinic.say("megan", INVITE, "channel")
        card = await waiting_for(clinic)
        form = await Form.open(clinic, "megan")

        wire.refusing = True
        wire.cut()
        assert AWAY in await told(clinic, "megan", "/requests")
        assert AWAY in shown(await clinic.press("alex", card, "approval.approve"))
        again = form.again(await form.send(**FILLED))
        assert AWAY in again.errors[""]
        assert {name: again.values[name] for name in FILLED} == FILLED

        wire.refusing = False
        assert (await again.send())["kind"] == "nothing"
        assert "Sam Carter" in await told(clinic, "megan", "/requests")
        await clinic.press("alex", card, "approval.approve")
        await clinic.card("diego", "Delivered", "channel")
