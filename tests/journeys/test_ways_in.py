"""Every way of typing, in every scope, over HTTP: what is sent, and what a near miss leads to."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
import pytest_asyncio

from tests.clinic import INVITE, Clinic, open_clinic, spoken, until
from tests.journeys.acts import told
from tests.journeys.forms import Form

SCOPES = ("personal", "group", "channel")
ANA = "ana@fabrikam.com"
WHY = "she runs the March audit"
HEALTH_RECORDS = "21d5256f-fe57-5ef2-a119-88667f4cf204"
LINE = f"{ANA} to Health Records for 90d because {WHY}"

together = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Clinic]:
    """Serve one clinic for the tables of what is answered, in which nothing is ever sent."""
    async with open_clinic(tmp_path_factory.mktemp("ways")) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def counter(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Clinic]:
    """Serve one clinic for the tables of what is sent."""
    async with open_clinic(tmp_path_factory.mktemp("sent")) as opened:
        yield opened


_guests = count(1)


def new_guest() -> str:
    """Return an address for which nobody has asked yet."""
    return f"ana@fabrikam{next(_guests)}.com"


async def say(clinic: Clinic, who: str, text: str, where: str, **more: Any) -> dict[str, Any]:
    place = await clinic.place(who, where)
    said: dict[str, Any] = await clinic.post(
        "/teams/say", **{"as": who}, conversation=place, text=text, **more
    )
    assert said["status"] in {200, 201, 202}, said
    return said


async def answers_to(clinic: Clinic, who: str, said: dict[str, Any], where: str) -> list[dict[str, Any]]:
    """Return what the bot has posted since; the answer to a message is there when its turn has ended."""
    return [
        one
        for one in await clinic.messages(who, where)
        if int(one["id"]) > int(said["messageId"]) and one["from"]["bot"]
    ]


async def sent(clinic: Clinic, address: str = "") -> list[Any]:
    waiting = [record.request for record in await clinic.guestlist.store.waiting(1000)]
    return [request for request in waiting if address in request.address]


async def nothing_sent(clinic: Clinic) -> None:
    assert await sent(clinic) == []
    assert await clinic.ledger("invitation.created") == []


Spelling = Callable[[str], str]
"""Makes what is typed of the line; @Guestlist becomes a mention where Teams knows mentions."""

COMMANDS: dict[str, Spelling] = {
    "word": lambda line: f"@Guestlist invite {line}",
    "slash": lambda line: f"@Guestlist /invite {line}",
    "mention at the end": lambda line: f"/invite {line.replace(' because', ' @Guestlist because')}",
    "two mentions": lambda line: f"@Guestlist @Guestlist invite {line}",
    "capitals and a comma": lambda line: f"@Guestlist, INVITE {line}",
    "colon": lambda line: f"@Guestlist invite: {line}",
    "line breaks": lambda line: f"@Guestlist\n/invite\r\n{line.replace(' ', chr(10))}",
    "odd spacing": lambda line: f"@Guestlist  /  invite\t {line.replace(' ', '   ')}  ",
    "non-breaking spaces": lambda line: f"@Guestlist\u00a0/invite\u202f{line.replace(' ', chr(0xA0))}",
    "zero-width and direction marks": lambda line: f"@Guestlist \u200e/in\u200bvite \u2068{line}\u2069\ufeff",
    "full-width slash": lambda line: f"@Guestlist ／invite {line}",
    "word alone": lambda line: f"invite {line}",
    "slash alone": lambda line: f"/invite {line}",
}


ONLY_IN = {
    "mention at the end": ("group", "channel"),
    "word alone": ("personal",),
    "slash alone": ("personal",),
}
"""In a chat with the app nothing is a mention, and a name in the middle is what was typed; before others
nothing reaches the bot that does not mention it."""


@together
@pytest.mark.parametrize(
    ("spelling", "where"),
    [(one, where) for one in COMMANDS for where in ONLY_IN.get(one, SCOPES)],
)
async def test_the_command_is_read_however_it_is_spelt(counter: Clinic, spelling: str, where: str) -> None:
    ana = new_guest()
    await say(counter, "megan", COMMANDS[spelling](LINE.replace(ANA, ana)), where)
    (request,) = await sent(counter, ana)
    assert (request.app.name, request.term.days) == ("Health Records", 90)
    assert request.justification == WHY


@together
@pytest.mark.parametrize("where", ["group", "channel"])
async def test_a_tag_without_its_entity_is_a_mention_where_the_message_begins_with_it(
    counter: Clinic, where: str
) -> None:
    ana = new_guest()
    await say(counter, "megan", f"@Guestlist /invite {LINE.replace(ANA, ana)}", where, told=False)
    assert len(await sent(counter, ana)) == 1


@together
async def test_somebody_else_who_is_mentioned_stays_in_the_text(counter: Clinic) -> None:
    ana = new_guest()
    line = f"@Guestlist invite {LINE.replace(ANA, ana)} for @Alex Wilber, he asked"
    await say(counter, "megan", line, "channel")
    (request,) = await sent(counter, ana)
    assert request.justification == f"{WHY} for Alex Wilber, he asked"


END = (datetime.now(UTC) + timedelta(days=130)).date()
LINES: dict[str, tuple[str, dict[str, Any]]] = {
    "address in angle brackets": (f"<{ANA}> to Health Records for 90d because {WHY}", {}),
    "name and address": (f"Ana Ruiz <{ANA}> to Health Records for 90d because {WHY}", {"name": "Ana Ruiz"}),
    "name without brackets": (
        f"Ana Ruiz {ANA} to Health Records for 90d because {WHY}",
        {"name": "Ana Ruiz"},
    ),
    "mailto": (f"mailto:{ANA} to Health Records for 90d because {WHY}", {}),
    "markdown link": (f"[{ANA}](mailto:{ANA}) to Health Records for 90d because {WHY}", {}),
    "quotes": (f'{ANA} to "Health Records" for 90d because {WHY}', {}),
    "smart quotes": (f"{ANA} to “Health Records” for 90d because {WHY}", {}),
    "low quotes": (f"{ANA} to „Health Records“ for 90d because {WHY}", {}),
    "guillemets": (f"{ANA} to «Health Records» for 90d because {WHY}", {}),
    "corner brackets": (f"{ANA} to 「Health Records」 for 90d because {WHY}", {}),
    "single quotes": (f"{ANA} to ‘Health Records’ for 90d because {WHY}", {}),
    "commas": (f"{ANA}, to Health Records, for 90d, because {WHY}", {}),
    "app first": (f"to Health Records {ANA} because {WHY} for 90d", {}),
    "term first": (f"for 90d {ANA} to Health Records because {WHY}", {}),
    "3 months": (f"{ANA} to Health Records for 3 months because {WHY}", {}),
    "2 weeks": (f"{ANA} to Health Records for 2 weeks because {WHY}", {"days": 14}),
    "until": (f"{ANA} to Health Records until {END} because {WHY}", {"until": f"{END}"}),
    "until, in words": (
        f"{ANA} to Health Records until {END.day} {END:%B %Y} because {WHY}",
        {"until": f"{END}"},
    ),
    "until, with dots": (f"{ANA} to Health Records until {END:%d.%m.%Y} because {WHY}", {"until": f"{END}"}),
    "role": (f"{ANA} to Health Records as Clinician for 90d because {WHY}", {"give": "Clinician"}),
    "group": (f"{ANA} to Health Records in Health Records guests for 90d because {WHY}", {}),
    "role first": (f"{ANA} as Auditor to health records for 90d because {WHY}", {"give": "Auditor"}),
    "their words": (
        f"{ANA} to Health Records for 90d because “it’s” «so» – for 3d",
        {"why": "“it’s” «so» – for 3d"},
    ),
}


@together
@pytest.mark.parametrize("where", SCOPES)
@pytest.mark.parametrize("line", LINES)
async def test_the_line_is_read_however_its_parts_are_written(counter: Clinic, line: str, where: str) -> None:
    (typed, wanted), ana = LINES[line], new_guest()
    await say(counter, "megan", f"@Guestlist /invite {typed.replace(ANA, ana)}", where)
    (request,) = await sent(counter, ana)
    assert request.app.name == "Health Records"
    assert request.guest_name == wanted.get("name", "Ana")
    assert request.give.name == wanted.get("give", "Health Records guests")
    until = request.term.until.isoformat() if request.term.until else ""
    assert (until or request.term.days) == (wanted.get("until") or wanted.get("days", 90))
    assert request.justification == wanted.get("why", WHY)


NAME = "Sign in to Records for 2 Wards"


async def test_an_app_whose_name_holds_keywords_needs_no_quotes_where_the_caller_may_ask_for_it(
    clinic: Clinic,
) -> None:
    await clinic.act(act="setProperties", app="health-records", properties={"displayName": NAME})
    await clinic.guestlist.index.refresh()
    await clinic.say("megan", f"/invite {ANA} to {NAME.lower()} for 90d because {WHY}")
    (request,) = await sent(clinic)
    assert (request.app.name, request.term.days) == (NAME, 90)


async def test_a_command_in_a_reply_stays_in_its_thread(clinic: Clinic) -> None:
    first = await say(clinic, "diego", "@Guestlist /help", "channel")
    await say(clinic, "megan", f"@Guestlist /invite {LINE}", "channel", thread=first["messageId"])
    card = await clinic.card("megan", "Waiting for approval", "channel")
    assert card["thread"] == first["messageId"]


@pytest.mark.parametrize("where", ["personal", "channel"])
async def test_a_message_that_is_changed_afterwards_changes_nothing(clinic: Clinic, where: str) -> None:
    said = await say(clinic, "megan", "@Guestlist /help", where)
    before = len(await clinic.messages("megan", where))
    place = await clinic.place("megan", where)
    changed = {"conversation": place, "messageId": said["messageId"], "text": f"@Guestlist /invite {LINE}"}
    assert (await clinic.post("/teams/edit", **{"as": "megan"}, **changed))["status"] == 200
    await nothing_sent(clinic)
    assert len(await clinic.messages("megan", where)) == before


NEARLY = {
    "misspelt": (
        f"inviet {LINE}",
        {"address": ANA, "app": HEALTH_RECORDS, "term": "90d", "justification": WHY},
    ),
    "a sentence": (f"please invite {ANA} to Health Records", {"address": ANA, "app": HEALTH_RECORDS}),
    "a question": (
        f"can {ANA} get Health Records for 3 months?",
        {"address": ANA, "app": HEALTH_RECORDS, "term": "90d"},
    ),
    "no command": (f"Ana Ruiz <{ANA}>", {"address": ANA, "name": "Ana Ruiz"}),
    "an address": (ANA, {"address": ANA}),
    "an app": ("Health Records", {"app": HEALTH_RECORDS}),
    "a misspelt app": ("add somebody to Helth Recods", {"app": HEALTH_RECORDS}),
    "the verb alone": ("invit", {}),
}


@together
@pytest.mark.parametrize("where", SCOPES)
@pytest.mark.parametrize("near", NEARLY)
async def test_a_near_miss_is_answered_with_what_was_understood_and_a_form_that_holds_it(
    desk: Clinic, near: str, where: str
) -> None:
    typed, understood = NEARLY[near]
    if near == "a misspelt app" and where != "personal":
        understood = {"app": "Helth Recods"}  # what apps there are is not told before others
    said = await say(desk, "megan", f"@Guestlist {typed}" if where != "personal" else typed, where)
    (answer,) = await answers_to(desk, "megan", said, where)
    shown = spoken(answer)
    assert "Nothing is sent yet" in shown
    assert "Understood" in shown or not understood
    assert "Or type" in shown
    form = await Form.of_card(desk, "megan", answer, "invite.open", where)
    held = {name: value for name, value in form.values.items() if value}
    assert {"term": "90d", **understood} == held
    await nothing_sent(desk)


@pytest.mark.parametrize("where", SCOPES)
async def test_the_form_of_a_near_miss_is_sent_once_what_was_missing_is_filled_in(
    clinic: Clinic, where: str
) -> None:
    typed = f"@Guestlist can {ANA} get Health Records for 2 weeks?"
    said = await say(clinic, "megan", typed, where)
    (answer,) = await answers_to(clinic, "megan", said, where)
    for missing in ("The app", "The guest's address", "How long"):
        assert missing not in spoken(answer)
    assert "Why the guest needs the app" in spoken(answer)
    form = await Form.of_card(clinic, "megan", answer, "invite.open", where)
    assert (await form.send(name="Ana Ruiz", justification=WHY))["kind"] == "nothing"
    (request,) = await sent(clinic)
    assert (request.address, request.guest_name, request.term.days) == (ANA, "Ana Ruiz", 14)
    assert "Waiting for approval" in spoken(await clinic.card("megan", request.label, where))


async def test_what_a_near_miss_shows_can_be_typed_as_it_stands(clinic: Clinic) -> None:
    said = await say(clinic, "megan", f"please invite {LINE}", "personal")
    (answer,) = await answers_to(clinic, "megan", said, "personal")
    line = next(text for text in spoken(answer).splitlines() if text.startswith("/invite ana"))
    await say(clinic, "megan", line, "personal")
    (request,) = await sent(clinic)
    assert (request.address, request.term.days, request.justification) == (ANA, 90, WHY)


@together
@pytest.mark.parametrize("where", SCOPES)
@pytest.mark.parametrize("typed", ["hello", "what now?", "👋", "", "/frobnicate now", "thanks!"])
async def test_what_cannot_be_read_is_answered_with_the_commands_and_an_invitations_form(
    desk: Clinic, typed: str, where: str
) -> None:
    said = await say(desk, "megan", f"@Guestlist {typed}", where)
    (answer,) = await answers_to(desk, "megan", said, where)
    shown = spoken(answer)
    assert "Nothing was changed" in shown
    assert "/invite ADDRESS to APP for 90d because JUSTIFICATION" in shown
    assert f"You typed “{typed}”." in shown or (not typed and "Your message holds no text." in shown)
    form = await Form.of_card(desk, "megan", answer, "invite.open", where)
    assert form.dialog["title"] == "Invite a guest"


@together
async def test_whoever_may_ask_for_nothing_is_told_of_no_app(desk: Clinic) -> None:
    assert "Understood" not in await told(desk, "isaiah", "Health Records")


NUMBERS = {
    "misspelt": ("aprove R-1001", "/approve R-1001"),
    "without its letter": ("/approve 1001", "/approve R-1001"),
    "without its hyphen": ("deny r1001 not this quarter", "/deny R-1001 not this quarter"),
    "with more behind it": ("/approve R-1001 for Ana", "/approve R-1001"),
    "in a sentence": ("can you approve R-1001?", "/approve R-1001"),
    "with a #": ("/cancel #1001", "/cancel R-1001"),
    "alone": ("R-1001", "/deny R-1001 JUSTIFICATION"),
}


@pytest.mark.parametrize("where", ["personal", "channel"])
async def test_an_act_that_is_nearly_typed_is_shown_as_it_must_be_typed_and_has_no_effect(
    clinic: Clinic, where: str
) -> None:
    await clinic.say("megan", INVITE, "channel")
    await clinic.card("megan", "cannot message Nia Chen", "channel")
    await clinic.card("alex", "Waiting for your decision")
    for typed, exact in NUMBERS.values():
        said = await say(clinic, "alex", f"@Guestlist {typed}", where)
        (answer,) = await answers_to(clinic, "alex", said, where)
        shown = spoken(answer)
        assert "Nothing was changed" in shown
        needed = exact if where == "personal" else f"@Guestlist {exact}"
        assert needed in shown.splitlines(), shown
        assert ANA not in shown
        assert WHY not in shown
        (request,) = await sent(clinic)
        assert (request.state, request.review) == ("pendingApproval", None)
    pressed = await clinic.press("alex", answer, "request.view", where)
    assert "Waiting for your decision" in spoken(pressed["shown"])
    assert ANA in spoken(pressed["shown"])

    await clinic.say(
        "alex", "@Guestlist /approve R\u20111001." if where == "channel" else "approve r-1001", where
    )
    assert await sent(clinic) == []


async def test_the_button_of_a_near_miss_shows_a_bystander_no_more_than_the_thread(clinic: Clinic) -> None:
    await clinic.say("megan", INVITE, "channel")
    await clinic.card("alex", "Waiting for your decision")
    await clinic.card("diego", "Waiting for approval", "channel")
    said = await say(clinic, "diego", "@Guestlist approve 1001", "channel")
    (answer,) = await answers_to(clinic, "diego", said, "channel")
    pressed = await clinic.press("diego", answer, "request.view", "channel")
    assert "Waiting for approval" in spoken(pressed["shown"])
    assert ANA not in spoken(pressed["shown"])
    assert WHY not in spoken(pressed["shown"])


@together
@pytest.mark.parametrize("where", ["personal", "channel"])
@pytest.mark.parametrize("typed", ["aprove R-77", "R-77", "/help R-77"])
async def test_a_number_that_no_request_has_is_said_to_be_none(desk: Clinic, typed: str, where: str) -> None:
    said = await say(desk, "alex", f"@Guestlist {typed}", where)
    (answer,) = await answers_to(desk, "alex", said, where)
    assert "There is no request R-77" in (spoken(answer) if answer["card"] else answer["text"])


async def test_help_on_a_request_says_what_can_be_typed_as_it_stands(clinic: Clinic) -> None:
    await clinic.say("megan", INVITE, "channel")
    await clinic.card("alex", "Waiting for your decision")
    waits = await told(clinic, "diego", "@Guestlist /help R-1001", "channel")
    assert "/approve R-1001" in waits
    assert "/cancel R-1001" in waits
    assert ANA not in waits
    await clinic.say("alex", "/approve R-1001")

    async def delivered() -> bool:
        return "Nobody has to type anything" in await told(clinic, "alex", "/help R-1001")

    await until(delivered, "R-1001 is delivered")


@together
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("/help", "What you can type"),
        ("/help invite", "Quotes help where its name holds a word"),
        ("/help /assign", "Give a guest of the directory a further app."),
        ("/help Deny.", "/deny R-1042 JUSTIFICATION"),
        ("/help me", "What you can type"),
        ("aprovals", "What waits for your decision."),
        ("/approve", "Write the number of the request"),
        ("/approve everything", "/approve R-1042"),
    ],
)
async def test_help_on_a_command_says_how_it_is_typed(desk: Clinic, typed: str, said: str) -> None:
    assert said in await told(desk, "megan", typed)


async def test_what_is_quoted_of_a_near_miss_has_no_comma_where_the_mention_was(clinic: Clinic) -> None:
    said = await say(clinic, "megan", "could you, @Guestlist, bring ana@fabrikam.com in?", "channel")
    (answer,) = await answers_to(clinic, "megan", said, "channel")
    assert "could you, bring ana@fabrikam.com in?" in spoken(answer)
