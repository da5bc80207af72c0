"""Notes what the directory answered while the policy's words were resolved; nothing more is asked for it."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from access.rules.draft import Draft
from access.rules.facts import Answered, Facts, Laid, Limit, Meant, kept
from access.rules.form_questions import FormAnswer, FormQuestion
from access.rules.model import Give, GiveKind, ObjectId, Panel, Person
from access.rules.people import may_ask
from access.rules.policy import Rules, Source, SourceKind, Stage, Waiver
from access.rules.visible import visible

ANY_GROUP = "group-owners of the app"
"""The word `group-owners` where nothing is given yet: the owners of every group of the app."""


@dataclass(slots=True)
class Noted:
    """Whom words meant, for the app that they were asked for."""

    _people: dict[tuple[ObjectId, str], tuple[ObjectId, ...]] = field(default_factory=dict)

    def add(self, word: str, app_id: ObjectId, people: Sequence[Person]) -> None:
        able = {one.object_id: None for one in people if may_ask(one)}
        self._people[app_id, word] = tuple(able)

    def meant(self, app_id: ObjectId) -> tuple[Meant, ...]:
        return tuple(Meant(word, people) for (app, word), people in self._people.items() if app == app_id)


def word_of(source: Source, give: Give | None) -> str:
    """Return a word of the policy as it is kept; roles have none, for they are unfolded."""
    if source.kind is not SourceKind.GROUP_OWNERS:
        return str(source)
    if give is None:
        return ANY_GROUP
    return f"{source}:{give.object_id}" if give.kind is GiveKind.GROUP else str(source)


def unfolded(
    sources: Sequence[Source], roles: Mapping[str, Sequence[Source]], give: Give | None
) -> tuple[str, ...]:
    """Return the words of a list, each once; in the place of a role stands what it says."""
    words = [
        word_of(one, give)
        for source in sources
        for one in (roles.get(source.name, ()) if source.kind is SourceKind.ROLE else (source,))
    ]
    return tuple(dict.fromkeys(words))


def laid(stage: Stage, roles: Mapping[str, Sequence[Source]], give: Give | None) -> Laid:
    """Return a stage as it is kept."""
    after = stage.escalate_after
    return Laid(
        approvers=unfolded(stage.approvers, roles, give),
        quorum=stage.quorum,
        fallback=unfolded(stage.fallback, roles, give),
        may_decide=unfolded(stage.may_decide, roles, give),
        escalation=unfolded(stage.escalation, roles, give),
        escalate_after=int(after.total_seconds()) if after else 0,
    )


def mark_of(question: FormQuestion) -> str:
    """Return what tells questions apart that take other answers."""
    takes = json.dumps([*question.choices] or question.longest)
    return hashlib.sha256(takes.encode()).hexdigest()[:16]


def facts_of(
    draft: Draft,
    rules: Rules,
    domain: str,
    give: Give,
    panels: Sequence[Panel],
    meant: Sequence[Meant],
    requestor: ObjectId,
    *,
    guest_known: bool,
    waivers: Sequence[Waiver] = (),
    answers: Sequence[FormAnswer] = (),
    others: bool = False,
) -> Facts:
    """Return what is kept with a request when it is sent: of the justification its length alone."""
    seen = [panel.seen for panel in panels if panel.seen]
    letters, asked = len(visible(draft.justification)), {one.id: one for one in rules.questions}
    return Facts(
        domain=domain,
        give=give,
        guest_known=guest_known,
        letters=letters,
        fitted=rules.justification_pattern if letters else "",
        usual=None if draft.access.strip() else rules.give,
        landing=rules.landing,
        closes_after=int(rules.closes_after.total_seconds()),
        answered=tuple(
            Answered(one.id, len(one.text), mark_of(asked[one.id])) for one in answers if one.id in asked
        ),
        waivers=tuple(Limit(one.name, one.most, int(one.per.total_seconds())) for one in waivers),
        others=others,
        stages=tuple(one.laid for one in seen),
        meant=kept([*meant, *(word for one in seen for word in one.meant)], (requestor,)),
    )
