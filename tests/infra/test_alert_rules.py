"""What Azure alerts for is what Guestlist says, word for word, or measures."""

import re
from typing import Any

from bot.health import LATE
from tests.infra.bicep import INFRA, ROOT, read

RULES: dict[str, dict[str, Any]] = {
    one["name"]: one for one in read(INFRA / "modules" / "alerts.bicep")["variables"]["rules"]["value"]
}
BOOK = " ".join((ROOT / "docs" / "runbook.md").read_text(encoding="utf-8").replace("\n> ", " ").split())


def test_what_is_looked_for_in_the_log_stands_in_the_runbook() -> None:
    said = re.findall(r"'([A-Z]?[a-z]+(?: \w+){2,})'", "".join(one["query"] for one in RULES.values()))
    assert len(said) == 8
    assert [one for one in said if one not in BOOK] == []


def test_each_alarm_that_the_runbook_calls_urgent_is_looked_for() -> None:
    """An alarm is quoted, and **Now** stands in what follows it before the next quotation.

    A new one goes into the rule `now` of infra/modules/alerts.bicep.
    """
    text = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
    quoted = re.split(r"\n((?:> .*\n)+)", text.split("## Guests cannot be invited", 1)[1])
    urgent = [
        " ".join(quote.replace("> ", " ").split())
        for quote, after in zip(quoted[1::2], quoted[2::2], strict=True)
        if re.search(r"\*\*Now\b", after.split("\n## ")[0])
    ]
    assert len(urgent) >= 5
    sought = re.findall(r"'([^']+)'", RULES["now"]["query"])
    assert [one for one in urgent if not any(words in one for words in sought)] == []


def test_levels_and_loggers_are_written_as_guestlist_writes_them() -> None:
    line = (ROOT / "bot" / "telemetry.py").read_text(encoding="utf-8")
    assert "{at} {record.levelname} {record.name}: " in line
    assert "' ERROR bot.teams.alarm: '" in RULES["now"]["query"]
    assert "logging.getLogger(__name__)" in (ROOT / "bot" / "teams" / "alarm.py").read_text(encoding="utf-8")


def test_a_deployment_alone_raises_no_alarm_of_restarts() -> None:
    """Two replicas go, two come, and once more where a deployment is repeated at once."""
    assert RULES["restarts"]["threshold"] == 8


def test_every_rule_says_what_it_means_and_how_urgent_it_is() -> None:
    assert all(one["says"].endswith(".") and one["severity"] in (1, 2) for one in RULES.values())


def test_the_readme_names_each_alert() -> None:
    text = (INFRA / "README.md").read_text(encoding="utf-8")
    rows = "".join(line.split("|")[1] for line in text.split("## Alerts")[1].splitlines() if "| `" in line)
    named = re.findall(r"`([\w-]+)`", rows)
    assert [one.replace("guestlist-", "") if one[0] != "-" else f"database{one}" for one in named] == list(
        RULES
    )
    assert len(RULES) == 11
    assert "[eleven alerts](#alerts)" in text


def test_what_is_measured_has_the_name_that_guestlist_gives_it() -> None:
    given = (ROOT / "bot" / "measuring" / "instruments.py").read_text(encoding="utf-8")
    queue = re.findall(r"Name == '([\w.]+)'", RULES["queue"]["query"])
    assert queue == ["guestlist.queue.age"]
    assert f'"{queue[0]}": ("s",' in given
    assert f"Max > {LATE:.0f}" in RULES["queue"]["query"]  # when readyz says degraded, too
    assert "startswith 'guestlist.'" in RULES["silent"]["query"]
