"""Files that came along with a message, as Teams tells of them in a chat with the app and nowhere else.

https://learn.microsoft.com/microsoftteams/platform/bots/how-to/bots-filesv4#receive-files-in-personal-chat
The same list holds the text as HTML, and pictures that stand within it: those are no files.
"""

from itertools import islice
from typing import Any

from botbuilder.schema import Activity

from access.rules.attached import Attached

_FILE = "application/vnd.microsoft.teams.file.download.info"
_MOST = 10
"""Files of one message: Teams lets nobody attach more."""
_LONGEST_NAME = 256


def attached(activity: Activity) -> tuple[Attached, ...]:
    """Return the files; where Teams does not tell where one lies, it is a file without an address."""
    files = (one for one in activity.attachments or () if one.get("contentType") == _FILE)
    return tuple(_file(one) for one in islice(files, _MOST))


def _file(told: dict[str, Any]) -> Attached:
    content = told.get("content")
    about = content if isinstance(content, dict) else {}
    name = _text(told, "name")[-_LONGEST_NAME:]  # its end tells more: what kind of file it is
    kind = _text(about, "fileType") or (name.rpartition(".")[2] if "." in name else "")
    return Attached(name, kind.lstrip(".").lower()[:_LONGEST_NAME], _text(about, "downloadUrl"))


def _text(told: dict[str, Any], name: str) -> str:
    value = told.get(name)
    return value if isinstance(value, str) else ""
