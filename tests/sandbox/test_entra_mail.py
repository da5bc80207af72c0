"""The shared mailbox: drafts found by a key, sending once, sent items, limits."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.sandbox.entra import Entra, opened

PROPERTY = "String {00020329-0000-0000-C000-000000000046} Name TestKey"
IMMUTABLE = {"Prefer": 'IdType="ImmutableId"'}


@pytest.fixture
async def entra() -> AsyncIterator[Entra]:
    async with opened() as sandbox:
        yield sandbox


def box(entra: Entra, rest: str = "") -> str:
    return f"/users/{entra.story.raw['mailbox']['id']}/messages{rest}"


def letter(key: str = "k'1", to: str = "ana@fabrikam.com", body: str = "<p>Hello</p>") -> dict[str, Any]:
    return {
        "subject": "Welcome",
        "body": {"contentType": "html", "content": body},
        "toRecipients": [{"emailAddress": {"address": to}}],
        "singleValueExtendedProperties": [{"id": PROPERTY, "value": key}],
    }


async def by_key(entra: Entra, key: str) -> list[dict[str, Any]]:
    quoted = key.replace("'", "''")
    condition = f"singleValueExtendedProperties/Any(ep: ep/id eq '{PROPERTY}' and ep/value eq '{quoted}')"
    return (await entra.get(box(entra), _filter=condition, _select="id,isDraft", headers=IMMUTABLE)).value


async def draft(entra: Entra, **more: Any) -> str:
    made = await entra.call("POST", box(entra), letter(**more), headers=IMMUTABLE)
    assert (made.status, made.body["isDraft"]) == (201, True)
    return str(made.body["id"])


@pytest.mark.parametrize("position", ["stays", "changes"])
async def test_a_draft_is_found_by_its_key_before_and_after_it_is_sent(entra: Entra, position: str) -> None:
    await entra.switch(immutableIdOnSend=position)
    key = await draft(entra)
    assert await by_key(entra, "k'1") == [{"id": key, "isDraft": True}]
    assert await by_key(entra, "another") == []
    assert (await entra.call("POST", box(entra, f"/{key}/send"))).status == 202
    [sent] = await by_key(entra, "k'1")
    assert sent["isDraft"] is False
    assert (sent["id"] == key) == (position == "stays")
    assert [mail["key"] for mail in await entra.ledger("mail.sent")] == ["k'1"]


async def test_ids_that_are_not_immutable_change_when_sent(entra: Entra) -> None:
    made = await entra.call("POST", box(entra), letter())
    await entra.call("POST", box(entra, f"/{made.body['id']}/send"))
    assert (await entra.get(box(entra, f"/{made.body['id']}"))).status == 404


async def test_the_extended_property_comes_only_expanded(entra: Entra) -> None:
    key = await draft(entra)
    assert "singleValueExtendedProperties" not in (await entra.get(box(entra, f"/{key}"))).body
    expand = f"singleValueExtendedProperties($filter=id eq '{PROPERTY}')"
    shown = await entra.get(box(entra, f"/{key}"), _expand=expand, _select="id")
    assert shown.body["singleValueExtendedProperties"] == [{"id": PROPERTY, "value": "k'1"}]
    assert (await entra.get(box(entra, f"/{key}"), _expand="attachments")).status == 400


@pytest.mark.parametrize(("position", "status", "mails"), [("again", 202, 2), ("refused", 400, 1)])
async def test_sending_what_was_sent_does_what_the_switch_says(
    entra: Entra, position: str, status: int, mails: int
) -> None:
    await entra.switch(sendSentMessage=position)
    key = await draft(entra)
    await entra.call("POST", box(entra, f"/{key}/send"))
    assert (await entra.call("POST", box(entra, f"/{key}/send"))).status == status
    assert len(await entra.ledger("mail.sent")) == mails


async def test_the_ledger_tells_which_link_a_mail_carried_and_whether_it_is_the_newest(entra: Entra) -> None:
    old = (await entra.invite()).body["inviteRedeemUrl"]
    new = (await entra.invite()).body["inviteRedeemUrl"]
    for link in (old, new):
        key = await draft(entra, body=f'<a href="{link.replace("&", "&amp;")}">Accept invitation</a>')
        await entra.call("POST", box(entra, f"/{key}/send"))
    sent, made = await entra.ledger("mail.sent"), await entra.ledger("invitation.created")
    assert [mail["linkIsNewest"] for mail in sent] == [False, True]
    assert [mail["linkTicket"] for mail in sent] == [each["linkTicket"] for each in made]


async def test_a_deleted_draft_is_gone(entra: Entra) -> None:
    key = await draft(entra)
    assert [(await entra.call("DELETE", box(entra, f"/{key}"))).status for _ in range(2)] == [204, 404]


async def test_only_the_shared_mailbox_may_be_used(entra: Entra) -> None:
    refused = await entra.call("POST", f"/users/{entra.person('megan')}/messages", letter())
    assert (refused.status, refused.body["error"]["code"]) == (403, "ErrorAccessDenied")
    address = entra.story.raw["mailbox"]["address"]
    assert (await entra.call("POST", f"/users/{address}/messages", letter())).status == 201


async def test_a_mailbox_sends_thirty_mails_a_minute(entra: Entra) -> None:
    now = [100.0]
    entra.world.tenant.meter._clock = lambda: now[0]
    keys = [await draft(entra) for _ in range(31)]
    answers = [await entra.call("POST", box(entra, f"/{key}/send")) for key in keys]
    assert [answer.status for answer in answers] == [202] * 30 + [429]
    assert answers[-1].headers["Retry-After"] == "60"
    now[0] += 60.1
    assert (await entra.call("POST", box(entra, f"/{keys[-1]}/send"))).status == 202


async def test_send_mail_sends_at_once_and_keeps_a_copy(entra: Entra) -> None:
    path = box(entra).replace("/messages", "/sendMail")
    assert (await entra.call("POST", path, {"message": letter(key="once")})).status == 202
    assert [found["isDraft"] for found in await by_key(entra, "once")] == [False]
    nobody = letter() | {"toRecipients": []}
    assert (await entra.call("POST", path, {"message": nobody})).status == 400
