"""`/audit` over HTTP: for auditors, for requestors about their own, and for nobody else."""

from tests.clinic import INVITE, Clinic
from tests.journeys.acts import audited, settled
from tests.journeys.test_who_may_see import said

ANA, LABEL, NONE = "ana@fabrikam.com", "R-1001", "R-1999"


async def test_an_auditor_is_shown_what_has_happened_and_that_they_looked_is_an_entry(clinic: Clinic) -> None:
    await clinic.say("megan", INVITE, "channel")
    await settled(clinic)
    await clinic.post("/teams/control", app={"as": "henrietta", "action": "add"})
    answer, _ = await said(clinic, "henrietta", f"/audit {LABEL}", "personal")
    assert "Megan Bowen asked" in answer
    [looked] = [
        one async for one in clinic.guestlist.store.audit_entries() if one.fact.what == "audit.looked"
    ]
    assert looked.fact.request_id is not None
    assert looked.fact.subject is not None
    assert looked.fact.actor is not None
    answer, _ = await said(clinic, "henrietta", f"/audit {ANA}", "personal")
    assert "Henrietta" in answer.split("looked at this audit")[0]
    assert len(await audited(clinic, "audit.looked")) == 2


async def test_a_requestor_is_shown_their_own_in_their_own_chat_wherever_they_ask(clinic: Clinic) -> None:
    await clinic.say("megan", INVITE, "channel")
    await settled(clinic)
    for line in (f"/audit {LABEL}", f"/audit {ANA}"):
        before_all, own = await said(clinic, "megan", line, "channel")
        assert "Megan Bowen asked" not in before_all
        assert "Megan Bowen asked" in own
    assert await audited(clinic, "audit.looked") == []


async def test_a_requestor_is_not_told_who_looked_or_was_refused_to(clinic: Clinic) -> None:
    await clinic.say("megan", INVITE, "channel")
    await settled(clinic)
    await clinic.post("/teams/control", app={"as": "henrietta", "action": "add"})
    for who in ("henrietta", "alex"):
        for _ in range(5):
            await said(clinic, who, f"/audit {LABEL}", "personal")
    for line in (f"/audit {LABEL}", f"/audit {ANA}"):
        _, own = await said(clinic, "megan", line, "channel")
        assert "Megan Bowen asked" in own
        assert "page 1 of 1" in own
        assert "Henrietta" not in own
        assert "Alex" not in own
    answer, _ = await said(clinic, "henrietta", f"/audit {LABEL}", "personal")
    assert "Alex Wilber was refused" in answer


async def test_others_hear_what_they_would_of_no_such_request_and_that_is_an_entry(clinic: Clinic) -> None:
    await clinic.say("megan", INVITE, "channel")
    await settled(clinic)
    for where in ("personal", "channel"):
        for who in ("alex", "diego"):
            answer, _ = await said(clinic, who, f"/audit {LABEL}", where)
            none, _ = await said(clinic, who, f"/audit {NONE}", where)
            assert answer.replace("1001", "1999") == none
            assert f"There is no request {NONE}" in none
    refused = await audited(clinic, "act.refused")
    assert [one["act"] for one in refused] == ["audit"] * 4
    answer, _ = await said(clinic, "diego", f"/audit {ANA}", "personal")
    none, _ = await said(clinic, "diego", "/audit nobody@fabrikam.com", "personal")
    assert answer == none
    assert "nothing about this address that you may see" in answer


async def test_pages_are_typed_and_the_last_is_the_last(clinic: Clinic) -> None:
    await clinic.say("megan", INVITE, "channel")
    await settled(clinic)
    await clinic.post("/teams/control", app={"as": "henrietta", "action": "add"})
    for _ in range(9):
        await said(clinic, "henrietta", f"/audit {LABEL}", "personal")
    first, _ = await said(clinic, "henrietta", f"/audit {LABEL}", "personal")
    assert "page 1 of 2" in first
    assert f"/audit {LABEL} page 2" in first
    last, _ = await said(clinic, "henrietta", f"/audit {LABEL} page 9", "personal")
    assert "page 2 of 2" in last
    assert "Megan Bowen asked" in last
    assert "page 3" not in last
