"""The rows of a typeahead: titles by which two of one name are told apart, and the values they stand for."""

from collections import Counter
from collections.abc import Sequence

from access.rules.model import App, Guest
from cards.words import cleaned

Rows = tuple[tuple[str, str], ...]
_BEGINNING = 8


def app_rows(apps: Sequence[App]) -> Rows:
    names = Counter(cleaned(app.name).casefold() for app in apps)

    def title(app: App) -> str:
        name = cleaned(app.name)
        return f"{name} ({app.app_id[:_BEGINNING]})" if names[name.casefold()] > 1 else name

    return tuple((title(app), str(app.object_id)) for app in apps)


def guest_rows(guests: Sequence[Guest]) -> Rows:
    """Return each guest with the address, which is the value, too: people write it themselves elsewhere."""
    return tuple((_guest(cleaned(one.name), cleaned(one.address)), one.address) for one in guests)


def _guest(name: str, address: str) -> str:
    return f"{name} ({address})" if name and name != address else address
