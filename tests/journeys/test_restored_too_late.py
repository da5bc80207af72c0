"""`/restore` after thirty days, over HTTP: by our clock, by the directory's, and by both."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from access.rules.changing import newer
from access.rules.model import AuditFact, Change, JobKind, JobStatus, Record
from tests.clinic import Clinic, spoken
from tests.journeys.acts import ana_is_given_health_records, audited, button, send, settled, shown, told
from tests.journeys.test_from_directory import ANA, LABEL, days_pass, guests, removed

RESTORE = f"/restore {ANA}"
TOO_LATE = "Entra keeps a deleted account for 30 days. The time is over, so nobody can restore it."
ANEW = f'/invite {ANA} to "APP"'


@pytest.fixture
async def gone(clinic: Clinic) -> Clinic:
    """Return a clinic in which Ana had Health Records, was removed, and is deleted."""
    await clinic.switch(auditLag=0)
    await ana_is_given_health_records(clinic)
    await removed(clinic)
    await days_pass(clinic, days=7)
    await clinic.card("megan", "can be restored with everything it had")
    return clinic


async def our_days_pass(clinic: Clinic, days: float) -> None:
    """Let Ana have been deleted for longer, as far as Guestlist's own clock knows."""
    by = timedelta(days=days)
    (found, *_) = await clinic.guestlist.store.requested_by(clinic.story.person("megan")["id"], 1)

    def earlier(record: Record, now: datetime) -> Change:
        given = record.request.account
        assert given is not None
        assert given.deleted_at is not None
        assert given.gone_at is not None
        given = replace(given, deleted_at=given.deleted_at - by, gone_at=given.gone_at - by)
        rows = [
            replace(job, due_at=job.due_at - by)
            for job in record.jobs.values()
            if job.kind is JobKind.ACCOUNT and job.status is JobStatus.READY
        ]
        fact = AuditFact(what="a.test", request_id=record.request.request_id)
        request = newer(record.request, now, account=given)
        request = replace(request, changed_at=record.request.changed_at - by)
        return Change(request=request, jobs=tuple(rows), audit=(fact,))

    await clinic.guestlist.store.change(found.request.request_id, earlier)


async def the_directorys_days_pass(clinic: Clinic, days: float) -> None:
    await clinic.act(act="ageDeleted", days=days)


async def pressed_again(clinic: Clinic, card: dict[str, Any]) -> str:
    return shown(await send(clinic, "megan", "personal", button(card, "account.restore")))


async def nothing_came_back(clinic: Clinic) -> None:
    assert await guests(clinic) == []
    assert await clinic.ledger("user.restored") == []
    refused = [one for one in await audited(clinic, "act.refused") if one["refused"] == "TooLate"]
    assert {one["actor"] for one in refused} == {clinic.story.person("megan")["id"]}


async def test_after_thirty_days_by_both_clocks_the_answer_is_to_invite_anew(gone: Clinic) -> None:
    card = await gone.card("megan", "can be restored with everything it had")
    await our_days_pass(gone, 30)
    await the_directorys_days_pass(gone, 30)
    await settled(gone)
    for answer in (
        await told(gone, "megan", RESTORE),
        await told(gone, "megan", f"/restore {LABEL}"),
        await pressed_again(gone, card),
    ):
        assert TOO_LATE in answer
        assert ANEW in answer
    await gone.card("megan", "Gone for good")
    await nothing_came_back(gone)
    await gone.card("diego", "Ended", "channel")
    await gone.say("megan", f'/invite {ANA} to "Health Records" for 90d because she is back')
    await gone.card("megan", "R-1003")


async def test_the_directory_that_lets_go_early_is_believed_and_the_card_says_so(gone: Clinic) -> None:
    await our_days_pass(gone, 29)
    await the_directorys_days_pass(gone, 30)
    answer = await told(gone, "megan", RESTORE)
    assert "Entra has let go of the account before its 30 days, so nobody can restore it." in answer
    assert ANEW in answer
    card = await gone.card("megan", "Gone for good")
    assert "/restore" not in spoken(card)
    await gone.card("diego", "Ended", "channel")
    await nothing_came_back(gone)
    assert len(await audited(gone, "account.let-go")) == 1


async def test_a_restore_that_finds_nothing_any_more_is_told_to_whoever_wanted_it(gone: Clinic) -> None:
    """Deleted a moment ago by our clock, so that the answer waits for what the directory lists."""
    await the_directorys_days_pass(gone, 30)
    assert "wanted the account back" in await told(gone, "megan", RESTORE)
    card = await gone.card("megan", "Gone for good")
    assert "Nobody can restore Ana any more." in spoken(card)
    assert await guests(gone) == []


async def test_our_time_is_over_though_the_directory_is_late(gone: Clinic) -> None:
    await our_days_pass(gone, 30)
    assert TOO_LATE in await told(gone, "megan", RESTORE)
    await settled(gone)
    answer = await told(gone, "megan", f"/show {LABEL}")
    assert "Nobody can restore Ana any more." in answer
    assert "/restore" not in answer
    await nothing_came_back(gone)
