"""Mail: the shared mailbox with its drafts and sent items, and what lies in a guest's inbox."""

import secrets
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Mail:
    """A mail as its receivers see it; `body` is the sender's HTML, untouched."""

    sender: str
    to: list[str]
    subject: str
    body: str
    at: str


@dataclass(eq=False)
class Message:
    """A message of the shared mailbox, with both of its ids."""

    props: dict[str, Any]
    properties: list[dict[str, str]] = field(default_factory=list)
    immutable_id: str = field(default_factory=lambda: f"AAkALg{secrets.token_urlsafe(48)}")
    rest_id: str = field(default_factory=lambda: f"AAMkAG{secrets.token_urlsafe(60)}")


@dataclass
class Mailbox:
    """The one mailbox that the app may use; Exchange's access control refuses it all others."""

    id: str
    address: str
    name: str
    messages: list[Message] = field(default_factory=list)

    def find(self, key: str) -> Message | None:
        return next((m for m in self.messages if key in (m.immutable_id, m.rest_id)), None)
