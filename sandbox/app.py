"""The sandbox as one application on one port: Graph, the guest's pages, control paths, the Teams half."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from sandbox import control, entra, guest, teams
from sandbox.caller import guard
from sandbox.entra import conditional, crowd
from sandbox.entra.courier import Courier
from sandbox.entra.subscribed import Subscribed
from sandbox.entra.tenant import Tenant
from sandbox.faults import Faults
from sandbox.guest.visits import Visits
from sandbox.ledger import Ledger
from sandbox.settings import Settings
from sandbox.story import Story
from sandbox.switches import Switches


@dataclass
class World:
    """Everything there is; `teams.routes` fills `channel`, and the halves meet only through here."""

    settings: Settings
    story: Story
    ledger: Ledger
    switches: Switches
    tenant: Tenant
    courier: Courier
    subscribed: Subscribed
    faults: Faults = field(default_factory=Faults)
    visits: Visits = field(default_factory=Visits)
    channel: Any = None

    def origin(self, request: web.Request) -> str:
        """Return the address at which the caller reached the sandbox."""
        return self.settings.origin or f"{request.scheme}://{request.host}"

    async def renew(self) -> None:
        """Put everything back to how the story begins; what was held is let go first."""
        self.faults.clear()
        await teams.stop(self)
        self.ledger.entries.clear()
        self.switches.reset()
        self.tenant = _tenant(self.settings, self.story, self.switches, self.ledger, self.subscribed)
        self.visits = Visits()
        await teams.start(self)


WORLD: web.AppKey[World] = web.AppKey("world", World)


def _tenant(
    settings: Settings, story: Story, switches: Switches, ledger: Ledger, subscribed: Subscribed
) -> Tenant:
    tenant = Tenant.of(story, switches, ledger)
    conditional.begin(tenant)
    crowd.add(tenant, settings.apps, settings.guests, settings.pending)
    tenant.subscribed = subscribed
    return tenant


def create(settings: Settings, story: Story | None = None) -> web.Application:
    """Build the sandbox, of the clinic unless another story is given."""
    story, ledger, switches = story or Story.load(), Ledger(), Switches(settings.switches)
    courier = Courier(switches, ledger)
    subscribed = Subscribed(story, switches, ledger, courier.post)
    tenant = _tenant(settings, story, switches, ledger, subscribed)
    world = World(settings, story, ledger, switches, tenant, courier, subscribed)
    app = web.Application(client_max_size=32 * 1024 * 1024, middlewares=[guard(settings)])
    app[WORLD] = world
    for half in (entra, guest, control, teams):
        app.add_routes(half.routes(world))

    async def running(_: web.Application) -> AsyncIterator[None]:
        await world.courier.open()
        await teams.start(world)
        yield
        world.faults.clear()
        await teams.stop(world)
        await world.courier.close()

    app.cleanup_ctx.append(running)
    return app
