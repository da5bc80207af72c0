"""Files that people send: read once, from where the channel says that they lie."""

from typing import Protocol

from access.rules.attached import Attached, WhyNotFetched


class Downloads(Protocol):
    async def fetch(self, attached: Attached) -> bytes | WhyNotFetched:
        """Return the whole file, at most `MOST_BYTES`, or why it did not come; raises nothing.

        It may take half a minute, which is longer than the channel waits for an answer.
        """
        ...
