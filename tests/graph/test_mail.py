from dataclasses import astuple, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from access.ports import AccessError, Letter, NotDone, Origin, Refused, Reminds, Unknown
from access.rules.causes import Cause
from access.rules.model import ObjectId, RequestId, Subject
from bot.credential import StaticCredential
from bot.graph import Graph
from bot.graph.letter import html_of, subject_of
from bot.graph.mail import KEY as MAIL_KEY
from bot.graph.mail import ORIGIN as MAIL_ORIGIN
from cards.texts import ENGLISH, LANGUAGES
from sandbox.settings import Settings

ORIGIN = Origin(
    request_id=RequestId("0" * 31 + "1"),
    label="R-1042",
    app_id=ObjectId("0b000000-0000-4000-8000-000000000001"),
    give_key="group:0c000000-0000-4000-8000-000000000001",
    subject=Subject("d" * 64),
)
LETTER = Letter(
    key="7f0d2c",
    origin=ORIGIN,
    to="ana@fabrikam.com",
    guest_name="Ana Ruiz",
    inviter="Megan Bowen",
    app="Health Records",
    organisation="Contoso Health",
    message="Good to have you for the March audit.",
    link="https://login.example/redeem?ticket=abc&rd=1",
    is_invitation=True,
)


async def mail_once(graph: Graph, letter: Letter) -> None:
    """Do what a delivery does: find, else draft; send while it is a draft."""
    mail_id = await graph.mail.find(letter.key) or (await graph.mail.draft(letter)).mail_id
    if await graph.mail.is_draft(mail_id):
        await graph.mail.send(mail_id)


async def refusal_of(call: Any) -> AccessError:
    with pytest.raises(AccessError) as refused:
        await call
    return refused.value


async def test_a_draft_is_found_by_its_key_until_and_after_it_is_sent(graph: Graph, entra: Any) -> None:
    assert graph.mail.configured
    assert await graph.mail.find(LETTER.key) is None
    mail_id = (await graph.mail.draft(LETTER)).mail_id
    assert await graph.mail.find(LETTER.key) == mail_id
    assert await graph.mail.find("another") is None
    assert await graph.mail.is_draft(mail_id)
    await graph.mail.send(mail_id)
    assert await graph.mail.find(LETTER.key) == mail_id
    assert not await graph.mail.is_draft(mail_id)
    assert [mail["to"] for mail in await entra.ledger("mail.sent")] == [["ana@fabrikam.com"]]


@pytest.mark.parametrize("id_on_send", ["stays", "changes"])
@pytest.mark.parametrize("do", ["503-before", "503-after", "504-after", "reset-before", "reset-after"])
@pytest.mark.parametrize("path", ["/messages$", "/send$"])
async def test_one_mail_arrives_however_often_an_answer_is_lost(
    graph: Graph, entra: Any, path: str, do: str, id_on_send: str
) -> None:
    await entra.switch(immutableIdOnSend=id_on_send)
    await entra.fault(do, path)
    assert isinstance(await refusal_of(mail_once(graph, LETTER)), Unknown)
    await mail_once(graph, LETTER)
    await mail_once(graph, LETTER)
    assert len(await entra.ledger("mail.sent")) == 1


async def test_a_sent_mail_names_its_request_to_whoever_asks_by_time_and_a_draft_is_not_sent(
    graph: Graph, entra: Any
) -> None:
    other = replace(ORIGIN, request_id=RequestId("0" * 31 + "2"), label="R-1043")
    before = datetime.now(UTC) - timedelta(minutes=1)
    draft = (await graph.mail.draft(LETTER)).mail_id
    assert not await graph.mail.went_out(ORIGIN, before)
    assert await graph.mail.sent_since(before) == []

    await graph.mail.send(draft)
    await graph.mail.draft(replace(LETTER, key="8", origin=other))

    assert await graph.mail.went_out(ORIGIN, before)
    assert not await graph.mail.went_out(other, before)
    [mail] = await graph.mail.sent_since(before)
    assert (mail.origin, mail.to) == (ORIGIN, "ana@fabrikam.com")
    later = mail.at + timedelta(seconds=1)
    assert not await graph.mail.went_out(ORIGIN, later)
    assert await graph.mail.sent_since(later) == []


async def test_mails_that_were_sent_by_others_belong_to_no_request_and_pages_are_followed(
    graph: Graph, entra: Any
) -> None:
    await entra.switch(pageSize=2)
    mailbox = f"{entra.url}/v1.0/users/{entra.clinic['mailbox']['id']}/sendMail"
    receivers = [{"emailAddress": {"address": "x@fabrikam.com"}}]
    message = {"subject": "Hello", "body": {"contentType": "text", "content": ""}, "toRecipients": receivers}
    bearer = {"Authorization": f"Bearer {Settings().token}"}
    async with entra.http.post(mailbox, json={"message": message}, headers=bearer) as answer:
        assert answer.ok
    for number in range(4):
        await mail_once(graph, replace(LETTER, key=str(number), origin=replace(ORIGIN, label=f"R-{number}")))
    since = datetime.now(UTC) - timedelta(minutes=1)
    assert [one.origin.label for one in await graph.mail.sent_since(since)] == ["R-0", "R-1", "R-2", "R-3"]


async def test_a_mail_of_ours_that_cannot_be_read_is_passed_over(graph: Graph, entra: Any) -> None:
    for number, give_key in enumerate(["team:0c000000-0000-4000-8000-000000000001", "group", "group:"]):
        await mail_once(graph, replace(LETTER, key=f"{number}", origin=replace(ORIGIN, give_key=give_key)))
    messages = f"{entra.url}/v1.0/users/{entra.clinic['mailbox']['id']}/messages"
    message = {
        "subject": "Hello",
        "bccRecipients": [{"emailAddress": {"address": "x@fabrikam.com"}}],
        "singleValueExtendedProperties": [
            {"id": MAIL_KEY, "value": "hidden"},
            {"id": MAIL_ORIGIN, "value": " ".join(astuple(ORIGIN))},
        ],
    }
    bearer = {"Authorization": f"Bearer {Settings().token}"}
    async with entra.http.post(messages, json=message, headers=bearer) as answer:
        assert answer.ok
    await mail_once(graph, replace(LETTER, key="hidden"))
    await mail_once(graph, LETTER)
    since = datetime.now(UTC) - timedelta(minutes=1)
    assert len(await entra.ledger("mail.sent")) == 5
    assert [mail.to for mail in await graph.mail.sent_since(since)] == ["ana@fabrikam.com"]


async def test_a_mailbox_that_is_over_its_limit_surely_sent_nothing(graph: Graph, entra: Any) -> None:
    await entra.fault("429", "/send$", retryAfter=3)
    mail_id = (await graph.mail.draft(LETTER)).mail_id
    refused = await refusal_of(graph.mail.send(mail_id))
    assert (type(refused), refused.cause, refused.retry_after) == (NotDone, Cause.THROTTLED, 3)
    assert await graph.directory.person(entra.person("megan")) is not None
    assert await entra.ledger("mail.sent") == []


async def test_a_mailbox_that_is_not_there_says_so(entra: Any, clock: Any) -> None:
    nowhere = "00000000-1111-2222-3333-444444444444"
    graph = await Graph.open(entra.url, StaticCredential(Settings().token), nowhere, clock)
    assert (await refusal_of(graph.mail.draft(LETTER))).cause is Cause.MAILBOX_GONE
    await graph.close()


async def test_without_a_mailbox_nothing_is_asked_of_graph(entra: Any, clock: Any) -> None:
    graph = await Graph.open(entra.url, StaticCredential(Settings().token), "", clock)
    assert not graph.mail.configured
    assert isinstance(await refusal_of(graph.mail.find("key")), Refused)
    assert await entra.ledger("graph.call") == []
    await graph.close()


def test_an_invitation_names_the_inviter_and_has_one_link() -> None:
    html = html_of(LETTER, ENGLISH)
    assert subject_of(LETTER, ENGLISH) == "Megan Bowen invites you to Health Records at Contoso Health"
    assert html.count("<a ") == 1
    assert 'href="https://login.example/redeem?ticket=abc&amp;rd=1"' in html
    assert ">Accept invitation</a>" in html
    for said in ("Hello Ana Ruiz,", "Megan Bowen", "Good to have you for the March audit."):
        assert said in html


def test_a_guest_who_has_accepted_gets_the_app_and_no_invitation() -> None:
    letter = replace(LETTER, is_invitation=False, message="")
    assert ">Open Health Records</a>" in html_of(letter, ENGLISH)
    assert "invit" not in html_of(letter, ENGLISH) + subject_of(letter, ENGLISH)
    assert '<p style="margin:0 0 20px' not in html_of(letter, ENGLISH)


def test_only_the_link_of_an_invitation_is_said_to_be_meant_for_its_guest_alone() -> None:
    reminds = Reminds(date(2026, 11, 21), by_microsoft=False, ask="Megan")
    reminder = replace(LETTER, is_invitation=False, reminds=reminds)
    ending = replace(LETTER, is_invitation=False, ends=date(2026, 12, 21))
    assert "meant for you alone" in html_of(LETTER, ENGLISH)
    for letter in (reminder, ending, replace(LETTER, is_invitation=False)):
        html = html_of(letter, ENGLISH)
        assert "meant for you alone" not in html
        assert "If you did not expect this mail, ask Megan Bowen before you press the button." in html


async def test_a_mail_is_in_the_language_of_the_house(entra: Any, clock: Any) -> None:
    mailbox = entra.clinic["mailbox"]["id"]
    graph = await Graph.open(
        entra.url, StaticCredential(Settings().token), mailbox, clock, texts=LANGUAGES["de"]
    )
    await mail_once(graph, LETTER)
    (mail,) = await entra.ledger("mail.sent")
    assert mail["subject"] == "Megan Bowen lädt Sie zu Health Records bei Contoso Health ein"
    await graph.close()


def test_nothing_that_people_typed_becomes_markup_or_a_second_header() -> None:
    hostile = "<img src=x onerror=alert(1)>\"'&\r\nBcc: all@contoso-health.com"
    letter = Letter(
        "k", ORIGIN, "a@b.c", hostile, hostile, hostile, hostile, hostile, 'https://x/"onclick="y', True
    )
    html = html_of(letter, ENGLISH)
    assert "<img" not in html
    assert 'onclick="y' not in html
    assert "\n" not in subject_of(letter, ENGLISH)
    assert "\r" not in subject_of(letter, ENGLISH)


def test_a_mail_holds_nothing_that_cannot_be_seen_and_keeps_the_lines_of_the_message() -> None:
    turned = "Megan\u202e \u200bBowen"
    letter = replace(LETTER, inviter=turned, app=turned, organisation=turned, message="One\u2066\nTwo\u200b")
    html = html_of(replace(letter, guest_name="\u200b\u3164"), ENGLISH)
    assert not set("\u202e\u200b\u2066\u3164") & set(html + subject_of(letter, ENGLISH))
    assert "One\nTwo" in html
    assert "<p>Hello,</p>" in html
