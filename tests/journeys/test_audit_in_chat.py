"""`/audit` over HTTP: for auditors, for requestors about their own, and for nobody else."""

from typing import Any

from tests.clinic import INVITE, Clinic
from tests.journeys.acts import audited, button, send, settled, shown
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


async def two_pages(clinic: Clinic) -> dict[str, Any]:
    """Return the first page of an audit of two, as Henrietta has it in her chat."""
    await clinic.say("megan", INVITE, "channel")
    await settled(clinic)
    await clinic.post("/teams/control", app={"as": "henrietta", "action": "add"})
    for _ in range(9):
        await said(clinic, "henrietta", f"/audit {LABEL}", "personal")
    return await clinic.card("henrietta", "page 1 of 2")


async def test_pages_are_turned_by_a_button_too_in_the_card_s_place(clinic: Clinic) -> None:
    card = await two_pages(clinic)
    count, looked = len(await clinic.messages("henrietta")), len(await audited(clinic, "audit.looked"))
    turned = await clinic.press("henrietta", card, "audit.page")
    assert "page 2 of 2" in shown(turned)
    assert "Megan Bowen asked" in shown(turned)
    back = await send(clinic, "henrietta", "personal", turned["shown"]["card"]["actions"][0])
    assert "page 1 of 2" in shown(back)
    assert len(await clinic.messages("henrietta")) == count
    assert len(await audited(clinic, "audit.looked")) == looked + 2, (
        "that somebody looked on is an entry, too"
    )


async def test_nonsense_for_a_page_shows_one_that_there_is(clinic: Clinic) -> None:
    card = await two_pages(clinic)
    for page in ("", "two", -3, 0, 10**12, 1.5, None, True, ["2"], {"page": 2}, "\u0662", "9" * 400):
        answer = await send(clinic, "henrietta", "personal", button(card, "audit.page", page=page))
        assert "Audit · page" in shown(answer), page


async def test_a_page_is_shown_to_whoever_presses_as_if_they_had_typed_it(clinic: Clinic) -> None:
    card = await two_pages(clinic)
    other = button(card, "audit.page", page=1)
    await clinic.say("alex", "/help")
    answer = await send(clinic, "alex", "personal", other)
    assert f"There is no request {LABEL}" in shown(answer)
    forged = button(
        card,
        "audit.page",
        page=1,
        about=ANA,
        actor="henrietta",
        person=clinic.story.person("henrietta")["id"],
    )
    assert "nothing about this address that you may see" in shown(
        await send(clinic, "alex", "personal", forged)
    )
    assert {one["act"] for one in await audited(clinic, "act.refused")} == {"audit"}
    for about in ("", "*", None, ["R-1001"], {"R-1001": 1}, "R-1001 R-1002", f"{ANA} {ANA}"):
        answer = await send(clinic, "henrietta", "personal", button(card, "audit.page", about=about))
        assert "/audit R-1042" in shown(answer)
