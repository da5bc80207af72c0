"""The Subscriptions port: change notifications on users, which name an id and nothing else."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from kiota_abstractions.request_information import RequestInformation
from msgraph.generated.models.subscription import Subscription

from access.ports import Missing, Refused, Subscribed, Unknown
from access.rules.causes import Cause
from bot.graph.client import Answer, GraphClient, Row
from bot.graph.notified import CHANGED, LIFECYCLE
from bot.graph.pacer import Kind, Priority
from bot.graph.shapes import path_id

_USERS = "users"  # which no filter narrows to guests
_CHANGES = "updated,deleted"  # who is created is updated, too; Graph refuses `created`
_HINTS: Mapping[Cause, str] = {
    Cause.RIGHTS_MISSING: "it needs Directory.Read.All or User.Read.All, and an app has 100 subscriptions",
    Cause.REFUSED: "it has to reach {url} and be answered there within ten seconds",
}


class GraphSubscriptions:
    """With its own token an application is told of its own subscriptions alone."""

    def __init__(self, client: GraphClient) -> None:
        self._client = client

    async def ours(self) -> Sequence[Subscribed]:
        request = self._client.sdk.subscriptions.to_get_request_information()
        pages = self._client.pages(request, kind=Kind.SUBSCRIPTION, priority=Priority.BACKGROUND)
        return [_read(row) async for row in pages if str(row.get("resource")).strip("/") == _USERS]

    async def subscribe(self, url: str, secret: str, until: datetime) -> Subscribed:
        """Graph posts to both addresses before it answers; the second cannot be named later."""
        body = Subscription(
            change_type=_CHANGES,
            resource=_USERS,
            notification_url=url + CHANGED,
            lifecycle_notification_url=url + LIFECYCLE,
            client_state=secret,
            expiration_date_time=until,
        )
        request = self._client.sdk.subscriptions.to_post_request_information(body)
        try:
            answer = await self._call(request)
        except Refused as error:
            hint = _HINTS.get(error.cause, "nothing is subscribed").format(url=url)
            raise type(error)(error.cause, f"{error}; {hint}", trace=error.trace) from error
        return _read(answer.body)

    async def renew(self, subscription_id: str, until: datetime) -> None:
        body = Subscription(expiration_date_time=until)
        await self._call(self._one(subscription_id).to_patch_request_information(body))

    async def reauthorize(self, subscription_id: str) -> None:
        await self._call(self._one(subscription_id).reauthorize.to_post_request_information())

    async def end(self, subscription_id: str) -> None:
        try:
            await self._call(self._one(subscription_id).to_delete_request_information())
        except Missing:
            return

    def _one(self, subscription_id: str) -> Any:
        return self._client.sdk.subscriptions.by_subscription_id(path_id(subscription_id))

    async def _call(self, request: RequestInformation) -> Answer:
        return await self._client.call(request, Kind.SUBSCRIPTION, priority=Priority.BACKGROUND)


def _read(row: Row) -> Subscribed:
    try:
        until = datetime.fromisoformat(row["expirationDateTime"]).astimezone(UTC)
        return Subscribed(str(row["id"]), str(row["notificationUrl"]).removesuffix(CHANGED), until)
    except (KeyError, TypeError, ValueError) as error:
        raise Unknown(Cause.UNAVAILABLE, "Graph's subscription could not be read") from error
