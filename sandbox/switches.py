"""The switches: one for every point where the sources about the real services are silent or disagree."""

import json
from typing import Any

from sandbox.story import DATA


class UnknownSwitch(ValueError):
    """A switch or a position that does not exist."""


class Switches:
    """Positions by name; names, allowed values, defaults and sources stand in `data/switches.json`."""

    def __init__(self, chosen: dict[str, Any]) -> None:
        entries = json.loads((DATA / "switches.json").read_text(encoding="utf-8"))
        self._known: dict[str, dict[str, Any]] = {name: e for name, e in entries.items() if name[0] != "_"}
        self._chosen = chosen
        self._positions: dict[str, Any] = {}
        self.reset()

    def __getitem__(self, name: str) -> Any:
        return self._positions[name]

    def set(self, name: str, value: Any) -> None:
        known = self._known.get(name)
        if known is None:
            raise UnknownSwitch(f"There is no switch {name!r}.")
        values = known["values"]
        number = isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
        text = isinstance(value, str)
        if not (value in values or ("number" in values and number) or ("text" in values and text)):
            raise UnknownSwitch(f"{name} takes {values}, not {value!r}.")
        self._positions[name] = value

    def reset(self) -> None:
        self._positions = {name: entry["default"] for name, entry in self._known.items()}
        for name, value in self._chosen.items():
            self.set(name, value)

    def as_json(self) -> dict[str, Any]:
        return {name: {**entry, "value": self[name]} for name, entry in self._known.items()}
