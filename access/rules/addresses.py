"""What Microsoft can invite: the form of an address, in lower case with its domain in punycode."""

from access.rules.refusals import Field, Problem, ProblemCode

_REFUSED = set("~!#$%^&*()=[]{}\\/|;:\"<>?,' ")
"""Characters that Graph's invitation resource refuses; `+`, refused too, has its own words."""
_LONGEST = 254


def read_address(text: str) -> str | Problem:
    """Return the address in the form in which addresses are compared, or what is wrong with it."""
    address = text.strip().strip("<>").removeprefix("mailto:").lower()
    if not address:
        return Problem(Field.ADDRESS, ProblemCode.ADDRESS_MISSING)
    local, at, domain = address.rpartition("@")
    if not (local and at and domain) or "@" in local or len(address) > _LONGEST:
        return Problem(Field.ADDRESS, ProblemCode.NOT_AN_ADDRESS)
    if "+" in local:
        plain = local.partition("+")[0]
        return Problem(Field.ADDRESS, ProblemCode.PLUS_ADDRESS, (f"{plain}@{domain}",) if plain else ())
    if wrong := next((letter for letter in local if letter in _REFUSED or not letter.isascii()), None):
        return Problem(Field.ADDRESS, ProblemCode.REFUSED_CHARACTER, (wrong,))
    if local[0] in ".-" or local[-1] in ".-" or ".." in local:
        return Problem(Field.ADDRESS, ProblemCode.NOT_AN_ADDRESS)
    try:
        ascii_domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        return Problem(Field.ADDRESS, ProblemCode.NOT_AN_ADDRESS)
    labels = ascii_domain.split(".")
    fine = all(label.replace("-", "").isalnum() and label[0] != "-" != label[-1] for label in labels if label)
    if len(labels) < 2 or not all(labels) or not fine:  # noqa: PLR2004 - a domain has a dot
        return Problem(Field.ADDRESS, ProblemCode.NOT_AN_ADDRESS)
    return f"{local}@{ascii_domain}"


def domain_of(address: str) -> str:
    """Return the domain of a read address."""
    return address.rpartition("@")[2]


def domain_matches(domain: str, patterns: tuple[str, ...]) -> bool:
    """Tell whether a domain is listed; `*.example.net` means its sub-domains, not itself."""
    return any(
        domain.endswith(pattern[1:]) if pattern.startswith("*.") else domain == pattern
        for pattern in patterns
    )


def name_from(address: str) -> str:
    """Return a readable guess of a name from an address: `ana.ruiz@…` gives `Ana Ruiz`."""
    local = address.partition("@")[0].replace("_", ".").replace("-", ".")
    return " ".join(part.capitalize() for part in local.split(".") if part) or address
