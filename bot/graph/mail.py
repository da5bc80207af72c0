"""The Mail port: drafts in one shared mailbox, found again by a key, sent only while they are drafts."""

from kiota_abstractions.request_information import RequestInformation
from msgraph.generated.models.body_type import BodyType
from msgraph.generated.models.email_address import EmailAddress
from msgraph.generated.models.item_body import ItemBody
from msgraph.generated.models.message import Message
from msgraph.generated.models.recipient import Recipient
from msgraph.generated.models.single_value_legacy_extended_property import SingleValueLegacyExtendedProperty

from access.ports import Letter, Refused, Unknown
from access.rules.causes import Cause
from bot.graph.client import Answer, GraphClient, ask, quoted, rows_of
from bot.graph.letter import html_of, subject_of
from bot.graph.pacer import Kind

KEY = "String {6b1f7c0e-3a52-4d8e-9c41-7f0a5be2d913} Name GuestlistKey"
"""The extended property that holds a letter's key; its GUID is Guestlist's own and never changes."""


class GraphMail:
    """Uses immutable ids, which stay when a draft is sent; the key is the second line of defence."""

    def __init__(self, client: GraphClient, mailbox: str) -> None:
        self._client = client
        self._mailbox = mailbox
        self._messages = client.sdk.users.by_user_id(mailbox).messages

    @property
    def configured(self) -> bool:
        return bool(self._mailbox)

    async def find(self, key: str) -> str | None:
        """Look the key up; where a crash has left two, the sent one is the one that counts."""
        has_key = (
            f"singleValueExtendedProperties/Any(ep: ep/id eq {quoted(KEY)} and ep/value eq {quoted(key)})"
        )
        request = ask(self._messages.to_get_request_information(), "id", "isDraft", filter=has_key)
        found = sorted(rows_of(await self._call(request)), key=lambda row: bool(row["isDraft"]))
        return str(found[0]["id"]) if found else None

    async def draft(self, letter: Letter) -> str:
        name = letter.guest_name or None
        message = Message(
            subject=subject_of(letter),
            body=ItemBody(content_type=BodyType.Html, content=html_of(letter)),
            to_recipients=[Recipient(email_address=EmailAddress(address=letter.to, name=name))],
            single_value_extended_properties=[SingleValueLegacyExtendedProperty(id=KEY, value=letter.key)],
        )
        answer = await self._call(self._messages.to_post_request_information(message))
        mail_id = answer.body.get("id")
        if not mail_id:
            raise Unknown(Cause.UNAVAILABLE, "The draft's answer names no message", trace=answer.trace)
        return str(mail_id)

    async def is_draft(self, mail_id: str) -> bool:
        request = self._messages.by_message_id(mail_id).to_get_request_information()
        answer = await self._call(ask(request, "isDraft"))
        return bool(answer.body["isDraft"])

    async def send(self, mail_id: str) -> None:
        request = self._messages.by_message_id(mail_id).send.to_post_request_information()
        await self._call(request, Kind.SENDING)

    async def _call(self, request: RequestInformation, kind: Kind = Kind.MAIL) -> Answer:
        if not self._mailbox:
            raise Refused(Cause.MAILBOX_GONE, "No mailbox is configured")
        request.headers.add("Prefer", 'IdType="ImmutableId"')
        return await self._client.call(request, kind)
