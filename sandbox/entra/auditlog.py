"""Who did what in the tenant: told some minutes later, and for as many days as the licence keeps it."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sandbox.story import DATA
from sandbox.switches import Switches

Json = dict[str, Any]
ACTIVITIES: dict[str, Json] = json.loads((DATA / "audits.json").read_text(encoding="utf-8"))


@dataclass
class AuditLog:
    """The entries in the order in which they were made, each with the time from which it can be read."""

    switches: Switches
    entries: list[tuple[datetime, Json]] = field(default_factory=list)

    def note(self, activity: str, by: Json, targets: list[Json], *, details: Json | None = None) -> None:
        now, correlation = datetime.now(UTC), str(uuid4())
        lag = timedelta(seconds=float(self.switches["auditLag"]))
        service = "Invited Users" if activity == "invited" else "Directory"
        entry = {
            **ACTIVITIES[activity],
            "id": f"{service}_{correlation}_{correlation[:5].upper()}_{len(self.entries) + 1}",
            "correlationId": correlation,
            "result": "success",
            "resultReason": "",
            "activityDateTime": written(now),
            "initiatedBy": {"app": None, "user": None, **by},
            "targetResources": targets,
            "additionalDetails": [{"key": key, "value": value} for key, value in (details or {}).items()],
        }
        self.entries.append((now + lag, entry))

    def readable(self) -> list[Json]:
        """Return what has arrived and is kept still."""
        now = datetime.now(UTC)
        since = written(now - timedelta(days=float(self.switches["auditDays"])))
        return [e for from_, e in self.entries if from_ <= now and e["activityDateTime"] >= since]

    def erase(self, activity: str, target: str) -> None:
        """Lose what the log has of an activity and a target, as no log should."""
        wanted = ACTIVITIES[activity]["activityDisplayName"]
        self.entries = [
            (from_, entry)
            for from_, entry in self.entries
            if entry["activityDisplayName"] != wanted
            or target not in {t["id"] for t in entry["targetResources"]}
        ]


def written(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z"
