"""One Graph call and its answer, as the handlers see them, and the way to refuse one."""

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from multidict import CIMultiDict

from sandbox.entra.tenant import Json, Tenant, Thing
from sandbox.story import DATA

if TYPE_CHECKING:
    from sandbox.app import World

ERRORS: dict[str, Json] = json.loads((DATA / "errors.json").read_text(encoding="utf-8"))


class Refused(Exception):
    """Graph says no; the name is a key of `data/errors.json`, the words fill its message."""

    def __init__(
        self, name: str, /, *, status: int = 0, headers: dict[str, str] | None = None, **words: str
    ) -> None:
        super().__init__(name)
        error = ERRORS[name]
        self.status: int = status or error["status"]
        self.code: str = error["code"]
        self.message: str = error["message"].format(**words)
        self.headers = headers or {}


@dataclass
class Answer:
    """Status and body; a text body is sent as plain text, none as no content."""

    status: int = 200
    body: Json | str | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Call:
    """One call; names of query options are in lower case, `args` holds the variable parts of the path."""

    world: "World"
    method: str
    root: str
    path: str
    query: dict[str, str]
    headers: CIMultiDict[str]
    raw: bytes | Any
    args: dict[str, str] = field(default_factory=dict)
    route: str = ""
    handshake: str | None = None
    """What was wrong at the addresses that the call names; None where they were not tried."""

    @property
    def tenant(self) -> Tenant:
        return self.world.tenant

    def body(self) -> Json:
        """Return the JSON object that was sent."""
        try:
            read = json.loads(self.raw) if isinstance(self.raw, bytes) else self.raw
        except ValueError as error:
            raise Refused("badBody") from error
        if not isinstance(read, dict):
            raise Refused("badBody")
        return read

    def allow(self, *options: str) -> None:
        """Refuse every query option but these: an option that is ignored would hide a mistake."""
        other = [name for name in self.query if name not in options]
        if other:
            raise Refused("badQuery", detail=f"The query parameter '{other[0]}' is not supported here.")

    def thing(self, kind: str, name: str = "id") -> Thing:
        """Return the directory object that the path names."""
        thing = self.tenant.find(kind, self.args[name])
        if thing is None:
            raise Refused("notFound", id=self.args[name])
        return thing

    @property
    def eventual(self) -> bool:
        return self.headers.get("ConsistencyLevel", "").lower() == "eventual"

    def link(self, **options: str) -> str:
        """Return this call's address with other query options."""
        return f"{self.root}{self.path}?{urlencode(options, safe='$,()/')}"

    def context(self, of: str) -> str:
        """Return the value of `@odata.context`, with the properties that were selected."""
        selected = self.query.get("$select", "")
        base, slash, entity = of.partition("/")
        return f"{self.root}/$metadata#{base}{f'({selected})' if selected else ''}{slash}{entity}"
