"""The guest's way from the mail to the app, and what does not work on it."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from html import unescape

import pytest

from tests.sandbox.entra import Entra, opened

HOME = "https://health-records.contoso-health.com/"


@dataclass
class Browser:
    """Follows links and presses buttons; knows the page that it shows."""

    entra: Entra
    status: int = 0
    address: str = ""
    text: str = ""

    async def go(self, path: str, fields: dict[str, str] | None = None) -> str:
        url = path if path.startswith("http") else f"{self.entra.url}{path}"
        async with self.entra.http.request("POST" if fields else "GET", url, data=fields) as answer:
            self.status, self.address = answer.status, answer.url.path
            self.text = await answer.text()
        return self.heading

    @property
    def heading(self) -> str:
        found = re.search(r"<h1>(.*?)</h1>", self.text)
        return unescape(found[1]) if found else ""

    async def press(self, value: str, **fields: str) -> str:
        """Press the button of this value; the form's own hidden fields go along."""
        action = re.search(r'action="([^"]+)"', self.text)
        token = re.search(r'name="token" value="([^"]+)"', self.text)
        assert action, self.text
        assert token, self.text
        assert f'value="{value}"' in self.text
        return await self.go(action[1], {"token": token[1], "press": value, **fields})

    async def follow(self, label: str) -> str:
        found = re.search(rf'<a[^>]*href="([^"]+)"[^>]*>{label}</a>', self.text)
        assert found, self.text
        return await self.go(unescape(found[1]))

    def authenticator(self) -> str:
        found = re.search(r'<output id="authenticator">([^<]+)<', self.text)
        assert found, self.text
        return found[1]


@pytest.fixture
async def entra() -> AsyncIterator[Entra]:
    async with opened() as sandbox:
        yield sandbox


@pytest.fixture
def browser(entra: Entra) -> Browser:
    return Browser(entra)


async def mail(entra: Entra, link: str, to: str = "ana@fabrikam.com", words: str = "Welcome!") -> None:
    body = f'<p>{words}</p><p><a href="{link.replace("&", "&amp;")}">Accept invitation</a></p>'
    receivers = [{"emailAddress": {"address": to}}]
    content = {"contentType": "html", "content": body}
    message = {"subject": "Megan invites you", "body": content, "toRecipients": receivers}
    path = f"/users/{entra.story.raw['mailbox']['id']}/sendMail"
    assert (await entra.call("POST", path, {"message": message})).status == 202


async def invited(entra: Entra, to: str = "ana@fabrikam.com", redirect: str = "") -> str:
    answer = await entra.invite(to, **({"inviteRedirectUrl": redirect} if redirect else {}))
    await mail(entra, answer.body["inviteRedeemUrl"], to)
    return str(answer.body["invitedUser"]["id"])


async def state(entra: Entra, guest: str) -> str:
    return str((await entra.get(f"/users/{guest}", _select="externalUserState")).body["externalUserState"])


async def test_a_guest_with_an_organisation_account_gets_from_the_mail_into_the_app(
    entra: Entra, browser: Browser
) -> None:
    guest = await invited(entra)
    await entra.assign(guest)
    assert await browser.go("/guest/ana/inbox") == "Inbox of Ana Ruiz"
    assert "Welcome!" in browser.text
    assert await browser.follow("Accept invitation") == "Sign in"
    assert await browser.press("organisation") == "Permissions requested"
    assert "Contoso Health" in browser.text
    assert await state(entra, guest) == "PendingAcceptance"
    assert await browser.press("accept") == "Prove who you are"
    assert await state(entra, guest) == "Accepted"
    assert await browser.press("code", code="000 00") == "Prove who you are"
    assert "not the code" in browser.text
    assert await browser.press("code", code=browser.authenticator()) == "My Apps"
    assert await browser.follow("<span[^>]*>H</span>Health Records") == "Health Records"
    assert "You are in." in browser.text
    [accepted] = await entra.ledger("redemption.accepted")
    assert accepted["guest"] == guest


async def test_a_guest_with_only_an_address_signs_in_by_a_passcode_from_the_inbox(
    entra: Entra, browser: Browser
) -> None:
    await entra.switch(guestMfa=False)
    await invited(entra, "sam.carter@outlook.com")
    await browser.go("/guest/sam/inbox")
    assert await browser.follow("Accept invitation") == "Sign in"
    assert await browser.press("send") == "Sign in"
    reader = Browser(entra)
    await reader.go("/guest/sam/inbox")
    passcode = re.search(r"<h2>(\d{8})</h2>", reader.text)
    assert passcode
    await browser.press("code", code=str(int(passcode[1]) ^ 1).zfill(8))
    assert "not the passcode" in browser.text
    assert await browser.press("code", code=passcode[1]) == "Permissions requested"
    assert await browser.press("accept") == "My Apps"
    assert "No apps have been assigned" in browser.text
    assert [entry["to"] for entry in await entra.ledger("mail.sent")] == [["sam.carter@outlook.com"]]


async def test_an_app_that_comes_through_a_group_is_among_my_apps(entra: Entra, browser: Browser) -> None:
    await entra.switch(guestMfa=False)
    await entra.join("guests-health-records", await invited(entra))
    await browser.go("/guest/ana/inbox")
    await browser.follow("Accept invitation")
    await browser.press("organisation")
    await browser.press("accept")
    assert "Health Records" in browser.text
    assert await browser.go("/guest/app/billing") == "Billing"
    assert browser.status == 403


@pytest.mark.parametrize(
    ("redirect", "heading"), [(HOME, "Health Records"), ("https://elsewhere.example/", "You have accepted")]
)
async def test_an_invitation_leads_where_it_says(
    entra: Entra, browser: Browser, redirect: str, heading: str
) -> None:
    await entra.switch(guestMfa=False)
    await entra.assign(await invited(entra, redirect=redirect))
    await browser.go("/guest/ana/inbox")
    await browser.follow("Accept invitation")
    await browser.press("organisation")
    assert await browser.press("accept") == heading


async def test_the_home_organisations_second_factor_is_trusted_when_the_policy_says_so(
    entra: Entra, browser: Browser
) -> None:
    await entra.switch(inboundTrustMfa=True)
    await invited(entra)
    await browser.go("/guest/ana/inbox")
    await browser.follow("Accept invitation")
    await browser.press("organisation")
    assert await browser.press("accept") == "My Apps"


async def test_a_guest_who_does_not_consent_stays_pending(entra: Entra, browser: Browser) -> None:
    guest = await invited(entra)
    await browser.go("/guest/ana/inbox")
    await browser.follow("Accept invitation")
    await browser.press("organisation")
    assert await browser.press("cancel") == "You did not accept"
    assert await state(entra, guest) == "PendingAcceptance"


async def test_an_old_link_says_that_it_is_dead(entra: Entra, browser: Browser) -> None:
    await invited(entra)
    await browser.go("/guest/ana/inbox")
    await entra.invite()
    assert await browser.follow("Accept invitation") == "This invitation is no longer valid"
    assert browser.status == 410


async def test_a_guest_who_was_deleted_cannot_redeem(entra: Entra, browser: Browser) -> None:
    guest = await invited(entra)
    await browser.go("/guest/ana/inbox")
    await entra.call("DELETE", f"/users/{guest}")
    assert await browser.follow("Accept invitation") == "This invitation is no longer valid"


async def test_a_disabled_guest_cannot_sign_in(entra: Entra, browser: Browser) -> None:
    guest = await invited(entra)
    await entra.call("PATCH", f"/users/{guest}", {"accountEnabled": False})
    await browser.go("/guest/ana/inbox")
    await browser.follow("Accept invitation")
    assert await browser.press("organisation") == "You cannot sign in"


async def test_a_link_to_an_app_in_a_mail_opens_the_sandboxs_page_for_it(
    entra: Entra, browser: Browser
) -> None:
    await entra.switch(guestMfa=False)
    await entra.assign(await entra.guest())
    await entra.control("act", {"act": "accept", "address": "ana@fabrikam.com"})
    await mail(entra, HOME)
    await browser.go("/guest/ana/inbox")
    assert await browser.follow("Accept invitation") == "Sign in"
    assert await browser.press("organisation") == "Health Records"


@pytest.mark.parametrize("path", ["/guest/myapps", "/guest/app/health-records", "/guest/continue"])
async def test_nothing_is_shown_to_nobody(browser: Browser, path: str) -> None:
    assert await browser.go(path) == "Nobody is signed in"
    assert browser.status == 401


async def test_a_form_counts_only_with_its_token_and_on_the_page_that_is_due(
    entra: Entra, browser: Browser
) -> None:
    guest = await invited(entra)
    await browser.go("/guest/ana/inbox")
    await browser.follow("Accept invitation")
    await browser.go("/guest/signin", {"token": "forged", "press": "organisation"})
    assert browser.status == 403
    await browser.go("/guest/continue")
    token = re.search(r'name="token" value="([^"]+)"', browser.text)
    assert token
    assert await browser.go("/guest/consent", {"token": token[1], "press": "accept"}) == "Sign in"
    assert await state(entra, guest) == "PendingAcceptance"


async def test_nothing_that_people_wrote_acts_in_the_inbox(entra: Entra, browser: Browser) -> None:
    hostile = (
        "<script>alert(1)</script><img src=x onerror=alert(1)><b onclick='alert(1)'>Bold</b>"
        "<a href='javascript:alert(1)'>x</a><p style='background:url(https://a.example)'>y</p>&lt;i&gt;"
    )
    await mail(entra, "https://elsewhere.example/?a=1&b=2", words=hostile)
    await browser.go("/guest/ana/inbox")
    for bad in ("<script", "alert", "onclick", "<img", "javascript:", "url("):
        assert bad not in browser.text
    assert "<b>Bold</b>" in browser.text
    assert "&lt;i&gt;" in browser.text
    assert 'href="https://elsewhere.example/?a=1&amp;b=2"' in browser.text
    async with entra.http.get(f"{entra.url}/guest/ana/inbox") as answer:
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


async def test_anybody_with_an_address_has_an_inbox_and_nobody_else(browser: Browser) -> None:
    assert await browser.go("/guest/new@partner.example/inbox") == "Inbox of new@partner.example"
    await browser.go("/guest/nobody/inbox")
    assert browser.status == 404
