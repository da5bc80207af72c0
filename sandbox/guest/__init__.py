"""What a guest sees: inbox, invitation, sign-in, consent, second factor, My Apps."""

import re
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from aiohttp import web

from sandbox.entra.mailbox import Mail
from sandbox.entra.passage import Passage
from sandbox.entra.signins import signed_in
from sandbox.entra.tenant import Json, Thing, stamp
from sandbox.guest import gate, gates, pages
from sandbox.guest.visits import ORGANISATION, Outsider, Visit

if TYPE_CHECKING:
    from sandbox.app import World

COOKIE = "sandbox-guest"
_NOT_CONSENTED, _DISABLED, _NOT_ASSIGNED = 65004, 50057, 50105
MY_APPS = "https://myapplications.microsoft.com/"
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
            known = gate.here(self._world.tenant, link)
            return f"/guest/{quote(who.key)}/open?to={quote(link, safe='')}" if known else link

        mails = self._world.tenant.inboxes.get(who.address.lower(), [])
        return html(pages.inbox(who, reversed(mails), local))

    async def open(self, request: web.Request) -> web.StreamResponse:
        """Follow a link to My Apps or to an app, as somebody who has no session yet."""
        to = request.query.get("to", MY_APPS)
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

    def _missing(self, visit: Visit) -> str:
        """Return the page that must come before the target, or nothing."""
        guest = self._guest(visit)
        if not visit.signed_in:
            return "signin"
        if guest is None or not guest.props["accountEnabled"]:
            return "refused"
        if guest.props["externalUserState"] != "Accepted":
            return "consent"
        return gate.PAGES[self._passage(visit, guest).step]

    def _passage(self, visit: Visit, guest: Thing) -> Passage:
        return gate.passage_of(self._world.tenant, visit, guest)

    def _note(self, visit: Visit, step: str, *, allowed: bool = True) -> Json | None:
        """Tell the sign-in log how far somebody got, each outcome at an app once; return the entry."""
        guest, app = self._guest(visit), gate.app_at(self._world.tenant, visit.target)
        if guest is None or step in ("signin", "consent"):
            return None
        passage = self._passage(visit, guest) if step != "refused" else None
        code = (passage.code if allowed else _NOT_ASSIGNED) if passage else _DISABLED
        key = (code, app and app.id, passage and passage.by)
        if key not in visit.told:
            shown = gate.seen(self._world.tenant, visit, passage)
            visit.told[key] = signed_in(self._world.tenant, guest, code, app, shown)
        return visit.told[key]

    def _draw(self, visit: Visit, step: str, wrong: str = "") -> web.Response:
        tenant, guest = self._world.tenant, self._guest(visit)
        match step:
            case "signin":
                return html(pages.sign_in(visit, self._inviting, self._chooser(visit), wrong=wrong))
            case "consent":
                return html(pages.consent(visit, self._inviting, self._domain))
            case "mfa":
                first = guest is not None and guest.id not in tenant.registered
                return html(pages.second_factor(visit, self._inviting, first=first, wrong=wrong))
            case "terms" if guest is not None:
                terms = gate.terms_named(tenant, self._passage(visit, guest).terms)
                return html(gates.terms(visit, self._inviting, terms))
            case "blocked":
                entry = self._note(visit, step) or {}
                place = gate.place_of(tenant, visit)["name"]
                return html(gates.blocked(visit, entry, place), 403)
        text = f"{visit.outsider.address} has no account at {self._inviting} that may sign in."
        return html(pages.notice("You cannot sign in", text, visit.outsider), 403)

    def _chooser(self, visit: Visit) -> str:
        known = {key: one["name"] for key, one in gate.places(self._world.tenant).items()}
        return gates.chooser(visit, gate.PLATFORMS, known)

    async def go_on(self, request: web.Request) -> web.StreamResponse:
        """Show what is missing, else go where the invitation leads."""
        visit = self._visit(request)
        if visit is None:
            return html(pages.notice("Nobody is signed in", "Open the link in your mail again."), 401)
        step = self._missing(visit)
        if step:
            self._note(visit, step)
            return self._draw(visit, step)
        here = gate.here(self._world.tenant, visit.target)
        if here is None:
            self._note(visit, step)
            text = f"The invitation leads to {visit.target}, which is outside this sandbox."
            return html(pages.notice("You have accepted", text, visit.outsider))
        raise web.HTTPSeeOther(here)

    # -- what is pressed ----------------------------------------------------------------------------------

    async def pressed(self, request: web.Request) -> web.StreamResponse:
        """Take a form's press, which counts only on the page that is due."""
        visit, given = self._visit(request), await request.post()
        if visit is None or not secrets.compare_digest(str(given.get("token", "")), visit.form_token):
            return html(pages.notice("This page is out of date", "Open the link in your mail again."), 403)
        step, due = request.match_info["step"], self._missing(visit)
        if step == "leave":
            visit.leave()
        if step == "signin" == due:
            visit.platform = str(given.get("platform", visit.platform))
            visit.place = str(given.get("place", visit.place))
        if step == due:
            press, code = str(given.get("press", "")), re.sub(r"\s", "", str(given.get("code", "")))
            acts = {
                "signin": self._sign_in,
                "consent": self._consent,
                "mfa": self._verify,
                "terms": self._agree,
            }
            wrong = acts[step](visit, press, code)
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
        guest = self._guest(visit)
        if guest is not None and guest.id not in self._world.tenant.registered:
            self._world.tenant.registered.add(guest.id)
            self._world.ledger.record("method.registered", guest=guest.id, address=guest.props["mail"])
        visit.second_factor = True
        return None

    def _agree(self, visit: Visit, press: str, _: str) -> web.Response | None:
        guest = self._guest(visit)
        if guest is None or press != "accept":
            text = "Without the terms of use you do not get to it. You can come back and accept them."
            return html(pages.notice("You did not accept the terms", text, visit.outsider))
        key = self._passage(visit, guest).terms
        self._world.tenant.agreed.add((guest.id, key))
        name = gate.terms_named(self._world.tenant, key)
        self._world.ledger.record("terms.accepted", address=guest.props["mail"], name=name)
        return None

    # -- what is behind it --------------------------------------------------------------------------------

    async def my_apps(self, request: web.Request) -> web.StreamResponse:
        visit, guest = self._inside(request, MY_APPS)
        self._note(visit, "")
        return html(pages.my_apps(visit, self._inviting, self._world.tenant.apps_of(guest)))

    async def app(self, request: web.Request) -> web.StreamResponse:
        visit, guest = self._inside(request, request.rel_url.raw_path)
        thing = gate.app_at(self._world.tenant, visit.target)
        if thing is not None:
            allowed = thing in self._world.tenant.apps_of(guest) and bool(thing.props["accountEnabled"])
            self._note(visit, "", allowed=allowed)
            text = pages.app(visit, thing.props["displayName"], allowed=allowed)
            return html(text, 200 if allowed else 403)
        return html(pages.notice("No such app", "The app is not there any more.", visit.outsider), 404)

    def _inside(self, request: web.Request, target: str) -> tuple[Visit, Thing]:
        """Return who is signed in and may get there, or send them to what is missing."""
        visit = self._visit(request)
        if visit is not None:
            visit.target = target
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
    return [*gets, web.post("/guest/{step:signin|consent|mfa|terms|leave}", guest.pressed)]
