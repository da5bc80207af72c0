"""A backup is put back, on both databases: what was done after it is told, and nothing is done twice."""

import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from access.rules.audit import verify
from bot.settings import Settings
from tests import backups
from tests.backups import Database
from tests.clinic import Clinic, environment, guestlist_in, open_sandbox, spoken, until
from tests.journeys.acts import audited, settled, shown, told


@pytest.fixture(params=["sqlite", "postgres"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    made = await backups.make(request.param, tmp_path)
    yield made
    await made.drop()


def settings(clinic: Clinic, database: Database, alarms: str) -> Settings:
    own = {"GUESTLIST_DATABASE_URL": database.url, "GUESTLIST_ALARM_CONVERSATION": alarms}
    read = Settings.read({**environment(clinic.url, Path()), **own})
    assert isinstance(read, Settings), read
    return read


async def invite(clinic: Clinic, name: str) -> str:
    """Ask for a guest and return the number of the request."""
    await clinic.say("megan", f"/invite {name}@fabrikam.com to Health Records for 90d because of the audit")
    card = await clinic.card("alex", f"{name}@fabrikam.com")
    return str(re.findall(r"R-\d+", spoken(card))[0])


async def deliver(clinic: Clinic, label: str) -> None:
    assert f"{label} is approved" in await told(clinic, "alex", f"/approve {label}")
    await settled(clinic)
    assert "Delivered" in spoken(await clinic.card("megan", label))


async def effects(clinic: Clinic) -> Counter[str]:
    """Count invitations, memberships and mails."""
    kinds = ("invitation.created", "user.created", "member.added", "mail.sent")
    return Counter({kind: len(await clinic.ledger(kind)) for kind in kinds})


async def test_after_a_restore_effects_are_told_and_not_repeated_and_lost_cards_say_so(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    async with AsyncExitStack() as stack:
        clinic = await stack.enter_async_context(open_sandbox())
        alarms = await clinic.place("megan", "channel")
        at = settings(clinic, database, alarms)
        async with guestlist_in(clinic, at):
            delivered, decided, waiting = [await invite(clinic, name) for name in ("ana", "ben", "cleo")]
            await deliver(clinic, delivered)
            await clinic.fault(match={"method": "POST", "path": "/invitations$"}, do="hold", times=1)
            await told(clinic, "alex", f"/approve {decided}")
            await until(lambda: clinic.get("/sandbox/held"), "the invitation of the second is under way")
            await database.back_up()
            await clinic.post("/sandbox/held/release")
            await deliver(clinic, waiting)
            lost, pressed = await invite(clinic, "dana"), await invite(clinic, "eve")
            await deliver(clinic, lost)
        before = await effects(clinic)
        assert before == {"invitation.created": 4, "user.created": 4, "member.added": 4, "mail.sent": 4}

        await database.put_back()
        async with guestlist_in(clinic, at):
            card = await until(
                lambda: said(clinic, "already has an account"), "what was found is on the card"
            )
            assert "access to Health Records and the mail" in spoken(card)
            assert waiting in spoken(card)
            await settled(clinic)
            assert await effects(clinic) == before, "nothing was done again, and nothing was taken back"
            assert "Delivered" in spoken(await clinic.card("megan", decided))

            alarm = await until(lambda: posted(clinic, "The database was restored"), "the operator is told")
            assert f"{waiting}: guest, access, mail of guest" in alarm
            assert f"{lost}: mail, guest, access of guest" in alarm
            assert caplog.text.count(alarm) == 1
            assert "fabrikam" not in caplog.text
            await lost_cards_say_so(clinic, lost, pressed)

            await approve_again(clinic, waiting)
            assert await effects(clinic) == before, "the guest was there, with access and mail"
            assert int((await invite(clinic, "finn"))[2:]) > 11_000
            kinds = [one["effect"] for one in await audited(clinic, "restore.effect-found")]
            assert Counter(kinds) == {"guest": 2, "access": 2, "mail": 2}
            entries = [entry async for entry in clinic.guestlist.store.audit_entries()]
            assert verify(entries) is None


async def said(clinic: Clinic, words: str) -> object:
    found = [one for one in await clinic.messages("alex") if one["card"] and words in spoken(one)]
    return found[-1] if found else None


async def posted(clinic: Clinic, words: str) -> str:
    texts = [one["text"] or "" for one in await clinic.messages("megan", "channel")]
    return next((text for text in texts if words in text), "")


async def lost_cards_say_so(clinic: Clinic, lost: str, pressed: str) -> None:
    """Name and press what the database does not know; what nobody ever had stays simply unknown."""
    card = await clinic.card("alex", pressed)
    answer = shown(await clinic.press("alex", card, "approval.approve"))
    assert "unknown since restore" in answer
    assert "Send it again with /invite" in answer
    for act in (f"/approve {lost}", f"/deny {lost} no", f"/retry {lost}", f"/cancel {pressed}"):
        assert "unknown since restore" in await told(clinic, "alex", act)
    assert "There is no request R-7" in await told(clinic, "alex", "/approve R-7")


async def approve_again(clinic: Clinic, label: str) -> None:
    """Approve what the restore has made undecided: the guest is there now, which is new to its plan."""
    card = await clinic.card("alex", label)
    moved = shown(await clinic.press("alex", card, "approval.approve"))
    assert "The guest's account: Invited before, not accepted" in moved
    await clinic.press("alex", await clinic.card("alex", "Approve as shown"), "approval.approve")
    await settled(clinic)
    assert "Delivered" in spoken(await clinic.card("megan", label))
