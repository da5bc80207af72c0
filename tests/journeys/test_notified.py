"""Change notifications: the thread hears at once who has accepted, and nothing that is sent does any harm."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from access.rules.subscribing import Key
from bench.processes import free_port
from bot.graph.notified import CHANGED, LIFECYCLE
from bot.settings import Settings
from tests.clinic import (
    INVITE,
    TOKEN,
    Clinic,
    environment,
    guestlist_in,
    open_clinic,
    open_sandbox,
    spoken,
    until,
)
from tests.journeys.acts import approve, settled

RARELY = {"GUESTLIST_DELTA_SECONDS": "3600"}
"""An hour between two readings of the delta: what is told sooner was told by a notification."""


def public(port: int) -> dict[str, str]:
    return {"GUESTLIST_PORT": str(port), "GUESTLIST_PUBLIC_URL": f"http://127.0.0.1:{port}", **RARELY}


@pytest.fixture
async def notified(tmp_path: Path) -> AsyncIterator[Clinic]:
    async with open_clinic(tmp_path, changed=public(free_port())) as clinic:
        await subscribed(clinic)
        yield clinic


async def subscribed(clinic: Clinic, count: int = 1) -> None:
    async def look() -> bool:
        return len(await clinic.ledger("subscription.created")) >= count

    await until(look, f"subscription {count} stands")


async def invited(clinic: Clinic) -> None:
    await clinic.say("megan", INVITE, "channel")
    await approve(clinic)
    await clinic.card("megan", "Delivered", "channel")
    await settled(clinic)


async def asked(clinic: Clinic) -> int:
    """Return how often the delta was asked for."""
    calls = await clinic.ledger("graph.call")
    return sum(call["detail"]["path"] == "/users/delta" for call in calls)


async def key_of(clinic: Clinic) -> Key:
    """Return what a notification of the subscription that stands names."""
    kept = await clinic.guestlist.readers.notified.subscribing.kept()
    key: Key = kept.keys[0]
    return key


async def item(clinic: Clinic, **other: Any) -> dict[str, Any]:
    """Return a true notification, but for what is said otherwise."""
    key = await key_of(clinic)
    data = {"@odata.type": "#Microsoft.Graph.User", "@odata.id": "Users/x", "id": "x"}
    told = {"changeType": "updated", "resource": "Users/x", "resourceData": data}
    own = {"subscriptionId": key.subscription_id, "clientState": key.secret}
    return {**told, **own, "tenantId": clinic.story.tenant_id, **other}


async def post(clinic: Clinic, *items: dict[str, Any], path: str = CHANGED) -> int:
    url = f"{clinic.guestlist.settings.public_url}{path}"
    async with clinic.http.post(url, json={"value": items}) as answer:
        assert await answer.text() == ""
        return answer.status


async def woken(clinic: Clinic, before: int, act: Awaitable[object]) -> None:
    """Do something, and wait until the delta was asked for more often than before."""
    await act

    async def look() -> bool:
        return await asked(clinic) > before

    await until(look, "the delta is asked for")


async def judged(clinic: Clinic) -> bool:
    return not clinic.guestlist.readers.notified._doubts


async def test_an_acceptance_is_told_by_a_notification_long_before_the_delta_is_due(notified: Clinic) -> None:
    await invited(notified)
    await notified.act(act="accept", address="ana@fabrikam.com")
    await notified.card("megan", "✓ Ana accepted", "channel")
    await notified.card("megan", "✓ Ana accepted")


async def test_a_guest_who_is_deleted_and_put_back_is_waited_for_again(notified: Clinic) -> None:
    await woken(notified, await asked(notified), invited(notified))  # from here on the delta tells
    (made,) = await notified.ledger("invitation.created")
    await notified.act(act="deleteGuest", address="ana@fabrikam.com")
    await notified.card("megan", "Guest deleted before accepting", "channel")
    url = f"{notified.url}/v1.0/directory/deletedItems/{made['detail']['guest']}/restore"
    async with notified.http.post(url, headers={"Authorization": f"Bearer {TOKEN}"}) as answer:
        assert answer.status == 200
    await notified.card("megan", "Next: Ana accepts the invitation", "channel")
    await notified.act(act="accept", address="ana@fabrikam.com")
    await notified.card("megan", "✓ Ana accepted", "channel")


async def test_many_that_are_forged_are_answered_as_all_are_and_told_to_nobody(notified: Clinic) -> None:
    await invited(notified)
    await woken(notified, await asked(notified), post(notified, await item(notified)))
    before = await asked(notified)
    forged = await item(notified, clientState="guessed")
    for _ in range(5):
        answers = await asyncio.gather(*(post(notified, forged) for _ in range(100)))
        assert set(answers) == {202}
    await until(partial(judged, notified), "they are judged")
    assert await asked(notified) <= before + 2, "but for one that was under way, and its echo"


async def test_a_flood_wakes_the_delta_once_a_second_at_most(notified: Clinic) -> None:
    await invited(notified)
    true = await item(notified)
    before, begun = await asked(notified), asyncio.get_running_loop().time()
    flood = asyncio.gather(*(post(notified, true, true) for _ in range(300)))
    await woken(notified, before, flood)
    assert set(await flood) == {202}
    seconds = asyncio.get_running_loop().time() - begun
    assert await asked(notified) - before <= 3 + seconds


async def test_what_a_notification_says_of_a_guest_is_not_believed(notified: Clinic) -> None:
    """It may be late, and whoever knew the secret could invent it: the delta is read, which knows nothing."""
    await invited(notified)
    data = {"id": str(notified.story.person("megan")["id"]), "externalUserState": "Accepted"}
    late = await item(notified, resourceData=data, subscriptionExpirationDateTime="2020-01-01T00:00:00Z")
    await woken(notified, await asked(notified), post(notified, late))
    await settled(notified)
    thread = [one for one in await notified.messages("megan", "channel") if one["card"]]
    assert not [one for one in thread if "accepted" in spoken(one)]


async def test_when_graph_asks_whether_we_may_still_have_it_it_is_authorized_again(notified: Clinic) -> None:
    await notified.act(act="ageSubscriptions", minutes=8 * 24 * 60 - 60)

    async def again() -> bool:
        return bool(await notified.ledger("subscription.reauthorized"))

    async def renewed() -> bool:
        return bool(await notified.ledger("subscription.renewed"))

    await until(again, "it is authorized again")
    await until(renewed, "its end was near")
    assert len(await notified.ledger("subscription.created")) == 1


async def test_one_that_graph_has_removed_is_made_anew_at_once_and_an_acceptance_is_told(
    notified: Clinic,
) -> None:
    """Graph names the event for mail and chats alone so far; a look tells whether it is true."""
    await invited(notified)
    gone = await key_of(notified)
    await notified.act(act="dropSubscriptions")
    await subscribed(notified, 2)

    async def known() -> bool:
        return (await key_of(notified)).subscription_id not in ("", gone.subscription_id)

    await until(known, "the new one is known")
    await notified.act(act="accept", address="ana@fabrikam.com")
    await notified.card("megan", "✓ Ana accepted", "channel")


async def test_that_it_was_removed_is_looked_into_once_and_not_believed(notified: Clinic) -> None:
    async def looks() -> int:
        calls = [one["detail"] for one in await notified.ledger("graph.call")]
        return sum((one["method"], one["path"]) == ("GET", "/subscriptions") for one in calls)

    async def looked() -> bool:
        return await looks() > before

    await invited(notified)
    before = await looks()
    said = await item(notified, lifecycleEvent="subscriptionRemoved")
    for _ in range(3):
        assert await post(notified, said, said, path=LIFECYCLE) == 202
    await until(looked, "somebody looks")
    assert await post(notified, said, path=LIFECYCLE) == 202
    await woken(notified, await asked(notified), post(notified, await item(notified)))
    assert await looks() == before + 1
    assert len(await notified.ledger("subscription.created")) == 1


async def test_what_nobody_has_heard_of_yet_wakes_the_delta_too(notified: Clinic) -> None:
    await invited(notified)
    said = notified.act(act="sayOfSubscriptions", event="somethingNew")
    await woken(notified, await asked(notified), said)


async def test_the_same_subscription_serves_after_a_restart_and_another_address_gets_another(
    tmp_path: Path,
) -> None:
    async with open_sandbox() as clinic:
        for count, port in ((1, (one := free_port())), (1, one), (2, free_port())):
            environ = environment(clinic.url, tmp_path / "guestlist.db") | public(port)
            settings = Settings.read(environ)
            assert isinstance(settings, Settings), settings
            async with guestlist_in(clinic, settings):
                await subscribed(clinic, count)
                await until(partial(looked_at, clinic), "it was looked at")
        assert len(await clinic.ledger("subscription.ended")) == 1


async def looked_at(clinic: Clinic) -> bool:
    return clinic.guestlist.readers.notified.subscribing._look_at is not None


async def test_without_a_public_address_there_is_neither_subscription_nor_endpoint(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as clinic:
        paths = {route.resource.canonical for route in clinic.guestlist.application.router.routes()}
        assert CHANGED not in paths
        assert not [one for one in await clinic.ledger("graph.call") if "subscr" in one["detail"]["path"]]


async def test_an_address_that_graph_does_not_reach_is_told_to_the_operator_and_the_delta_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    nowhere = {"GUESTLIST_PUBLIC_URL": f"http://127.0.0.1:{free_port()}"}

    async def told() -> bool:
        return "No change notifications come from Entra" in caplog.text

    async with open_clinic(tmp_path, changed=nowhere) as clinic:
        await until(told, "the operator is told")
        assert f"it has to reach {nowhere['GUESTLIST_PUBLIC_URL']}" in caplog.text
        await invited(clinic)
        await clinic.act(act="accept", address="ana@fabrikam.com")
        await clinic.card("megan", "✓ Ana accepted", "channel")
