"""Change notifications: whose word that something has changed is taken, and how long they are sent."""

import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

LIFE = timedelta(days=8)
"""What is asked for; 41,760 minutes are allowed. Who is gone for good is not told things for long."""
RENEWED = timedelta(days=6)
"""Of its life that is left when it is renewed: every two days, so that a long outage costs none."""


class Event(StrEnum):
    """What the directory says of a subscription itself; others than these are events too."""

    REAUTHORIZE = "reauthorizationRequired"
    REMOVED = "subscriptionRemoved"
    """Documented for mail and chats alone; who takes it for true looks first."""


@dataclass(frozen=True, slots=True)
class Key:
    """What a notification names; no subscription yet while the answer to the one who makes it is out."""

    subscription_id: str
    secret: str

    def opens(self, subscription_id: str, secret: str) -> bool:
        """Compare the secret in the same time however much of it is right."""
        same = hmac.compare_digest(self.secret.encode(), secret.encode(errors="replace"))
        return same and self.subscription_id in ("", subscription_id)


@dataclass(frozen=True, slots=True)
class Kept:
    """What is noted of our subscription: where it leads to, its key, and the one before that."""

    url: str
    keys: tuple[Key, ...]

    @property
    def subscription_id(self) -> str:
        """Return the id of the one that stands; empty where that is not known."""
        return self.keys[0].subscription_id if self.keys else ""

    def opens(self, subscription_id: str, secret: str) -> bool:
        """Tell whether a notification is ours."""
        return any(key.opens(subscription_id, secret) for key in self.keys)

    def with_key(self, url: str, key: Key) -> "Kept":
        """Return what is noted with a key before those that there are, of which the first stays."""
        before = [one for one in self.keys if one.secret != key.secret]
        return Kept(url, (key, *before[:1]))


NOTHING = Kept("", ())


def written(kept: Kept, seal: Callable[[str], str]) -> str:
    """Write it for the store; the secrets are sealed."""
    keys = [{"id": key.subscription_id, "secret": seal(key.secret)} for key in kept.keys]
    return json.dumps({"url": kept.url, "keys": keys})


def read(note: str | None, unseal: Callable[[str], str | None]) -> Kept:
    """Read it again; a key whose secret nobody can open any more is none."""
    if not note:
        return NOTHING
    found = json.loads(note)
    opened = [(one["id"], unseal(one["secret"])) for one in found["keys"]]
    return Kept(found["url"], tuple(Key(of, secret) for of, secret in opened if secret is not None))


def is_to_renew(until: datetime, now: datetime) -> bool:
    return until - now < RENEWED
