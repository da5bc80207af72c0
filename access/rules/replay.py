"""Tries another policy on a past request, by the facts that were kept with it and by nothing else."""

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from access.rules.answering import answered
from access.rules.facts import Facts, Laid
from access.rules.form_questions import FormQuestion
from access.rules.gives import is_usual
from access.rules.model import ON_ACCOUNTS, Give, Kind, Request, Term
from access.rules.noting import laid, mark_of
from access.rules.patterns import fits
from access.rules.policy import Policy, Rules
from access.rules.policy_order import below, ordered
from access.rules.replay_deciding import Course
from access.rules.replay_people import is_among
from access.rules.replay_timing import Timing
from access.rules.replay_waiving import waiving
from access.rules.replayed import Findings, Replayed, What
from access.rules.terms import length_of
from access.rules.visible import visible

TRIED = frozenset(
    {
        "requestors",
        "within",
        "stages",
        "waivers",
        "waives",
        "justification_required",
        "justification_least",
        "justification_pattern",
        "questions",
        "term_longest",
        "closes_after",
        "landing",
        "give",
    }
)
"""What of the rules is compared."""
WITHOUT_EFFECT = frozenset(
    {
        "name",
        "justification_expected",
        "term_default",
        "remind_after",
        "warn_before",
        "quiet_hours",
        "never_accepted",
        "inactive",
        "sponsorless",
        "renewals_most",
        "renewals_longest",
        "renewals_total",
        "renewals_waiver",
        "undo",
        "will_fail",
    }
)
"""What decides nothing about a request that was sent."""


def is_tried(request: Request) -> bool:
    """Tell whether any of what is compared decided on it, as on no removal, no set-up, and no adoption."""
    return request.kind not in ON_ACCOUNTS and not request.of_no_guest and not request.adopted


def replay(policy: Policy, request: Request, now: datetime, zone: ZoneInfo) -> Replayed:
    """Return how a request that was sent would go by this policy.

    What held then is in the facts: words that stayed the same mean whom they meant, and of other words
    something is only known where they were asked about then. Nothing is guessed. One that still waits is
    compared as far as it has come by now.
    """
    if request.kind is Kind.EXTEND:
        return Replayed(missing=("what it says of renewals: they are not replayed",))
    if request.facts is None:
        return Replayed(missing=("what held when it was sent: an older version kept no facts",))
    if request.facts.give is None:
        return Replayed(missing=("what was asked for when it was sent: an older version did not keep it",))
    findings = Findings()
    trial = _Trial(policy, request, request.facts, request.facts.give, now, zone, findings)
    trial.sending()
    if not findings.differences:
        trial.deciding()
    return findings.replayed()


@dataclass(frozen=True, slots=True)
class _Trial:
    policy: Policy
    request: Request
    facts: Facts
    give: Give
    """What was asked for."""
    now: datetime
    zone: ZoneInfo
    findings: Findings

    @property
    def rules(self) -> Rules:
        return self.policy.rules_for(self.request.app.object_id, self.give, self.facts.domain)

    @property
    def course(self) -> Course:
        sent, decided = map(self._stages, self._gives)
        return Course(self.request, self.facts, sent, decided, self.timing, self.findings)

    @property
    def timing(self) -> Timing:
        return Timing(self.request, self.facts, self.rules.closes_after, self.now)

    @property
    def _gives(self) -> tuple[Give, Give]:
        """What was asked for, and what was decided on."""
        return self.give, self.request.give

    def _stages(self, give: Give) -> tuple[Laid, ...]:
        rules = self.policy.rules_for(self.request.app.object_id, give, self.facts.domain)
        return tuple(laid(one, self.policy.roles, give) for one in rules.stages)

    @property
    def asked(self) -> Term:
        """The term as it was asked for, before anybody amended it."""
        return self.request.amendments[0].was if self.request.amendments else self.request.term

    @property
    def length(self) -> timedelta:
        return length_of(self.asked, self.request.submitted_at, self.zone)

    def sending(self) -> None:
        """Find by what it would be refused when it is sent."""
        request, domain = self.request, self.facts.domain
        found = [self.policy.refused_by(request.app.object_id, give, domain) for give in self._gives]
        if tables := dict.fromkeys(name for names in found for name in names):
            words = f"It would be refused: guests of {domain} are kept out by {', '.join(tables)}."
            self.findings.differs(What.DOMAIN, words)
        self._requestor()
        self._term()
        self._justification()
        for question in self.rules.questions:
            self._question(question)
        self._access()
        self.course.too_few()

    def deciding(self) -> None:
        """Find what would be otherwise after that, where it would be sent."""
        rules = self.rules
        self._lesser()
        by_people = waiving(self.policy, self.request, self.course.meanings(0), self.length, self.findings)
        if by_people:
            self.course.compare()
            self.timing.compare(self.findings)
        if rules.landing != self.facts.landing:
            words = f"The invitation would lead to {rules.landing}, not to {self.facts.landing}."
            self.findings.differs(What.LANDING, words)
        for one in fields(Rules):
            known = one.name in TRIED or one.name in WITHOUT_EFFECT
            if not known and getattr(rules, one.name) != one.default:
                self.findings.lacks(f"what {one.name} would do, which a replay does not try")
        if self.request.carried:
            self.findings.lacks("what a newer version of Guestlist has noted of it")

    def _requestor(self) -> None:
        request, rules, by = self.request, self.rules, self.rules.name
        base = self.policy.rules_for(request.app.object_id).requestors
        for sources, is_base in ((base, True), *((one, False) for one in rules.within)):
            give = None if is_base else self.give
            may, untold = is_among(sources, self.policy.roles, give, self.course.meanings(0))
            if may is None:
                self.findings.lacks(*untold)
            elif not may:
                words = ", ".join(map(str, sources))
                name = request.requestor.name or request.requestor.object_id
                told = f"It would be refused: {name} is none of {words}, who may request by {by}."
                self.findings.differs(What.REQUESTOR, told)

    def _term(self) -> None:
        longest, asked = self.rules.term_longest, self.asked
        if self.length > longest:
            told = f"{asked.days} days" if asked.days else f"until {asked.until}"
            words = f"It would be refused: {told} was asked for, and {longest.days} days at most are by"
            self.findings.differs(What.TERM, f"{words} {self.rules.name}.")

    def _justification(self) -> None:
        rules, facts, by = self.rules, self.facts, self.rules.name
        if not facts.letters:
            if rules.justification_required:
                words = f"It would be refused: {by} asks for a justification, and there was none."
                self.findings.differs(What.JUSTIFICATION, words)
        elif facts.letters < rules.justification_least:
            needed = rules.justification_least
            words = f"It would be refused: a justification needs {needed} characters by {by}; it had"
            self.findings.differs(What.JUSTIFICATION, f"{words} {facts.letters}.")
        elif rules.justification_pattern not in {"", facts.fitted}:
            self._pattern(rules.justification_pattern, rules.justification_expected)

    def _pattern(self, pattern: str, expected: str) -> None:
        if not self.request.justification:
            self.findings.lacks("the justification, which was erased: whether it fits the pattern")
        elif not fits(pattern, visible(self.request.justification)):
            words = f"It would be refused: the justification does not hold {expected}."
            self.findings.differs(What.JUSTIFICATION, words)

    def _question(self, question: FormQuestion) -> None:
        """Find a question that nobody answered, or that would not take the answer that was given."""
        kept = next((one for one in self.facts.answered if one.question == question.id), None)
        if kept is None:
            if question.required:
                words = f"It would be returned: an answer is missing to the question {question.id}."
                self.findings.differs(What.QUESTION, words)
            return
        if kept.mark == mark_of(question):
            return
        text = next((one.text for one in self.request.form_answers if one.id == question.id), "")
        if text:
            takes = not answered((question,), {question.id: text}, None)[1]
        elif question.choices:
            self.findings.lacks(f"the answer to the question {question.id}, which was erased")
            return
        else:
            takes = kept.letters <= question.longest
        if not takes:
            words = f"It would be returned: the question {question.id} does not take the answer."
            self.findings.differs(What.QUESTION, words)

    def _lesser(self) -> None:
        """Find a lesser access that nobody could have given: no order vouches that it is less."""
        asked, given = self._gives
        order = ordered(self.policy.least_first.get(self.request.app.object_id, ()), self._gives)
        if asked.key != given.key and given not in below(order, asked):
            words = f"It would not be made less: no order says that {given.name} is less than {asked.name}."
            self.findings.differs(What.ACCESS, words)

    def _access(self) -> None:
        """Find another access where the requestor chose none; what else the app has was not kept."""
        usual = self.rules.give
        if self.facts.usual in {None, usual} or is_usual(self.give, usual):
            return
        self.findings.lacks(f"whether {self.request.app.name} had {usual or 'something else'} to give")
