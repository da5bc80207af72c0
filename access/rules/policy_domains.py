"""Whether any guest at all can pass the lists of domains of a policy."""

from collections.abc import Iterator

from access.rules.addresses import domain_matches
from access.rules.policy import Domains, Policy


def one_of(pattern: str) -> str:
    """Return a domain that a pattern means."""
    return pattern.replace("*.", "any.")


def witnesses(policy: Policy, pattern: str) -> tuple[str, ...]:
    """Return domains that a pattern means: where the policy lets any of them in, it lets in one of these."""
    found = (one_of(one) for one in (pattern, *_named(policy)))
    return tuple(dict.fromkeys(one for one in found if domain_matches(one, (pattern,))))


def _named(policy: Policy) -> Iterator[str]:
    """Yield every pattern that the policy names in a list of domains."""
    for one in lists(policy):
        yield from (*one.allow, *one.deny)
    for partner in policy.partners:
        yield from partner.of


def lists(policy: Policy) -> Iterator[Domains]:
    """Yield every list of domains that the policy has."""
    yield policy.domains
    yield from policy.app_domains.values()
    yield from (one.domains for one in (*policy.app_roles.values(), *policy.groups.values()))
