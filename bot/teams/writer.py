"""Writes botbuilder's models as JSON, without msrest."""

from functools import cache
from typing import Any

import orjson
from botbuilder.schema import Activity, Attachment
from msrest.serialization import Model

CARD = "application/vnd.microsoft.card.adaptive"


class Reply(Activity):
    """An activity of ours; botbuilder copies what it sends deeply, for which a card is too large."""

    def __deepcopy__(self, memo: dict[int, Any]) -> "Reply":
        mine = Reply.__new__(Reply)  # copy.copy asks a class how to, which takes ten times as long
        mine.__dict__.update(self.__dict__)
        return mine


def card_attachment(card: dict[str, Any]) -> Attachment:
    return Attachment(content_type=CARD, content=card)


def write(value: Any) -> bytes:
    """Return a model, or plain data with models in it, as JSON."""
    return orjson.dumps(value, default=_plain)


def _plain(value: Any) -> Any:
    kind: Any = type(value)
    if not issubclass(kind, Model):
        raise TypeError(f"{kind.__name__} cannot be sent")
    held = vars(value)
    return {key: held[name] for name, key in _keys(kind) if held.get(name) is not None}


@cache
def _keys(model: Any) -> list[tuple[str, str]]:
    keys = [(name, str(entry["key"])) for name, entry in model._attribute_map.items()]  # noqa: SLF001 - msrest's own table, which it names so
    # botbuilder's table says tenantID, Teams reads tenantId.
    return [(n, "tenantId") if k == "tenantID" else (n, k) for n, k in keys]
