"""A guest leaves the directory over HTTP: what is shown first, what Graph is asked, and the way back."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from access.rules.changing import newer
from access.rules.model import DEFAULT_ACCESS, AuditFact, Change, JobKind, JobStatus, Record
from tests.clinic import Clinic, spoken
from tests.journeys.acts import (
    ana_is_given_health_records,
    audited,
    button,
    send,
    settled,
    shown,
    told,
)

ANA = "ana@fabrikam.com"
REMOVE = f"/remove {ANA} from the directory because the contract has ended"
NOW = REMOVE.replace("directory because", "directory now because")
NONE = "there is no guest with this address all of whose apps and groups are yours"
LABEL = "R-1002"


@pytest.fixture
async def given(clinic: Clinic) -> Clinic:
    """Return a clinic in which Ana has Health Records, and Entra's log tells at once."""
    await clinic.switch(auditLag=0)
    await ana_is_given_health_records(clinic)
    return clinic


async def guests(clinic: Clinic) -> list[dict[str, Any]]:
    return [one for one in (await clinic.get("/sandbox/state"))["guests"] if one["mail"] == ANA]


async def days_pass(clinic: Clinic, **by: float) -> None:
    """Let what sleeps in the removal be due so much earlier."""
    (found, *_) = await clinic.guestlist.store.requested_by(clinic.story.person("megan")["id"], 1)

    def earlier(record: Record, now: Any) -> Change:
        rows = [
            replace(job, due_at=job.due_at - timedelta(**by))
            for job in record.jobs.values()
            if job.kind is JobKind.ACCOUNT and job.status is JobStatus.READY
        ]
        fact = AuditFact(what="a.test", request_id=record.request.request_id)
        return Change(request=newer(record.request, now), jobs=tuple(rows), audit=(fact,))

    await clinic.guestlist.store.change(found.request.request_id, earlier)
    await settled(clinic)


async def removed(clinic: Clinic) -> None:
    assert f"{LABEL} has begun" in await told(clinic, "megan", NOW)
    await clinic.card("megan", "Blocked")
    await settled(clinic)


async def test_what_ana_loses_is_shown_first_and_a_press_blocks_her(given: Clinic) -> None:
    answer = await told(given, "megan", REMOVE)
    assert "Nothing is removed yet" in answer
    assert "Apps: Health Records" in answer
    assert "In 7 days the account is deleted." in answer
    [ana] = await guests(given)
    assert ana["accountEnabled"]
    cards = [one for one in await given.messages("megan") if one["card"]]
    press = button(cards[-1], "account.remove")
    done = await send(given, "megan", "personal", press, inputs={"justification": "The contract has ended"})
    assert f"{LABEL} has begun" in shown(done)
    card = await given.card("megan", "Blocked")
    assert "cannot sign in, as read back from the directory" in spoken(card)
    [ana] = await guests(given)
    assert not ana["accountEnabled"]
    assert len(await given.ledger("user.signedOut")) == 1
    await given.card("diego", "has blocked the guest's account", "channel")


async def test_ana_is_deleted_after_a_week_and_comes_back_with_the_app(given: Clinic) -> None:
    await removed(given)
    await days_pass(given, days=6)
    assert await guests(given)
    await days_pass(given, days=1)
    await given.card("megan", "can be restored with everything it had")
    assert await guests(given) == []
    await given.card("diego", "The guest was deleted", "channel")
    assert "wanted the account back" in await told(given, "megan", f"/restore {ANA}")
    card = await given.card("megan", "is in the directory again")
    assert "Restored" in spoken(card)
    [ana] = await guests(given)
    assert ana["accountEnabled"]
    assert "Health Records" in str(ana)
    await settled(given)
    await given.card("diego", "accepts the invitation", "channel")
    whats = [entry.fact.what async for entry in given.guestlist.store.audit_entries()]
    for what in ("account.blocked", "account.deleted", "account.restoring", "account.restored"):
        assert whats.count(what) == 1, what
    assert len(await given.ledger("user.deleted")) == len(await given.ledger("user.restored")) == 1


async def test_the_button_of_the_removal_restores(given: Clinic) -> None:
    await removed(given)
    await told(given, "megan", f"/show {LABEL}")
    cards = [one for one in await given.messages("megan") if one["card"]]
    answer = await send(given, "megan", "personal", button(cards[-1], "account.restore"))
    assert "wanted the account back" in shown(answer) or "Restored" in shown(answer)
    await given.card("megan", "is in the directory again")
    [ana] = await guests(given)
    assert ana["accountEnabled"]


async def test_the_guests_card_offers_the_removal_and_after_it_the_way_back(given: Clinic) -> None:
    answer = await told(given, "megan", f"/guest {ANA}")
    assert f"/remove {ANA} from the directory" in answer
    cards = [one for one in await given.messages("megan") if one["card"]]
    asked = shown(await send(given, "megan", "personal", button(cards[-1], "account.ask")))
    assert "Nothing is removed yet" in asked
    await removed(given)
    answer = await told(given, "megan", f"/guest {ANA}")
    assert f"{LABEL} is the removal of Ana from the directory." in answer
    assert "On " in answer
    assert "the account is deleted" in answer
    assert "tenant admin" not in answer
    cards = [one for one in await given.messages("megan") if one["card"]]
    await send(given, "megan", "personal", button(cards[-1], "account.restore"))
    await given.card("megan", "is in the directory again")
    answer = await told(given, "megan", f"/guest {ANA}")
    assert "is the removal of" not in answer


async def test_the_removal_is_offered_to_nobody_who_may_not_and_no_look_of_it_is_noted(given: Clinic) -> None:
    """Alex decides on Ana's request, and owns but one of her apps after somebody gave her another."""
    assert "To remove the guest" in await told(given, "alex", f"/guest {ANA}")
    await given.act(act="assign", address=ANA, app="imaging-viewer", role=DEFAULT_ACCESS)
    answer = await told(given, "alex", f"/guest {ANA}")
    assert "To remove the guest" not in answer
    assert await audited(given, "act.refused") == []


async def test_nobody_else_may_and_learns_nothing(given: Clinic) -> None:
    for typed in (REMOVE, NOW, REMOVE.replace("ana@", "nobody@")):
        assert NONE in await told(given, "diego", typed)
    assert "no removed guest with this address" in await told(given, "diego", f"/restore {ANA}")
    refused = [one["actor"] for one in await audited(given, "act.refused") if one["refused"] == "NotTheirs"]
    assert set(refused) == {given.story.person("diego")["id"]}
    assert len(await guests(given)) == 1


async def test_a_member_and_nonsense_are_answered_and_nothing_is_done(given: Clinic) -> None:
    assert NONE in await told(given, "megan", REMOVE.replace(ANA, "alexw@contoso-health.com"))
    assert "Write the guest's address" in await told(given, "megan", "/restore")
    assert "There is no request R-4711" in await told(given, "megan", "/restore R-4711")
    assert "It has removed no guest from the directory" in await told(given, "megan", "/restore R-1001")
    assert await given.ledger("user.changed") == []


async def test_in_a_channel_the_answer_is_for_who_asked_alone(given: Clinic) -> None:
    before = len(await given.messages("diego", "channel"))
    await given.say("megan", REMOVE, "channel")
    await settled(given)
    seen = [one for one in await given.messages("diego", "channel") if one["from"]["bot"]]
    assert all("Nothing is removed yet" not in spoken(one) for one in seen if one["card"])
    assert len(await given.messages("diego", "channel")) <= before + 1


async def test_a_removal_without_a_justification_says_what_is_missing(given: Clinic) -> None:
    missing = "Nothing is removed: say why"
    for typed in ("now", "now because"):
        assert missing in await told(given, "megan", f"/remove {ANA} from the directory {typed}")
    assert missing not in await told(given, "megan", f"/remove {ANA} from the directory")
    cards = [one for one in await given.messages("megan") if one["card"]]
    press = button(cards[-1], "account.remove")
    assert missing in shown(await send(given, "megan", "personal", press, inputs={"justification": " "}))
    [ana] = await guests(given)
    assert ana["accountEnabled"]
