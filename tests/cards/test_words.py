from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from access.rules.causes import Cause
from access.rules.model import (
    DEFAULT_ACCESS,
    DEFAULT_NAME,
    Give,
    GiveKind,
    MailState,
    Named,
    ObjectId,
    Redemption,
    StepKind,
    Term,
)
from access.rules.refusals import Field, Problem, ProblemCode
from cards import words
from cards.cause_words import WORDS
from cards.causes import advice
from cards.look import Look
from cards.problems import PLAIN, WITH_HINTS, sentence
from cards.steps import step
from cards.texts import LANGUAGES
from cards.waiting import decides
from tests.cards import gallery
from tests.cards.gallery import LOOK
from tests.cards.test_structure import UNWANTED

NOON = datetime(2026, 11, 23, 8, 14, tzinfo=UTC)
SENTENCE_ENDS = (". ", "? ", ": ")


def longest_sentence(text: str) -> int:
    for end in SENTENCE_ENDS:
        text = text.replace(end, "\n")
    return max(len(line.split()) for line in text.splitlines())


@pytest.mark.parametrize("code", ProblemCode)
def test_every_problem_has_a_sentence_with_and_without_its_hints(code: ProblemCode) -> None:
    hints = ("Health Records", "365", "2027-11-23")
    for text in (sentence(Problem(Field.APP, code), LOOK), sentence(Problem(Field.APP, code, hints), LOOK)):
        assert text
        assert "{" not in text
        assert not UNWANTED.search(text), text
        assert longest_sentence(text) <= 20


def test_the_problems_that_need_a_hint_use_it() -> None:
    assert set(WITH_HINTS) <= set(PLAIN)
    plus = Problem(Field.ADDRESS, ProblemCode.PLUS_ADDRESS, ("ana@fabrikam.com",))
    assert sentence(plus, LOOK) == "Microsoft cannot invite an address with a + in it. Try ana@fabrikam.com."
    unknown = Problem(Field.APP, ProblemCode.APP_UNKNOWN, ("Health Records", "Patient Portal"))
    assert sentence(unknown, LOOK).endswith("Did you mean Health Records or Patient Portal?")
    long = Problem(Field.TERM, ProblemCode.TERM_TOO_LONG, ("Health Records", "365", "2027-11-23"))
    assert sentence(long, LOOK) == "The longest term for Health Records is 365 days: until Tue 23 Nov 2027."
    none = Problem(Field.TERM, ProblemCode.TERM_TOO_LONG, ("", "1", "2026-11-24"))
    assert sentence(none, LOOK) == "The longest term for this app is 1 day: until Tue 24 Nov 2026."
    missing = Problem(Field.ACCESS, ProblemCode.ACCESS_MISSING, ("Health Records", "Clinician", "Reader"))
    assert sentence(missing, LOOK) == "Choose what the guest gets in Health Records: Clinician or Reader."


def test_the_access_that_has_no_name_is_called_as_the_language_calls_it() -> None:
    has = Problem(Field.APP, ProblemCode.HAS_ACCESS, ("Ana Ruiz", "Portal", DEFAULT_NAME))
    german = Look(ZoneInfo("UTC"), texts=LANGUAGES["de"])
    assert (
        sentence(has, LOOK) == "Ana Ruiz has Portal already, by default access. Nothing is left to request."
    )
    assert "durch Standardzugriff" in sentence(has, german)


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_has_its_words_and_at_most_three_things_to_do(cause: Cause) -> None:
    assert cause in WORDS
    said = advice(cause, gallery.pending().request, LOOK, StepKind.GIVE)
    assert 1 <= len(said.to_do) <= 3
    for text in (said.cause, *said.to_do):
        assert "{" not in text
        assert not UNWANTED.search(text), text
        assert longest_sentence(text) <= 20


def test_the_mailbox_is_named_where_the_mail_fails() -> None:
    request = gallery.pending().request
    assert advice(Cause.UNAVAILABLE, request, LOOK, StepKind.MAIL).cause == "The mailbox does not answer."
    assert advice(Cause.UNAVAILABLE, request, LOOK, StepKind.GIVE).cause == "Microsoft Graph does not answer."


def test_every_step_account_and_mail_state_has_words() -> None:
    request = gallery.pending().request
    assert all(step(kind, request, LOOK) for kind in StepKind)
    assert all(words.account(redemption, LOOK) for redemption in (None, *Redemption))
    assert all(words.mail(state, LOOK) for state in MailState)


def test_a_time_has_the_zones_name_unless_the_zone_is_the_readers_own() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert words.when(NOON, Look(berlin), NOON) == "Mon 23 Nov, 09:14 CET"
    assert words.when(NOON, Look(berlin, personal=True), NOON) == "Mon 23 Nov, 09:14"
    assert words.when(NOON, Look(ZoneInfo("America/Sao_Paulo")), NOON) == "Mon 23 Nov, 05:14 UTC-03"


def test_a_time_of_another_year_says_the_year() -> None:
    look = Look(ZoneInfo("UTC"), personal=True)
    assert words.when(NOON, look, datetime(2027, 1, 1, tzinfo=UTC)) == "Mon 23 Nov 2026, 08:14"


def test_terms_read_as_people_say_them() -> None:
    assert words.term(Term(days=90), LOOK) == "90 days from delivery"
    assert words.for_term(Term(days=1), LOOK) == "for 1 day"
    assert words.term(Term(until=date(2027, 3, 31)), LOOK) == "Until Wed 31 Mar 2027"
    assert words.ends(gallery.delivered().request, LOOK) == "Sun 21 Feb 2027 (90 days)"


def test_people_are_named_up_to_three() -> None:
    names = [Named(ObjectId(str(place)), name) for place, name in enumerate(("Al", "Bo", "Cy", "Di", "Ed"))]
    assert words.people(names[:2], LOOK) == "Al or Bo"
    assert words.people(names, LOOK) == "Al, Bo, Cy or 2 others"
    assert words.both([one.name for one in names[:4]], LOOK) == "Al, Bo, Cy and 1 other"
    assert words.people((), LOOK) == "nobody"


def test_the_reader_is_named_first_among_those_who_decide() -> None:
    request = gallery.pending().request
    by = "by Mon 7 Dec, 09:14."
    assert decides(request, LOOK) == f"Alex Wilber or Nia Chen decides {by}"
    assert decides(request, LOOK, gallery.NIA.object_id) == f"You or Alex Wilber decides {by}"
    assert (
        decides(replace(request, approvers=(gallery.NIA,)), LOOK, gallery.NIA.object_id) == f"You decide {by}"
    )
    assert decides(replace(request, approvers=()), LOOK) == f"Nobody decides {by}"


def test_access_is_named_by_its_kind() -> None:
    assert words.access(Give(GiveKind.GROUP, ObjectId("1"), "Clinic"), LOOK) == "Group Clinic"
    assert words.access(Give(GiveKind.APP_ROLE, ObjectId("1"), "Clinician"), LOOK) == "Role Clinician"
    assert words.access(Give(GiveKind.APP_ROLE, DEFAULT_ACCESS, "default access"), LOOK) == "Default access"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("a\u200bb\u202ec\u0007d", "abcd"),
        ("two\nlines\tand\u2028more", "two lines and more"),
        ("*bold* [link](x)", r"\*bold\* \[link\](x)"),
        ("1. first", r"1\. first"),
        ("# heading", r"\# heading"),
        ("snake_case@fabrikam.com", r"snake\_case@fabrikam.com"),
        ("&lt;b&gt;", r"\&lt;b\&gt;"),
        ("Zoë 李明", "Zoë 李明"),
    ],
)
def test_markdown_and_hidden_characters_do_not_act(written: str, shown: str) -> None:
    assert words.escaped(written) == shown


def test_a_long_text_is_cut_and_says_so() -> None:
    assert words.quoted("x" * 500, LOOK) == f"“{'x' * 500}”"
    assert words.quoted("x" * 501, LOOK) == f"“{'x' * 500}… (shortened)”"


def test_large_numbers_are_written_as_the_language_does() -> None:
    german = Look(ZoneInfo("UTC"), texts=LANGUAGES["de"])
    assert words.days(1826, LOOK) == "1,826 days"
    assert words.days(1826, german) == "1.826 Tage"
    assert words.days(365, german) == "365 Tage"


def test_a_time_is_written_for_each_reader() -> None:
    berlin, lisbon = ZoneInfo("Europe/Berlin"), ZoneInfo("Europe/Lisbon")
    german = LANGUAGES["de"]
    assert words.when(NOON, Look(berlin, personal=True, texts=german), NOON) == "Mo., 23. Nov., 09:14"
    assert words.when(NOON, Look(lisbon, personal=True, texts=german), NOON) == "Mo., 23. Nov., 08:14"
    assert words.when(NOON, Look(lisbon, personal=True), NOON) == "Mon 23 Nov, 08:14"
    assert words.term(Term(until=date(2027, 3, 31)), Look(berlin, texts=german)) == "Bis Mi., 31. März 2027"
