"""The clinic of the story (`data/clinic.json`), typed; every person in it is invented."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Story:
    """The sample data as loaded; halves of the sandbox copy from it what they own and never write to it."""

    raw: dict[str, Any]

    @classmethod
    def load(cls, path: Path = DATA / "clinic.json") -> "Story":
        return cls(json.loads(path.read_text(encoding="utf-8")))

    @property
    def tenant_id(self) -> str:
        return str(self.raw["tenant"]["id"])

    @property
    def bot(self) -> dict[str, Any]:
        """Return `appId`, `id` (28:…), `name` and `teamsAppId` of the bot."""
        return dict(self.raw["bot"])

    @cached_property
    def people(self) -> dict[str, dict[str, Any]]:
        """Return the tenant's members by object id."""
        return {person["id"]: person for person in self.raw["people"]}

    @cached_property
    def outsiders(self) -> dict[str, dict[str, Any]]:
        """Return members of other tenants who are in a channel that is shared with them, by object id."""
        return {person["id"]: person for person in self.raw.get("outsiders", [])}

    def person(self, key: str) -> dict[str, Any]:
        """Return a member by the story's key, such as `megan`."""
        return next(person for person in self.raw["people"] if person["key"] == key)
