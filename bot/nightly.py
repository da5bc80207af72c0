"""The nightly look at the tenant's settings: what it reads, and whom it tells."""

from collections.abc import Sequence
from dataclasses import replace

from access.rules.model import ObjectId
from access.rules.watch_effects import Changed
from access.service.decide import Decisions
from access.service.settings_effects import Effects
from access.service.settings_watch import SettingsWatch
from bot.graph import Graph
from bot.settings import Settings
from bot.teams import Teams
from cards import settings_changed
from cards.look import Look
from cards.texts import ENGLISH


def settings_watch(
    settings: Settings, decisions: Decisions, graph: Graph, teams: Teams, house: Look
) -> SettingsWatch:
    """Return the look, whose card reads as the house does."""
    look = replace(house, shared=bool(settings.alarm_conversation))

    async def tell(changed: Changed, admins: Sequence[ObjectId]) -> None:
        said = settings_changed.draw(changed, replace(look, texts=ENGLISH))["fallbackText"]
        await teams.alarms.show(settings_changed.draw(changed, look), str(said), admins)

    effects = Effects(decisions.store, decisions.directory, graph.policies, graph.protection)
    return SettingsWatch(decisions, effects, graph.protection, tell, settings.time_zone)
