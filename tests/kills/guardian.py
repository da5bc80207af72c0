"""Somebody who protects an app, and has that enforced, taken back and removed, whoever dies meanwhile."""

import asyncio
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from tests.clinic import Clinic
from tests.journeys.acts import told
from tests.kills.grounds import Away, Ground

WISH = '/protect "Lab Results" mfa locations "Clinic network" send'
_ACTS = (("enforce", "enforced"), ("watch", "watching"), ("remove", "removed"))
_AGAIN, _LOOK = 0.7, 0.1
_CODE = re.compile(r"/protect R-\d+ enforce ([0-9a-f]{8})")


@dataclass(slots=True)
class Guardian:
    """Megan asks and Isaiah decides, again and again until it is enough, wherever that is."""

    clinic: Clinic
    ground: Ground
    enough: asyncio.Event = field(default_factory=asyncio.Event)

    async def live(self) -> None:
        while not self.enough.is_set():
            label = await self._made()
            for act, state in _ACTS:
                while not (done := await self._stands(state)) and not self.enough.is_set():
                    await self._order(label, act)
                    await asyncio.sleep(_AGAIN)
                if not done:
                    return

    async def _stands(self, state: str) -> bool:
        return bool((await self._newest())["guard"]["state"] == state)

    async def _made(self) -> str:
        before = (await self._newest()).get("number", 0)
        while (body := await self._newest()).get("number", 0) == before:
            await self.clinic.say("megan", WISH)
            await asyncio.sleep(_AGAIN)
        label = f"R-{body['number']}"
        while (body := await self._newest())["state"] != "delivered":
            if body["state"] == "pendingApproval":
                await self.clinic.say("isaiah", f"/approve {label}")
            elif body["state"] == "deliveryFailed":
                await self.clinic.say("megan", f"/retry {label}")
            await asyncio.sleep(_AGAIN)
        return label

    async def _order(self, label: str, act: str) -> None:
        if (await self._newest())["guard"]["doing"]:
            return
        line = f"/protect {label} {act}"
        said = await told(self.clinic, "isaiah", line)
        if found := _CODE.search(said):
            await self.clinic.say("isaiah", f"{line} {found[1]}")

    async def _newest(self) -> Mapping[str, Any]:
        """Return the newest protection, as it is stored."""
        while True:
            with suppress(Away):
                bodies = [json.loads(body) for (body,) in await self.ground.rows(_BODIES)]
                return next((one for one in bodies if one["kind"] == "protect"), {})
            await asyncio.sleep(_LOOK)


_BODIES = "SELECT body FROM requests ORDER BY number DESC"
