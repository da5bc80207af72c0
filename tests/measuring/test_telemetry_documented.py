"""`docs/telemetry.md` has every metric and no other, and what is alerted for is one of them."""

import re
from pathlib import Path

from bot.measuring.instruments import COUNTERS, GAUGES, HISTOGRAMS

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "telemetry.md").read_text(encoding="utf-8")


def test_every_metric_is_explained_by_its_kind() -> None:
    rows = dict(re.findall(r"^\| `(guestlist[\w.]+)` \| (counter|histogram|gauge)\b", PAGE, re.MULTILINE))
    kinds = {"counter": COUNTERS, "histogram": HISTOGRAMS, "gauge": GAUGES}
    assert rows == {name: kind for kind, names in kinds.items() for name in names}


def test_what_azure_alerts_for_is_measured() -> None:
    rules = (ROOT / "infra" / "modules" / "alerts.bicep").read_text(encoding="utf-8")
    asked = set(re.findall(r"'(guestlist\.[\w.]+\w)'", rules))
    assert asked
    assert asked <= {*COUNTERS, *HISTOGRAMS, *GAUGES}


def test_whoever_operates_it_finds_the_page() -> None:
    assert "(docs/telemetry.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
