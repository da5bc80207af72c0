"""The pictures of cards, at addresses that nobody can guess and that lead nowhere after a day."""

import re
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web

from access.ports import Clock, Store
from access.rules.faced import Tally
from bot.bars import bar

LASTING = timedelta(days=1)
_PATH = "/api/charts/"
_SEALED = re.compile(r"bar (?P<until>[0-9]{1,12})(?P<parts>(?: [0-9]{1,9}){4})")


@dataclass(frozen=True, slots=True)
class Charts:
    """The address holds the figures, sealed by this installation, and nothing is kept for it."""

    store: Store
    clock: Clock
    public_url: str

    def url(self, tally: Tally) -> str:
        """Return where Teams fetches a bar, nothing where it can reach no picture of ours."""
        if not self.public_url.startswith("https://"):
            return ""
        until = int((self.clock.now() + LASTING).timestamp())
        figures = f"{tally.wholly} {tally.partly} {tally.unsure} {tally.none}"
        return f"{self.public_url.rstrip('/')}{_PATH}{self.store.seal(f'bar {until} {figures}')}.png"

    def routes(self) -> list[web.RouteDef]:
        return [web.get(f"{_PATH}{{sealed}}.png", self._drawn)]

    async def _drawn(self, request: web.Request) -> web.Response:
        opened = _SEALED.fullmatch(self.store.unseal(request.match_info["sealed"]) or "")
        if opened is None or int(opened["until"]) < self.clock.now().timestamp():
            raise web.HTTPNotFound
        headers = {"Cache-Control": "private, max-age=3600", "X-Content-Type-Options": "nosniff"}
        drawn = bar([int(part) for part in opened["parts"].split()])
        return web.Response(body=drawn, content_type="image/png", headers=headers)
