"""The policy: who may request, who decides, and for how long."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from access.rules.model import ObjectId


class PolicyError(ValueError):
    """The file cannot be used; `mistakes` names every one, with its place."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


class SourceKind(StrEnum):
    """Where people come from: `members` is everybody and only requests, a `manager` only approves."""

    APP_OWNERS = "app-owners"
    GROUP_OWNERS = "group-owners"
    MANAGER = "manager"
    MEMBERS = "members"
    GROUP = "group"
    PERSON = "person"
    ROLE = "role"


@dataclass(frozen=True, slots=True)
class Source:
    """One word of a list of people: `app-owners`, `group:ID`, `role:admins` and so on."""

    kind: SourceKind
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}" if self.name else str(self.kind)


@dataclass(frozen=True, slots=True)
class Stage:
    """Who decides at one stage of the approval, and who stands in where they leave nobody."""

    approvers: tuple[Source, ...]
    fallback: tuple[Source, ...] = ()

    @property
    def text(self) -> str:
        """Return the stage in the words that an approval is bound to."""
        return f"approvers={','.join(map(str, self.approvers))};fallback={','.join(map(str, self.fallback))}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What holds for one app, or by default for all."""

    name: str
    requestors: tuple[Source, ...] = (Source(SourceKind.APP_OWNERS),)
    stages: tuple[Stage, ...] = (Stage((Source(SourceKind.APP_OWNERS),)),)
    justification_required: bool = True
    justification_least: int = 10
    term_default: timedelta = timedelta(days=90)
    term_longest: timedelta = timedelta(days=365)
    closes_after: timedelta = timedelta(days=14)
    landing: str = "app-home"
    give: str = ""

    @property
    def text(self) -> str:
        """Return the rule as an approval is bound to it: who decides, not how the file is laid out."""
        people = ";then;".join(stage.text for stage in self.stages)
        return f"{self.name};{people};give={self.give};landing={self.landing}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    roles: Mapping[str, tuple[Source, ...]]
    defaults: Rules
    apps: Mapping[ObjectId, Rules]
    denied_domains: tuple[str, ...] = ()
    allowed_domains: tuple[str, ...] = ()

    def rules_for(self, app_id: ObjectId) -> Rules:
        return self.apps.get(app_id, self.defaults)
