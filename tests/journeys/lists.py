"""Lists of guests as somebody brings them to the chat: a file, and the form that goes on with it."""

from io import BytesIO
from typing import Any

from tests.clinic import Clinic
from tests.journeys.forms import Form

LOOK = "Look at the list"
WHY = "They run the March audit of all clinics"
TEMPLATE = "Email address to invite [inviteeEmail] Required,Redirection url [inviteRedirectURL] Required\r\n"


def portal_csv(*addresses: str) -> bytes:
    """Return a list as the portal's template has it."""
    rows = "".join(f"{one},https://myapps.example\r\n" for one in addresses)
    return f"version:v1.0,,\r\n{TEMPLATE}{rows}".encode()


async def sends(clinic: Clinic, who: str, *files: bytes, text: str = "", name: str = "partners.csv") -> Any:
    """Send files in the chat with Guestlist."""
    ids = []
    for body in files:
        asked = {"as": who, "name": name}
        async with clinic.http.post(f"{clinic.url}/teams/attach", params=asked, data=BytesIO(body)) as answer:
            ids.append((await answer.json())["id"])
    there = await clinic.place(who, "personal")
    return await clinic.post("/teams/say", **{"as": who}, conversation=there, text=text, files=ids)


async def form_of(clinic: Clinic, who: str, said: str) -> Form:
    """Open the form of the card that says this."""
    return await Form.of_card(clinic, who, await clinic.card(who, said), "bulk.open")
