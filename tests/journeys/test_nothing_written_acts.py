"""What people and the directory wrote goes through the whole journey as text."""

import html.parser
from typing import Any

from tests.cards.test_shown_as_text import nothing_acts
from tests.clinic import Clinic, spoken
from tests.journeys.acts import shown, told, waiting_for
from tests.journeys.forms import Form
from tests.journeys.test_bad_input import HEALTH_RECORDS

GUESTS = "group:bdec204c-40ed-5221-b43f-21005de59ad1"
EVIL = "https://evil.example"
PERSON = f"Megan **Bowen** <b>bold</b> [press]({EVIL}) <at>Alex</at>"
APP = f"Health _Records_ ![picture]({EVIL}/p.png) {{{{DATE(2026-11-23T08:14:00Z)}}}}"
GROUP = "~~Guests~~ `of` <img src=x onerror=alert(1)> \u202ekcab"
GUEST = "# Ana \u200b\u202e<script>alert(1)</script>"
WHY = f"1. **See** [the plan]({EVIL}) &#x202e; <at>Alex</at> <iframe src={EVIL}>"
MESSAGE = f"<a href='{EVIL}'>Come in</a> \u2066 **now**"
DENIED = f"*No* <u>not</u> ![this]({EVIL}/q.png) quarter"
DRAWN = "a, img, b, strong, i, em, u, s, del, code, script, iframe, at, h1, h2, ol, ul"
"""What a browser would make of a text that acts."""


async def nasty(clinic: Clinic) -> None:
    """Give people and things names that act, and send a request full of such words."""
    await clinic.act(act="setProperties", person="megan", properties={"displayName": PERSON})
    await clinic.act(act="setProperties", app="health-records", properties={"displayName": APP})
    await clinic.act(act="setProperties", group=GUESTS.partition(":")[2], properties={"displayName": GROUP})
    form = await Form.open(clinic, "megan", where="channel")
    again = await form.send(
        address="ana@fabrikam.com",
        name=GUEST,
        app=HEALTH_RECORDS,
        access="nothing",
        term="30d",
        justification=WHY,
    )
    nothing_acts(form.again(again).dialog["card"])
    closed = await form.again(again).send(
        address="ana@fabrikam.com",
        name=GUEST,
        app=HEALTH_RECORDS,
        access=GUESTS,
        term="30d",
        justification=WHY,
        message=MESSAGE,
    )
    assert closed["kind"] in {"nothing", "message"}, closed


async def every_card(clinic: Clinic) -> list[dict[str, Any]]:
    """Return every card that anybody sees anywhere."""
    found = []
    for who in ("megan", "alex", "diego"):
        for where in ("personal", "channel"):
            found += [one["card"] for one in await clinic.messages(who, where) if one["card"]]
    return found


async def test_nothing_that_was_written_acts_on_any_card_or_answer_of_a_journey(clinic: Clinic) -> None:
    await nasty(clinic)
    card = await waiting_for(clinic)
    assert "evil.example" in spoken(card), "it is shown, as text"
    assert "not yours" not in shown(await clinic.press("alex", card, "approval.approve"))
    await clinic.card("diego", "Delivered", "channel")
    await clinic.act(act="accept", address="ana@fabrikam.com")
    await clinic.card("diego", "Accepted", "channel")
    for typed in ("/requests", "/approvals", f"/nonsense {WHY} {APP}", f"/invite {WHY}"):
        await told(clinic, "megan", typed)
    cards = await every_card(clinic)
    assert len(cards) > 10
    for one in cards:
        nothing_acts(one)

    for entry in await clinic.ledger():
        said = str(entry["detail"].get("fallbackText") or "")
        assert not set("*_`[]<>~\u202e\u2066\u200b") & set(said), said
    plain = [one for one in await clinic.messages("megan") if one["from"]["bot"] and one["text"]]
    assert all(one["markdown"] is False for one in plain)


async def test_a_denial_full_of_marks_is_shown_as_text(clinic: Clinic) -> None:
    await nasty(clinic)
    await clinic.press("alex", await waiting_for(clinic), "approval.deny", justification=DENIED)
    assert DENIED in spoken(await clinic.card("megan", "Denied"))
    for one in await every_card(clinic):
        nothing_acts(one)


async def test_what_nobody_can_see_is_no_justification(clinic: Clinic) -> None:
    form = await Form.open(clinic, "megan")
    filled = {"address": "ana@fabrikam.com", "app": HEALTH_RECORDS, "access": GUESTS, "term": "30d"}
    again = form.again(await form.send(**filled, name="\u200b\u3164", justification="\u200b\u2060" * 20))
    assert "Write why the guest needs the app" in again.errors["justification"]
    await again.send(**filled, name="\u200b\u3164", justification="She runs the March audit.")
    card = await waiting_for(clinic)
    assert "Invite Ana to Health Records" in spoken(card), "a name that cannot be seen is none"
    refused = shown(await clinic.press("alex", card, "approval.deny", justification="\u200b\u200d \u3164"))
    assert "write a justification" in refused


class Tags(html.parser.HTMLParser):
    """Collects what a mail is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, str(dict(attrs).get("href") or "")))


async def test_the_mail_to_the_guest_links_to_one_place_whatever_the_names_hold(clinic: Clinic) -> None:
    await nasty(clinic)
    await clinic.press("alex", await waiting_for(clinic), "approval.approve")
    await clinic.card("diego", "Delivered", "channel")
    async with clinic.http.get(f"{clinic.url}/guest/ana/inbox") as inbox:
        page = await inbox.text()
    tags = Tags()
    tags.feed(page)
    assert {"script", "img", "iframe", "at"} & {tag for tag, _ in tags.seen} == set()
    assert not [href for _, href in tags.seen if "evil.example" in href]
    assert "evil.example" in page, "it is shown, as text"
