"""What a guest sees: inbox, invitation, sign-in, consent, second factor, My Apps."""

import re
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from aiohttp import web

from sandbox.entra.mailbox import Mail
from sandbox.entra.signins import signed_in
from sandbox.entra.tenant import Thing, stamp
from sandbox.guest import pages
from sandbox.guest.visits import ORGANISATION, Outsider, Visit

if TYPE_CHECKING:
    from sandbox.app import World

COOKIE = "sandbox-guest"
_NOT_CONSENTED = 65004
MY_APPS_HOSTS = {"myapplications.microsoft.com", "myapps.microsoft.com"}
POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'self'"
)


def html(text: str, status: int = 200) -> web.Response:
    headers = {
        "Content-Security-Policy": POLICY,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
    }
    return web.Response(text=text, status=status, content_type="text/html", headers=headers)


class GuestPages:
    """The way from the mail to the app; the session's visit says how far somebody has come."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._inviting: str = world.story.raw["tenant"]["displayName"]
        self._domain: str = world.story.raw["tenant"]["verifiedDomains"][0]

    # -- mail ---------------------------------------------------------------------------------------------

    async def inbox(self, request: web.Request) -> web.StreamResponse:
        who = self._outsider(request)

        def local(link: str) -> str:
            there = urlsplit(link)
            if there.path == "/guest/redeem":
                return f"{there.path}?{there.query}"
            known = self._here(link)
            return f"/guest/{quote(who.key)}/open?to={quote(link, safe='')}" if known else link

        mails = self._world.tenant.inboxes.get(who.address.lower(), [])
        return html(pages.inbox(who, reversed(mails), local))

    async def open(self, request: web.Request) -> web.StreamResponse:
        """Follow a link to My Apps or to an app, as somebody who has no session yet."""
        to = request.query.get("to", "https://myapplications.microsoft.com/")
        return self._begin(request, self._outsider(request), to)

    def _outsider(self, request: web.Request) -> Outsider:
        who = Outsider.of(self._world.story, request.match_info["key"])
        if who is None:
            raise web.HTTPNotFound(text="There is no guest of that name.")
        return who

    async def redeem(self, request: web.Request) -> web.StreamResponse:
        secret, tenant = request.query.get("ticket", ""), self._world.tenant
        for invitation in tenant.invitations:
            if invitation.alive and secrets.compare_digest(invitation.secret.encode(), secret.encode()):
                who = Outsider.of(self._world.story, invitation.address)
                if who is not None and invitation.guest in tenant.objects:
                    return self._begin(request, who, invitation.redirect)
        return html(pages.dead_link(), 410)

    def _begin(self, request: web.Request, who: Outsider, target: str) -> web.StreamResponse:
        """Start a visit; whoever is signed in already as the same person stays so."""
        visits, visit = self._world.visits, self._visit(request)
        answer = web.Response(status=303, headers={"Location": "/guest/continue"})
        if visit is not None and visit.outsider == who:
            visit.target = target
        else:
            session = visits.begin(who, target)
            answer.set_cookie(COOKIE, session, path="/guest", httponly=True, samesite="Lax")
        return answer

    # -- where the visit stands ---------------------------------------------------------------------------

    def _visit(self, request: web.Request) -> Visit | None:
        return self._world.visits.by_session.get(request.cookies.get(COOKIE, ""))

    def _guest(self, visit: Visit) -> Thing | None:
        found = self._world.tenant.by_address(visit.outsider.address)
        return found if found is not None and found.is_guest else None

    def _needs_second_factor(self, visit: Visit) -> bool:
        switches = self._world.switches
        trusted = switches["inboundTrustMfa"] and visit.outsider.provider == ORGANISATION
        return bool(switches["guestMfa"]) and not trusted and not visit.second_factor

    def _missing(self, visit: Visit) -> str:
        """Return the page that must come before the target, or nothing."""
        guest = self._guest(visit)
        if not visit.signed_in:
            return "signin"
        if guest is None or not guest.props["accountEnabled"]:
            return "refused"
        if guest.props["externalUserState"] != "Accepted":
            return "consent"
        return "mfa" if self._needs_second_factor(visit) else ""

    def _note(self, visit: Visit, step: str) -> None:
        """Tell the sign-in log how far somebody got, each outcome once a visit."""
        guest, code = self._guest(visit), {"refused": 50057, "mfa": 50076, "": 0}.get(step)
        if guest is not None and code is not None and code not in visit.told:
            visit.told.add(code)
            signed_in(self._world.tenant, guest, code)

    def _draw(self, visit: Visit, step: str, wrong: str = "") -> web.Response:
        match step:
            case "signin":
                return html(pages.sign_in(visit, self._inviting, wrong=wrong))
            case "consent":
                return html(pages.consent(visit, self._inviting, self._domain))
            case "mfa":
                return html(pages.second_factor(visit, self._inviting, wrong=wrong))
        text = f"{visit.outsider.address} has no account at {self._inviting} that may sign in."
        return html(pages.notice("You cannot sign in", text, visit.outsider), 403)

    def _here(self, link: str) -> str | None:
        """Return the sandbox's page for My Apps or for an app's home page."""
        if urlsplit(link).hostname in MY_APPS_HOSTS:
            return "/guest/myapps"
        for thing in self._world.tenant.objects.values():
            home = thing.props.get("homepage")
            if home and (link == home or link.rstrip("/") == home.rstrip("/")):
                return f"/guest/app/{quote(thing.key or thing.id)}"
        return None

    async def go_on(self, request: web.Request) -> web.StreamResponse:
        """Show what is missing, else go where the invitation leads."""
        visit = self._visit(request)
        if visit is None:
            return html(pages.notice("Nobody is signed in", "Open the link in your mail again."), 401)
        step = self._missing(visit)
        self._note(visit, step)
        if step:
            return self._draw(visit, step)
        here = self._here(visit.target)
        if here is None:
            text = f"The invitation leads to {visit.target}, which is outside this sandbox."
            return html(pages.notice("You have accepted", text, visit.outsider))
        raise web.HTTPSeeOther(here)

    # -- what is pressed ----------------------------------------------------------------------------------

    async def pressed(self, request: web.Request) -> web.StreamResponse:
        """Take a form's press, which counts only on the page that is due."""
        visit, given = self._visit(request), await request.post()
        if visit is None or not secrets.compare_digest(str(given.get("token", "")), visit.form_token):
            return html(pages.notice("This page is out of date", "Open the link in your mail again."), 403)
        step = request.match_info["step"]
        if step == self._missing(visit):
            press, code = str(given.get("press", "")), re.sub(r"\s", "", str(given.get("code", "")))
            wrong = {"signin": self._sign_in, "consent": self._consent, "mfa": self._verify}[step](
                visit, press, code
            )
            if isinstance(wrong, web.Response):
                return wrong
        raise web.HTTPSeeOther("/guest/continue")

    def _sign_in(self, visit: Visit, press: str, code: str) -> web.Response | None:
        who = visit.outsider
        if who.provider == ORGANISATION:
            visit.signed_in = True
        elif press == "send":
            visit.passcode = f"{secrets.randbelow(100_000_000):08}"
            body = f"<p>Your one-time passcode for {self._inviting} is:</p><h2>{visit.passcode}</h2>"
            subject = f"Your one-time passcode for {self._inviting}"
            mail = Mail("account-security@passcodes.example", [who.address], subject, body, stamp())
            self._world.tenant.inboxes.setdefault(who.address.lower(), []).append(mail)
            self._world.ledger.record("passcode.sent", to=[who.address])
        elif visit.passcode and secrets.compare_digest(code.encode(), visit.passcode.encode()):
            visit.signed_in, visit.passcode = True, ""
        else:
            return self._draw(visit, "signin", "That is not the passcode that was sent last.")
        return None

    def _consent(self, visit: Visit, press: str, _: str) -> web.Response | None:
        guest = self._guest(visit)
        if press != "accept" or guest is None:
            if guest is not None:
                signed_in(self._world.tenant, guest, _NOT_CONSENTED)
            text = f"Nothing was shared with {self._inviting}. The invitation stays open."
            return html(pages.notice("You did not accept", text, visit.outsider))
        self._world.tenant.accept(guest, visit.outsider.provider)
        return None

    def _verify(self, visit: Visit, _: str, code: str) -> web.Response | None:
        if not secrets.compare_digest(code.encode(), visit.authenticator.encode()):
            return self._draw(visit, "mfa", "That is not the code that your authenticator shows.")
        visit.second_factor = True
        return None

    # -- what is behind it --------------------------------------------------------------------------------

    async def my_apps(self, request: web.Request) -> web.StreamResponse:
        visit, guest = self._inside(request)
        return html(pages.my_apps(visit, self._inviting, self._world.tenant.apps_of(guest)))

    async def app(self, request: web.Request) -> web.StreamResponse:
        visit, guest = self._inside(request)
        key = request.match_info["key"]
        for thing in self._world.tenant.objects.values():
            if thing.type == "servicePrincipal" and key in (thing.key, thing.id):
                allowed = thing in self._world.tenant.apps_of(guest) and bool(thing.props["accountEnabled"])
                text = pages.app(visit, thing.props["displayName"], allowed=allowed)
                return html(text, 200 if allowed else 403)
        return html(pages.notice("No such app", "The app is not there any more.", visit.outsider), 404)

    def _inside(self, request: web.Request) -> tuple[Visit, Thing]:
        """Return who is signed in, or send them to what is missing."""
        visit = self._visit(request)
        if visit is not None and not self._missing(visit):
            guest = self._guest(visit)
            if guest is not None:
                return visit, guest
        raise web.HTTPSeeOther("/guest/continue")


def routes(world: "World") -> list[web.RouteDef]:
    guest = GuestPages(world)
    style = Path(__file__).parent / "style.css"

    async def stylesheet(_: web.Request) -> web.StreamResponse:
        return web.FileResponse(style)

    shown: dict[str, Callable[[web.Request], Awaitable[web.StreamResponse]]] = {
        "style.css": stylesheet,
        "redeem": guest.redeem,
        "continue": guest.go_on,
        "myapps": guest.my_apps,
        "app/{key}": guest.app,
        "{key}/inbox": guest.inbox,
        "{key}/open": guest.open,
    }
    gets = [web.get(f"/guest/{path}", handler) for path, handler in shown.items()]
    return [*gets, web.post("/guest/{step:signin|consent|mfa}", guest.pressed)]
