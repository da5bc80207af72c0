"""The subscriptions that stand: who is told that a user has changed, and what of the subscription itself."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

from sandbox.ledger import Ledger
from sandbox.story import Story
from sandbox.switches import Switches

Json = dict[str, Any]
LONGEST, SHORTEST = timedelta(minutes=41_760), timedelta(minutes=45)
NEAR_ITS_END = timedelta(hours=12)


def written(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.0000000Z"


@dataclass(eq=False)
class Subscription:
    """One subscription: its properties, and what no property tells."""

    props: Json
    until: datetime
    is_asked: bool = False
    """Whether its app was asked to authorize it again and has not; nothing is sent meanwhile, nor later."""

    @property
    def id(self) -> str:
        return str(self.props["id"])

    def drawn(self, *, secret: bool = False) -> Json:
        """Return it as Graph shows it; its `clientState` is told to whoever makes it, and never again."""
        hidden = {} if secret else {"clientState": None}
        return {**self.props, "expirationDateTime": written(self.until), **hidden}

    def item(self, tenant_id: str) -> Json:
        """Return what every notification says of its subscription."""
        return {
            "subscriptionId": self.id,
            "subscriptionExpirationDateTime": written(self.until),
            "clientState": self.props["clientState"],
            "tenantId": tenant_id,
        }


@dataclass
class Subscribed:
    """All of them; they outlive a reset, as the app that made them does. `post` sends a body somewhere."""

    story: Story
    switches: Switches
    ledger: Ledger
    post: Callable[[str, Json], None] = lambda _, __: None
    standing: dict[str, Subscription] = field(default_factory=dict)

    def alive(self) -> Iterator[Subscription]:
        """Yield those that have not expired; the others are gone for good."""
        now = datetime.now(UTC)
        for one in list(self.standing.values()):
            if one.until > now:
                yield one
            else:
                del self.standing[one.id]
                self.ledger.record("subscription.expired", id=one.id)

    def changed(self, user: str, change: str = "updated") -> None:
        """Tell who wants to know it; those at one address get it in one body."""
        items = [
            (one.props["notificationUrl"], self._change(one, user, change))
            for one in self.alive()
            if change in one.props["changeType"].split(",") and not one.is_asked
            if one.props["resource"].strip("/") in ("users", f"users/{user}")
        ]
        for url, told in groupby(sorted(items, key=lambda item: item[0]), key=lambda item: item[0]):
            self.post(url, {"value": [item for _, item in told]})

    def event(self, name: str) -> None:
        """Say something of each subscription itself, where it has an address for that."""
        for one in self.alive():
            one.is_asked = one.is_asked or name == "reauthorizationRequired"
            if url := one.props["lifecycleNotificationUrl"]:
                self.post(url, {"value": [{**one.item(self.story.tenant_id), "lifecycleEvent": name}]})

    def drop(self) -> None:
        """Take all of them away and say so, which Graph documents for mail and chats alone."""
        self.event("subscriptionRemoved")
        for one in list(self.alive()):
            del self.standing[one.id]
            self.ledger.record("subscription.removed", id=one.id)

    def age(self, by: timedelta) -> None:
        """Let all of them be so much older; an app hears of it, once, when the end is near."""
        for one in self.standing.values():
            one.until -= by
        if any(one.until - datetime.now(UTC) < NEAR_ITS_END for one in self.alive()):
            self.event("reauthorizationRequired")

    def _change(self, one: Subscription, user: str, change: str) -> Json:
        data = {"@odata.type": "#Microsoft.Graph.User", "@odata.id": f"Users/{user}", "id": user}
        told = {"changeType": change, "resource": f"Users/{user}", "resourceData": data}
        return {**one.item(self.story.tenant_id), **told}
