"""The Mail port: drafts in one shared mailbox, found again by a key, sent only while they are drafts."""

from collections.abc import Sequence
from dataclasses import astuple
from dataclasses import fields as dataclass_fields
from datetime import UTC, datetime

from kiota_abstractions.request_information import RequestInformation
from msgraph.generated.models.body_type import BodyType
from msgraph.generated.models.email_address import EmailAddress
from msgraph.generated.models.item_body import ItemBody
from msgraph.generated.models.message import Message
from msgraph.generated.models.recipient import Recipient
from msgraph.generated.models.single_value_legacy_extended_property import SingleValueLegacyExtendedProperty

from access.ports import Cap, Drafted, Letter, Origin, Refused, SentMail, Uncapped, Unknown
from access.rules.causes import Cause
from access.rules.model import GiveKind, ObjectId, RequestId, Subject
from bot.graph.client import Answer, GraphClient, Row, ask, quoted, rows_of
from bot.graph.letter import html_of, subject_of
from bot.graph.pacer import Kind
from cards.texts import Texts

KEY = "String {6b1f7c0e-3a52-4d8e-9c41-7f0a5be2d913} Name GuestlistKey"
"""The extended property that holds a letter's key; its GUID is Guestlist's own and never changes."""
ORIGIN = "String {6b1f7c0e-3a52-4d8e-9c41-7f0a5be2d913} Name GuestlistOrigin"
"""The extended property that says which request a mail belongs to: the fields of `Origin`, with blanks."""
_EXPANDED = f"singleValueExtendedProperties($filter=id eq {quoted(ORIGIN)})"


class GraphMail:
    """Uses immutable ids, which stay when a draft is sent; the key is the second line of defence."""

    def __init__(self, client: GraphClient, mailbox: str, texts: Texts, cap: Cap | None = None) -> None:
        self._client = client
        self._mailbox = mailbox
        self._texts = texts
        self._cap = cap or Uncapped()
        self._messages = client.sdk.users.by_user_id(mailbox).messages

    @property
    def configured(self) -> bool:
        return bool(self._mailbox)

    async def find(self, key: str) -> str | None:
        """Look the key up; where a crash has left two, the sent one is the one that counts."""
        has_key = _any_property(KEY, key)
        request = ask(self._messages.to_get_request_information(), "id", "isDraft", filter=has_key)
        found = sorted(rows_of(await self._call(request)), key=lambda row: bool(row["isDraft"]))
        return str(found[0]["id"]) if found else None

    async def draft(self, letter: Letter) -> Drafted:
        name = letter.guest_name or None
        message = Message(
            subject=subject_of(letter, self._texts),
            body=ItemBody(content_type=BodyType.Html, content=html_of(letter, self._texts)),
            to_recipients=[Recipient(email_address=EmailAddress(address=letter.to, name=name))],
            single_value_extended_properties=[
                SingleValueLegacyExtendedProperty(id=KEY, value=letter.key),
                SingleValueLegacyExtendedProperty(id=ORIGIN, value=_written(letter.origin)),
            ],
        )
        answer = await self._call(self._messages.to_post_request_information(message))
        mail_id = answer.body.get("id")
        if not mail_id:
            raise Unknown(Cause.UNAVAILABLE, "The draft's answer names no message", trace=answer.trace)
        return Drafted(str(mail_id), answer.trace)

    async def is_draft(self, mail_id: str) -> bool:
        request = self._messages.by_message_id(mail_id).to_get_request_information()
        answer = await self._call(ask(request, "isDraft"))
        return bool(answer.body["isDraft"])

    async def send(self, mail_id: str) -> str:
        request = self._messages.by_message_id(mail_id).send.to_post_request_information()
        async with self._cap.turn():
            return (await self._call(request, Kind.SENDING)).trace

    async def went_out(self, origin: Origin, since: datetime) -> bool:
        has_origin = _any_property(ORIGIN, _written(origin))
        request = self._messages.to_get_request_information()
        rows = rows_of(await self._call(ask(request, "isDraft", "receivedDateTime", filter=has_origin)))
        return any(not row["isDraft"] and _at(row) >= since for row in rows)

    async def sent_since(self, at: datetime) -> Sequence[SentMail]:
        """List what has our property: a date is filtered by Exchange, the property is only shown."""
        later = f"receivedDateTime ge {at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        request = ask(
            self._messages.to_get_request_information(),
            *("isDraft", "receivedDateTime", "toRecipients"),
            filter=later,
            expand=_EXPANDED,
        )
        found = []
        while True:
            answer = await self._call(request)
            found += [mail for row in rows_of(answer) if (mail := _sent_mail(row)) is not None]
            if not (link := answer.body.get("@odata.nextLink")):
                return found
            request = self._client.follow(link)

    async def _call(self, request: RequestInformation, kind: Kind = Kind.MAIL) -> Answer:
        if not self._mailbox:
            raise Refused(Cause.MAILBOX_GONE, "No mailbox is configured")
        request.headers.add("Prefer", 'IdType="ImmutableId"')
        return await self._client.call(request, kind)


def _any_property(name: str, value: str) -> str:
    return f"singleValueExtendedProperties/Any(ep: ep/id eq {quoted(name)} and ep/value eq {quoted(value)})"


def _written(origin: Origin) -> str:
    return " ".join(astuple(origin))


def _at(row: Row) -> datetime:
    return datetime.fromisoformat(row["receivedDateTime"])


def _sent_mail(row: Row) -> SentMail | None:
    """Read a row of the mailbox; drafts and mails of others, or of another Guestlist, are none of ours."""
    values = [one["value"] for one in row.get("singleValueExtendedProperties") or ()]
    fields = values[0].split(" ") if values else []
    if row["isDraft"] or len(fields) != len(dataclass_fields(Origin)):
        return None
    request_id, label, app_id, give_key, subject = fields
    kind, _, object_id = give_key.partition(":")
    address = next((one["emailAddress"].get("address") for one in row.get("toRecipients") or ()), None)
    if kind not in set(GiveKind) or not object_id or not address:
        return None
    origin = Origin(RequestId(request_id), label, ObjectId(app_id), give_key, Subject(subject))
    return SentMail(origin, address, _at(row))
