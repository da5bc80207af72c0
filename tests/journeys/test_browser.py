"""The main job in a real browser: what each person of the story sees and presses, from /invite to My Apps."""

import re

from playwright.async_api import Browser, Locator, expect

from tests.browser import IN_A_BROWSER, Seat, open_seat
from tests.clinic import INVITE, Clinic

CHANNEL = "partner-onboarding"
CHAT = "guestlist"
ANA = "ana@fabrikam.com"
MESSAGE = "Welcome, Ana! The folder for the audit is the first thing you will see."
WHY = "She runs the March audit of the records that we share."

pytestmark = IN_A_BROWSER


async def fill_in(seat: Seat, form: Locator) -> None:
    """Fill every field of the form, choosing from what the bot finds."""
    await form.get_by_role("textbox", name="Guest's address").fill(ANA)
    await form.get_by_role("textbox", name="Guest's name").fill("Ana Ruiz")
    await form.get_by_role("combobox", name=re.compile(r"^App\b")).fill("hea")
    await form.get_by_role("option", name="Health Records").click()
    await form.get_by_role("combobox", name="Access in the app").fill("guests")
    await form.get_by_role("option", name="Health Records guests").click()
    await form.get_by_role("combobox", name="Term").select_option(label="180 days")
    await form.get_by_role("textbox", name="Justification").fill(WHY)
    await form.get_by_role("textbox", name="Personal message").fill(MESSAGE)
    await seat.look("form")
    await seat.picture("form", form, tall=True)


async def sign_in(seat: Seat, button: str) -> None:
    """As the guest in front of the inbox: open the newest mail's link, up to the sign-in page."""
    await seat.guest.get_by_role("link", name="Accept invitation").click()
    await seat.guest.get_by_role("button", name=button).click()


async def consent(seat: Seat) -> None:
    await expect(seat.guest.get_by_role("heading", name="Permissions requested")).to_be_visible()
    await seat.look("consent")
    await seat.picture("consent")
    await seat.guest.get_by_role("button", name="Accept", exact=True).click()


async def test_a_guest_is_asked_for_with_the_form_and_gets_in_and_everybody_is_told(
    clinic: Clinic, seat: Seat
) -> None:
    await seat.be("megan", CHANNEL)
    await seat.say("@Guestlist /invite")
    await (await seat.card("Invite a guest")).get_by_role("button", name="Fill in").click()
    form = seat.page.get_by_role("dialog", name="Invite a guest")
    await fill_in(seat, form)
    await form.get_by_role("button", name="Send request").click()
    await expect(form).to_have_count(0)
    waiting = await seat.card("Waiting for approval")
    await expect(waiting).to_contain_text("Alex Wilber or Nia Chen decides by")
    await expect(waiting).to_contain_text("Guestlist cannot message Nia Chen")
    message = await waiting.get_attribute("data-message")
    await seat.look("waiting")

    await seat.be("diego", CHANNEL)
    bystander = await seat.card("Waiting for approval")
    await expect(bystander).not_to_contain_text(ANA)
    await expect(bystander).not_to_contain_text("March audit")
    await expect(bystander.locator(".card").get_by_role("button")).to_have_count(0)

    await clinic.fault(match={"method": "POST", "path": "/members/"}, do="hold", times=1)
    await seat.be("alex", CHAT)
    card = await seat.undecided()
    for fact in ("Ana Ruiz, ana@fabrikam.com", "Group Health Records guests", "180 days", WHY, "Megan Bowen"):
        await expect(card).to_contain_text(fact)
    await seat.look("approver")
    await seat.picture("approver", card)
    await card.get_by_role("button", name="Show or hide details").click()
    await expect(card).to_contain_text(MESSAGE)
    await card.get_by_role("button", name="Approve").click()
    await seat.card("Delivering: step 3 of 5")

    await seat.be("megan", CHANNEL)
    await seat.card("Delivering: step 3 of 5")
    await seat.look("delivering")
    await clinic.post("/sandbox/held/release")
    delivered = await seat.card("✓ Delivered")
    assert await delivered.get_attribute("data-message") == message, "the card changes in place"
    await expect(seat.directory).to_contain_text("PendingAcceptance")
    await seat.look("delivered")

    await the_guest_of_an_organisation_accepts(seat)

    await seat.be("megan", CHANNEL)
    await seat.card("✓ Ana accepted")
    await clinic.guestlist.redemptions.go_round()  # tells nobody a second time
    await expect(seat.directory.get_by_text("Accepted", exact=True)).to_be_visible()
    await expect(seat.cards("Ana accepted on")).to_have_attribute("data-message", str(message))
    await seat.look("accepted")
    await seat.picture("accepted", seat.cards("Ana accepted on"))
    await seat.be("megan", CHAT)
    await seat.card("✓ Ana accepted")


async def the_guest_of_an_organisation_accepts(seat: Seat) -> None:
    """As Ana: the mail, the organisation's sign-in, consent, the second factor, the app and My Apps."""
    await seat.be("ana")
    mail = seat.guest.get_by_role("article")
    await expect(mail).to_have_count(1)
    await expect(mail).to_contain_text("Megan Bowen invites you to work in Health Records")
    await expect(mail).to_contain_text(MESSAGE)
    await seat.look("mail")
    await seat.picture("mail", mail)
    await sign_in(seat, "Sign in with Fabrikam Clinics")
    await consent(seat)
    shown = await seat.guest.locator("#authenticator").inner_text()
    await seat.look("second-factor")
    await seat.guest.get_by_label("Code from the app").fill(shown)
    await seat.guest.get_by_role("button", name="Verify").click()
    await expect(seat.guest.get_by_text("You are in.")).to_be_visible()
    await seat.guest.get_by_role("link", name="My Apps").click()
    await expect(seat.guest.get_by_role("link", name="Health Records")).to_be_visible()
    await seat.look("my-apps")


async def test_an_approver_who_never_had_the_app_decides_by_typing_and_a_late_press_changes_nothing(
    clinic: Clinic, seat: Seat, chromium: Browser
) -> None:
    await seat.be("megan", CHANNEL)
    await seat.page.get_by_role("button", name="Try this").click()
    await seat.page.keyboard.press("Enter")
    await seat.card("Nia can type @Guestlist /approve R-1001 here.")

    await seat.page.route("**/teams/events", lambda route: route.abort())  # a client that hears nothing new
    await seat.be("alex", CHAT)
    late = await seat.card("Waiting for your decision")
    async with open_seat(chromium, seat.origin, seat.folder) as other:
        await other.be("nia")
        await other.page.get_by_role("button", name="Add Guestlist").click()
        await other.say("/approve R-1001")
        await expect(other.page.get_by_role("log")).to_contain_text("R-1001 is approved.")
        await other.look("typed")
    await clinic.card("megan", "✓ Delivered", "channel")
    await late.get_by_role("button", name="Approve").click()
    await seat.page.unroute("**/teams/events")
    await seat.be("alex", CHAT)
    answer = await seat.card("Your Approve changed nothing")
    await expect(answer).to_contain_text("Nia Chen approved on")
    await expect(answer).to_contain_text("Delivered")
    await expect(answer.get_by_role("button", name="Approve")).to_have_count(0)
    await seat.look("late")
    assert len(await clinic.ledger("invitation.created")) == 1

    await seat.be("megan", CHANNEL)
    await seat.card("✓ Delivered")
    await expect(seat.directory).to_contain_text("PendingAcceptance")
    await seat.look("channel")
    await seat.picture("channel")


async def test_an_approver_gets_the_app_where_that_is_allowed_and_denies_once_with_a_justification(
    clinic: Clinic, seat: Seat
) -> None:
    await clinic.switch(installPermission=True)
    await clinic.say("megan", INVITE, "channel")
    await seat.be("nia", CHAT)
    card = await seat.undecided()
    await card.get_by_role("button", name="Deny").click()
    await card.get_by_role("button", name="Deny request").click()
    await expect(card).to_contain_text("Write a justification.")
    await card.get_by_role("textbox", name="Justification").fill("The audit moves to next year.")
    await seat.look("deny")
    await card.get_by_role("button", name="Deny request").click()
    await seat.card("✕ Denied")

    await seat.be("alex", CHAT)
    await expect(await seat.card("Nia Chen denied")).to_contain_text("Denied")
    await seat.be("megan", CHANNEL)
    denied = await seat.card("Denied")
    await expect(denied).to_contain_text("The audit moves to next year.")
    await seat.look("denied")
    await seat.picture("denied", denied)
    assert await clinic.ledger("invitation.created") == []


async def test_a_guest_without_an_account_gets_in_with_a_passcode_from_the_inbox(
    clinic: Clinic, seat: Seat
) -> None:
    line = "/invite Sam Carter <sam.carter@outlook.com> to Health Records for 30d because he tests the export"
    await seat.be("megan", CHAT)
    await seat.say(line)
    await seat.card("Waiting for approval")
    await seat.page.get_by_role("switch", name="Guests: MFA").uncheck()
    await clinic.say("alex", "/approve R-1001")
    await seat.card("✓ Delivered")

    await seat.be("sam")
    await sign_in(seat, "Send the passcode")
    await seat.look("passcode")
    await seat.guest.get_by_role("link", name="Inbox of Sam Carter").click()
    mail = seat.guest.get_by_role("article").filter(has_text="Your one-time passcode for Contoso Health is")
    passcode = await mail.get_by_role("heading").last.inner_text()
    await seat.look("passcode-mail")
    await seat.guest.get_by_role("link", name="Accept invitation").click()
    await seat.guest.get_by_label("One-time passcode").fill("00000000")
    await seat.guest.get_by_role("button", name="Sign in").click()
    await expect(seat.guest.get_by_role("alert")).to_be_visible()
    await seat.guest.get_by_label("One-time passcode").fill(passcode)
    await seat.guest.get_by_role("button", name="Sign in").click()
    await consent(seat)
    await expect(seat.guest.get_by_text("You are in.")).to_be_visible()
    await seat.guest.get_by_role("link", name="My Apps").click()
    await expect(seat.guest.get_by_role("link", name="Health Records")).to_be_visible()

    await seat.be("megan", CHAT)
    await seat.card("✓ Sam accepted")


async def test_a_guest_of_the_directory_gets_a_further_app_and_the_lists_say_what_stands_where(
    clinic: Clinic, seat: Seat
) -> None:
    await clinic.say("megan", INVITE, "channel")
    await clinic.card("alex", "Waiting for your decision")
    await clinic.say("alex", "/approve R-1001")
    await clinic.card("megan", "Delivered", "channel")
    await clinic.act(act="accept", address=ANA)
    await clinic.card("megan", "✓ Ana accepted")

    await seat.be("megan", CHAT)
    await seat.say(f"/assign {ANA} to Patient Portal for 30d because the audit needs the portal too")
    await seat.card("Lidia Holloway decides by")
    await seat.be("lidia", CHAT)
    await seat.say("/approvals")
    await expect(await seat.card("Approvals · page 1 of 1")).to_contain_text("Ana")
    await seat.look("approvals")
    card = await seat.undecided()
    await expect(card).to_contain_text("Clinician")
    await card.get_by_role("button", name="Approve").click()
    await seat.card("✓ Delivered")

    await seat.be("ana")
    await seat.look("second-mail")
    await seat.guest.get_by_role("link", name="Open Patient Portal").click()
    await seat.guest.get_by_role("button", name="Sign in with Fabrikam Clinics").click()
    await seat.guest.get_by_label("Code from the app").fill(
        await seat.guest.locator("#authenticator").inner_text()
    )
    await seat.guest.get_by_role("button", name="Verify").click()
    await expect(seat.guest.get_by_text("You are in.")).to_be_visible()
    await seat.guest.get_by_role("link", name="My Apps").click()
    await expect(seat.guest.get_by_role("listitem")).to_have_text(
        [re.compile("Health Records"), re.compile("Patient Portal")]
    )

    await seat.be("megan", CHAT)
    await seat.say("/requests")
    mine = await seat.card("Your requests: 2")
    await expect(mine).to_contain_text("Health Records")
    await expect(mine).to_contain_text("Patient Portal")
    await seat.look("requests")
    await seat.say("/help")
    await expect(await seat.card("What you can type")).to_contain_text("/assign")
    await seat.look("help")
