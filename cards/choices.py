"""The rows of a typeahead: titles by which two of one name are told apart, and the values they stand for."""

from collections import Counter
from collections.abc import Sequence

from access.rules.model import App, Give, Guest
from access.rules.visible import has_letters
from cards.look import Look
from cards.words import access, cleaned

Rows = tuple[tuple[str, str], ...]
_BEGINNING = 8


def app_rows(apps: Sequence[App]) -> Rows:
    """Return each app, by the beginning of its application id where others have its name, or it has none."""
    return _told_apart([(cleaned(app.name), app.app_id, str(app.object_id)) for app in apps])


def access_rows(gives: Sequence[Give], look: Look) -> Rows:
    """Return each role and group of an app, by the beginning of its id where others have its name."""
    return _told_apart([(cleaned(access(give, look)), str(give.object_id), give.key) for give in gives])


def guest_rows(guests: Sequence[Guest]) -> Rows:
    """Return each guest with the address, which is the value, too: people write it themselves elsewhere."""
    return tuple((_guest(cleaned(one.name), cleaned(one.address)), one.address) for one in guests)


def _guest(name: str, address: str) -> str:
    return f"{name} ({address})" if name and name != address else address


def _told_apart(rows: Sequence[tuple[str, str, str]]) -> Rows:
    """Return title and value of rows, of which each has an id, too."""
    names = Counter(title.casefold() for title, _, _ in rows)

    def shown(title: str, its_id: str) -> str:
        alone = has_letters(title) and names[title.casefold()] == 1
        return title if alone else f"{title} ({its_id[:_BEGINNING]})".strip()

    return tuple((shown(title, its_id), value) for title, its_id, value in rows)
