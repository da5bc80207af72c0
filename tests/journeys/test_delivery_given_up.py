"""A failed delivery over HTTP: taken up by what holds today, and given up whenever somebody wants that."""

from dataclasses import replace
from datetime import datetime, timedelta

from access.rules.changing import newer
from access.rules.model import AuditFact, Change, Record, Waived
from tests.clinic import INVITE, Clinic
from tests.journeys.acts import (
    a_delivery_fails_before_it_gives,
    audited,
    button,
    send,
    settled,
    shown,
    told,
)
from tests.journeys.test_undo import enabled


async def long_ago(clinic: Clinic, by: timedelta) -> None:
    """Let a waiver have approved the request, and its delivery have failed, so much earlier."""

    def older(record: Record, now: datetime) -> Change:
        before = record.request
        assert before.plan is not None
        assert before.failure is not None
        failed = replace(before.failure, at=before.failure.at - by)
        waived = Waived("Fabrikam", now - by, before.plan.hash, 1, 1)
        request = newer(before, now, waived=waived, failure=failed)
        return Change(request=request, audit=(AuditFact(what="a.test", request_id=request.request_id),))

    found = await clinic.guestlist.store.numbered(1001)
    assert found is not None
    await clinic.guestlist.store.change(found.request.request_id, older)


async def test_a_delivery_that_gave_nothing_is_given_up_by_its_button_and_the_same_asked_for_again(
    clinic: Clinic,
) -> None:
    await a_delivery_fails_before_it_gives(clinic)
    card = await clinic.card("megan", "Delivery failed")
    said = shown(await send(clinic, "megan", "personal", button(card, "assignment.remove")))
    assert "Megan Bowen gave the delivery up on" in said
    await clinic.card("megan", "Given up")
    await settled(clinic)
    assert await enabled(clinic) == [True], "the account stays"
    [fact] = await audited(clinic, "request.canceled")
    assert (fact["why"], fact["actor"]) == ("removed", clinic.story.person("megan")["id"])
    assert "Its delivery is given up" in await told(clinic, "megan", "/retry R-1001")
    await clinic.say("megan", INVITE, "channel")
    await clinic.card("alex", "R-1002")


async def test_after_thirty_days_no_retry_begins_it_and_the_lines_that_help_do(clinic: Clinic) -> None:
    await a_delivery_fails_before_it_gives(clinic)
    await long_ago(clinic, timedelta(days=31))
    said = await told(clinic, "megan", "/retry R-1001")
    assert "more than 30 days old" in said
    assert "Give it up with /remove R-1001, and ask anew with /invite." in said
    assert "To give it up, type /remove R-1001." in await told(clinic, "megan", "/cancel R-1001")
    assert "gives it up" in await told(clinic, "megan", "/extend R-1001 by 30d")
    assert "To give it up, type /remove R-1001." in await told(clinic, "megan", "/undo R-1001")
    assert "Given up" in await told(clinic, "megan", "/remove R-1001")
    await settled(clinic)
    assert await clinic.ledger("member.added") == []
    assert [one["actor"] for one in await audited(clinic, "request.canceled")] == [
        clinic.story.person("megan")["id"]
    ]
