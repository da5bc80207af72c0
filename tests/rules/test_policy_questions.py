"""Questions of the organisation's own: how the policy says them, and what counts as an answer."""

import pytest

from access.rules.answering import answered
from access.rules.form_questions import FormAnswer, FormQuestion
from access.rules.model import Give, GiveKind, ObjectId
from access.rules.policy import Policy, PolicyError
from access.rules.policy_reader import read_policy
from access.rules.refusals import Field, Problem, ProblemCode

APP, OTHER = (ObjectId(f"{digit * 8}-1111-4111-8111-111111111111") for digit in "12")
GROUP = ObjectId("33333333-1111-4111-8111-111111111111")
READER = Give(GiveKind.APP_ROLE, ObjectId("reader-id"), "Reader")
AS_GUEST = Give(GiveKind.GROUP, GROUP, "Guests")


def question(table: str, name: str, more: str = "kind = 'text'") -> str:
    return f"[[{table}.question]]\nid = '{name}'\nask = 'Which {name}?'\n{more}\n"


OF_WARDS = "kind = 'choice'\nchoices = ['Cardiology', 'Radiology']"
OPTIONAL = "kind = 'text'\nrequired = false\nlongest = 50"
WHOLE = f"""
{question("defaults", "project")}
[[app]]
id = "{APP}"
{question("app", "ward", OF_WARDS)}
  [[app.role]]
  name = "Reader"
  question = []
[[group]]
id = "{GROUP}"
{question("group", "files", OPTIONAL)}
[[partner]]
name = "Fabrikam"
domains = ["fabrikam.com"]
{question("partner", "contract")}{question("partner", "project")}
"""


def asked(policy: Policy, app: ObjectId | None, give: Give | None = None, domain: str = "") -> list[str]:
    return [one.id for one in policy.rules_for(app, give, domain).questions]


@pytest.mark.parametrize(
    ("app", "give", "domain", "ids"),
    [
        (None, None, "", ["project"]),
        (OTHER, None, "contoso.com", ["project"]),
        (APP, None, "", ["ward"]),
        (APP, READER, "", []),
        (APP, AS_GUEST, "", ["files"]),
        (OTHER, AS_GUEST, "", ["files"]),
        (APP, AS_GUEST, "fabrikam.com", ["contract", "project"]),
        (APP, READER, "fabrikam.com", ["contract", "project"]),
    ],
)
def test_the_last_table_that_says_questions_says_all_of_them(
    app: ObjectId | None, give: Give | None, domain: str, ids: list[str]
) -> None:
    assert asked(read_policy(WHOLE), app, give, domain) == ids


def test_a_question_is_read_with_all_that_it_says() -> None:
    policy = read_policy(WHOLE)
    (ward,) = policy.rules_for(APP).questions
    assert ward == FormQuestion(id="ward", ask="Which ward?", choices=("Cardiology", "Radiology"))
    (files,) = policy.rules_for(APP, AS_GUEST).questions
    assert files == FormQuestion(id="files", ask="Which files?", required=False, longest=50)


def test_an_approval_is_not_bound_to_what_the_form_asks() -> None:
    before, after = read_policy(""), read_policy(question("defaults", "project"))
    assert before.defaults.text == after.defaults.text


CHOICE = "kind = 'choice'\nchoices = "
SHORT = "kind = 'text'\nlongest = 9"
LONG = [f"{number:02}{'x' * 50}" for number in range(20)]
MISTAKES = [
    ("[defaults]\nquestion = 'x'", "defaults.question: write it in double brackets"),
    (
        "".join(question("defaults", f"q{n}", SHORT) for n in range(6)),
        "defaults.question: write at most 5 questions",
    ),
    (question("defaults", "a") * 2, "defaults.question 2.id: a stands in another question already"),
    (question("defaults", "Project"), "defaults.question.id: write a short word of small letters"),
    (question("defaults", "a" * 31), "defaults.question.id: write a short word"),
    (question("defaults", "a", ""), 'defaults.question.kind: write "text" or "choice"'),
    (question("defaults", "a", "kind = 'date'"), 'defaults.question.kind: write "text" or "choice"'),
    (question("defaults", "a", "kind = 'text'\nhint = 'x'"), "hint is not known"),
    (question("defaults", "a", "kind = 'text'\nrequired = 'no'"), "required: write true or false"),
    (question("defaults", "a", "kind = 'text'\nlongest = 501"), "longest: write a number from 1 to 500"),
    (question("defaults", "a", "kind = 'text'\nlongest = true"), "longest: write a number from 1 to 500"),
    (question("defaults", "a", "kind = 'text'\nchoices = ['b', 'c']"), 'choices: only kind = "choice" has'),
    (question("defaults", "a", f"{CHOICE}['b', 'c']\nlongest = 9"), 'longest: only kind = "text" has'),
    (question("defaults", "a", f"{CHOICE}['b']"), "choices: write 2 to 25 texts"),
    (question("defaults", "a", f"{CHOICE}{[str(n) for n in range(26)]}"), "choices: write 2 to 25 texts"),
    (question("defaults", "a", f"{CHOICE}['b', 3]"), "choices: write 2 to 25 texts"),
    (question("defaults", "a", f"{CHOICE}['b', '?']"), "choices: write 2 to 25 texts"),
    (question("defaults", "a", f"{CHOICE}['b', '{'c' * 61}']"), "each of at most 60 characters"),
    (question("defaults", "a", f"{CHOICE}['Ward', 'ward ']"), "choices: two of them read the same"),
    ("[[defaults.question]]\nid = 'a'\nkind = 'text'", "defaults.question.ask: write the question"),
    (f"[[defaults.question]]\nid = 'a'\nkind = 'text'\nask = '{'x' * 121}'", "in at most 120 characters"),
    (
        "".join(question("defaults", name, f"{CHOICE}{LONG}") for name in "ab"),
        "all choices together have more than 2000 characters",
    ),
    (
        "".join(question("defaults", name, "kind = 'text'\nlongest = 500") for name in "abc"),
        "all texts together may have more than 1000 characters",
    ),
]


@pytest.mark.parametrize(("text", "said"), MISTAKES)
def test_a_mistake_in_a_question_is_told_with_its_place(text: str, said: str) -> None:
    with pytest.raises(PolicyError) as caught:
        read_policy(text)
    assert len(caught.value.mistakes) == 1, caught.value.mistakes
    assert said in caught.value.mistakes[0]


# --- answers --------------------------------------------------------------------------------------------

PROJECT = FormQuestion(id="project", ask="Which project?", longest=20)
WARD = FormQuestion(id="ward", ask="Which ward?", choices=("Cardiology", "Radiology"))
NOTE = FormQuestion(id="note", ask="Anything else?", required=False)
ASKED = (PROJECT, WARD, NOTE)
ALL = frozenset({"project", "ward", "note"})


def test_answers_are_kept_beside_the_words_of_their_questions_and_what_nobody_asks_is_left_out() -> None:
    said = {"ward": " RADIOLOGY ", "project": "Apollo\u200b \n 11", "admin": "yes", "note": "\u200b"}
    answers, problems = answered(ASKED, said, ALL)
    assert answers == (
        FormAnswer("project", "Which project?", "Apollo 11"),
        FormAnswer("ward", "Which ward?", "Radiology"),
    )
    assert problems == ()


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("project", "", Problem(Field.QUESTION, ProblemCode.QUESTION_MISSING, (), PROJECT)),
        ("project", "\u200b ", Problem(Field.QUESTION, ProblemCode.QUESTION_MISSING, (), PROJECT)),
        ("project", "x" * 21, Problem(Field.QUESTION, ProblemCode.TOO_LONG, ("20",), PROJECT)),
        ("ward", "Kidneys", Problem(Field.QUESTION, ProblemCode.QUESTION_CHOICE, WARD.choices, WARD)),
        ("ward", "0", Problem(Field.QUESTION, ProblemCode.QUESTION_CHOICE, WARD.choices, WARD)),
    ],
)
def test_what_is_no_answer_is_a_problem_of_its_question(name: str, text: str, problem: Problem) -> None:
    said = {"project": "Apollo", "ward": "Radiology", name: text}
    assert answered(ASKED, said, ALL)[1] == (problem,)
    assert answered(ASKED, said, None)[1] == (problem,)


def test_what_a_form_had_not_is_put_once_needed_or_not_and_a_line_may_leave_out_what_need_not_be() -> None:
    said = {"ward": "Radiology"}
    _, problems = answered(ASKED, said, frozenset({"ward"}))
    assert [(one.code, one.question) for one in problems] == [
        (ProblemCode.QUESTION_NEW, PROJECT),
        (ProblemCode.QUESTION_NEW, NOTE),
    ]
    _, problems = answered(ASKED, said, None)
    assert [(one.code, one.question) for one in problems] == [(ProblemCode.QUESTION_MISSING, PROJECT)]
    assert answered(ASKED, {**said, "project": "Apollo"}, ALL)[1] == ()
