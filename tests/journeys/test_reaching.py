"""Reaching approvers who never had the app: installed for them, named in the thread, or said at once."""

from tests.clinic import INVITE, Clinic, spoken, until
from tests.journeys.acts import approve, audited, settled, told, waiting_for
from tests.journeys.around import happen

REFERRAL = "/invite ana@fabrikam.com to Referral Desk for 30d because of the referrals"


async def test_an_approver_who_never_had_the_app_gets_it_where_guestlist_may_install_it(
    clinic: Clinic,
) -> None:
    await clinic.switch(installPermission=True)
    await clinic.say("megan", INVITE, "channel")

    await approve(clinic, "nia")

    await clinic.card("diego", "Delivered", "channel")
    nia = clinic.story.person("nia")["id"]
    assert [one["detail"]["person"] for one in await clinic.ledger("app.installed")] == [nia]
    assert [one["person"] for one in await audited(clinic, "app.installing")] == [nia]
    assert "cannot message" not in str(await clinic.messages("diego", "channel"))


async def test_an_approver_who_cannot_be_reached_is_named_in_the_thread_and_decides_by_typing(
    clinic: Clinic,
) -> None:
    await clinic.say("megan", INVITE, "channel")
    named = spoken(await clinic.card("diego", "/approve R-1001", "channel"))
    assert "Guestlist cannot message Nia Chen" in spoken(
        await clinic.card("diego", "cannot message", "channel")
    )
    assert "ana@fabrikam.com" not in named

    await clinic.post("/teams/control", app={"as": "nia", "action": "add"})
    assert "R-1001 is approved" in await told(clinic, "nia", "/approve R-1001")

    await clinic.card("diego", "Delivered", "channel")
    assert await clinic.ledger("app.installed") != [], "she added it herself"


async def test_an_approver_who_joins_a_team_that_has_the_bot_is_asked_in_their_own_chat(
    clinic: Clinic,
) -> None:
    await clinic.say("megan", INVITE, "channel")
    assert "Nia Chen" in spoken(await clinic.card("diego", "cannot message", "channel"))
    await settled(clinic)
    await happen(clinic, "megan", "join", "Partner onboarding", member="nia")
    await approve(clinic, "nia")
    assert "cannot message" not in spoken(await clinic.card("diego", "Delivered", "channel"))
    assert await clinic.ledger("app.installed") == []


async def test_where_nobody_can_be_reached_the_request_says_so_at_once(clinic: Clinic) -> None:
    await clinic.say("diego", REFERRAL)

    async def all_are_named() -> bool:
        said = spoken(await clinic.card("diego", "Guestlist cannot message"))
        return all(name in said.partition("cannot message")[2] for name in ("Henrietta", "Joni", "Nia"))

    await until(all_are_named, "the request names who cannot be reached")
    await clinic.card("diego", "Each can type /approve R-1001 to Guestlist")

    await clinic.post("/teams/control", app={"as": "joni", "action": "add"})
    await clinic.card("joni", "1 request waits for your decision")
    assert "R-1001 is approved" in await told(clinic, "joni", "/approve R-1001")
    await clinic.card("diego", "Delivered")


async def test_an_approver_who_removed_the_app_is_reached_through_their_team(clinic: Clinic) -> None:
    await clinic.post("/teams/control", app={"as": "alex", "action": "remove"})
    await clinic.say("megan", INVITE, "channel")
    await waiting_for(clinic)

    await clinic.post("/teams/control", app={"as": "lidia", "action": "remove"})
    await clinic.say("megan", "/invite ana@fabrikam.com to Patient Portal for 30d because of the tests")
    await clinic.card("megan", "Guestlist cannot message Lidia Holloway")


async def test_while_the_connector_is_down_no_card_is_lost(clinic: Clinic) -> None:
    await clinic.place("alex", "personal")
    await clinic.say("megan", "/help")  # who was never met would have to be looked up in the channel's roster
    await clinic.fault(match={"path": "/connector/"}, mix={"503-before": 1.0})
    await clinic.say("megan", INVITE, "channel")

    async def tried() -> bool:
        calls = await clinic.ledger("connector.call")
        return len([one for one in calls if one["detail"]["status"] == 503]) > 2

    await until(tried, "the cards were tried")
    await clinic.post("/sandbox/faults/clear")

    await approve(clinic)
    await clinic.card("diego", "Delivered", "channel")
