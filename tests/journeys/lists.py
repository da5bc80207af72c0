"""Lists of guests as somebody brings them to the chat: a file, and the form that goes on with it."""

from io import BytesIO
from typing import Any

from tests.clinic import Clinic, spoken
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


async def looked_at(clinic: Clinic, *addresses: str, says: str = "Nothing is sent yet.") -> Any:
    """Have Megan look at a list of these guests for Health Records; return the card of it."""
    form = await Form.open(clinic, "megan", "bulk")
    rows = "\n".join(addresses)
    shown = await form.send(LOOK, rows=rows, app="Health Records", term="90d", justification=WHY)
    assert shown["kind"] != "dialog", shown
    return await clinic.card("megan", says)


def code_of(card: Any) -> str:
    """Return by what a card calls its list."""
    return spoken(card).partition("/bulk change ")[2][:8]


async def sent(clinic: Clinic, *addresses: str) -> Any:
    """Send a list, and return its card as the requestor sees it."""
    await clinic.press("megan", await looked_at(clinic, *addresses), "bulk.send")
    return await clinic.card("megan", "Cancel request")
