"""What would be given for an app, as far as that is decided."""

from dataclasses import dataclass, replace

from access.rules.clues import Unread
from access.rules.model import App, Give
from access.rules.tenant_facts import AppFacts


@dataclass(frozen=True, slots=True)
class Given:
    """The app, and what would be given: one thing, or else what there is to choose from."""

    app: App
    give: Give | None = None
    to_choose: tuple[Give, ...] = ()


def named_give(given: Given | None, app: AppFacts | Unread | None) -> Give | None:
    """Return what would be given, a group by the name that was read."""
    give = given.give if given else None
    named = isinstance(app, AppFacts) and app.group
    return replace(give, name=named) if give and named else give
