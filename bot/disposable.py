"""The Disposables port: domains that give addresses to anybody for minutes, as a list that others keep."""

from disposable_email_domains import blocklist


class DisposableList:
    """Looks a domain, and whatever it is a part of, up in the list that is installed."""

    def knows(self, domain: str) -> bool:
        labels = domain.lower().split(".")
        return any(".".join(labels[first:]) in blocklist for first in range(len(labels) - 1))
