"""What a person typed or filled in, before any rule has looked at it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from access.rules.model import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Raw answers, as typed; empty means not answered.

    `app` is an object id (chosen from the list) or a name (typed); `access` a `Give.key` or the name of a
    role or group; `term` such as `90d`, `3 months`, `until 2027-03-31`, or `until` with the date in `until`.
    `address` may be the object id of a guest; `sponsor` is an object id, `ask_first` a list of them.
    `answers` are by the ids of the policy's questions; `asked` are the ids that the form had, None of a line.
    """

    kind: Kind
    address: str = ""
    name: str = ""
    app: str = ""
    access: str = ""
    term: str = ""
    until: str = ""
    justification: str = ""
    message: str = ""
    sponsor: str = ""
    ask_first: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    asked: frozenset[str] | None = None
