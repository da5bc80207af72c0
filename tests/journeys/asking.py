"""A clinic whose policy asks questions of its own in the form."""

from pathlib import Path

from tests.clinic import POLICY

PROJECT, RECORDS, NOTE = (
    "Which project pays for it?",
    "Which records does the guest read?",
    "What else should the approvers know?",
)
_TEXT = f'[[app.question]]\nid = "project"\nask = "{PROJECT}"\nkind = "text"\nlongest = 100\n'
_OF_RECORDS = f"""{_TEXT}
[[app.question]]
id = "records"
ask = "{RECORDS}"
kind = "choice"
choices = ["Cardiology", "Radiology", "Both"]
[[app.question]]
id = "note"
ask = "{NOTE}"
kind = "text"
required = false
longest = 500
"""
_PORTAL, _DESK = "7113490b-41f6-5cdf-a3ad-47fc2d8dbbe4", "53554d09-be6d-5fac-b147-0b111afe2dd3"


def asking_policy(folder: Path) -> Path:
    """Write the clinic's policy with questions for Health Records and, one of them, for Patient Portal."""
    text = POLICY.read_text(encoding="utf-8")
    for app, questions in ((_PORTAL, _OF_RECORDS), (_DESK, _TEXT)):
        head = f'[[app]]\nid = "app:{app}"'
        assert head in text
        text = text.replace(head, f"{questions}\n{head}")  # at the end of the table before
    file = folder / "policy.toml"
    file.write_text(text, encoding="utf-8")
    return file
