"""What the app package offers is what Guestlist does."""

import json

from manifest.package import contents
from tests.clinic import Clinic
from tests.journeys.acts import told

WHERE = {"personal": "personal", "team": "channel", "groupChat": "group"}
"""Where the sandbox's people are in each scope of the manifest."""


def offered() -> list[tuple[str, str]]:
    """Return the commands of the menus with their scope."""
    (bot,) = json.loads(contents({})["manifest.json"])["bots"]
    return [
        (scope, command["title"])
        for one in bot["commandLists"]
        for scope in one["scopes"]
        for command in one["commands"]
    ]


async def test_every_command_of_the_menus_is_answered_in_its_scope(clinic: Clinic) -> None:
    for scope, title in offered():
        mention = "" if scope == "personal" else "@Guestlist "
        said = await told(clinic, "megan", f"{mention}{title}", WHERE[scope])
        assert said, (scope, title)
        assert "Nothing was changed" not in said, (scope, title)
        assert "are shown in the personal chat" not in said, (scope, title)
