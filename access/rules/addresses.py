"""What Microsoft can invite: the form of an address, in lower case with its domain in punycode."""

from access.rules.refusals import Field, Problem, ProblemCode

_REFUSED = set("~!#$%^&*()=[]{}\\/|;:\"<>?,' ")
"""Characters that Graph's invitation resource refuses; `+`, refused too, has its own words."""
_LONGEST, _LONGEST_LOCAL = 254, 64
"""Of an address and of what stands before its `@` (RFC 5321)."""


def read_address(text: str) -> str | Problem:
    """Return the address in the form in which addresses are compared, or what is wrong with it."""
    address = text.strip().strip("<>").lower().removeprefix("mailto:")
    if not address:
        return Problem(Field.ADDRESS, ProblemCode.ADDRESS_MISSING)
    local, at, domain = address.rpartition("@")
    if not (local and at and domain) or "@" in local or len(local) > _LONGEST_LOCAL:
        return Problem(Field.ADDRESS, ProblemCode.NOT_AN_ADDRESS)
    if "+" in local:
        plain = local.partition("+")[0]
        return Problem(Field.ADDRESS, ProblemCode.PLUS_ADDRESS, (f"{plain}@{domain}",) if plain else ())
    if wrong := next((letter for letter in local if not _may_stand(letter)), None):
        return Problem(Field.ADDRESS, ProblemCode.REFUSED_CHARACTER, (wrong,))
    if local[0] in ".-" or local[-1] in ".-" or ".." in local:
        return Problem(Field.ADDRESS, ProblemCode.NOT_AN_ADDRESS)
    read = read_domain(domain)
    if not read or len(local) + 1 + len(read) > _LONGEST:
        return Problem(Field.ADDRESS, ProblemCode.NOT_AN_ADDRESS)
    return f"{local}@{read}"


def _may_stand(letter: str) -> bool:
    return letter.isascii() and letter.isprintable() and letter not in _REFUSED


def read_domain(text: str) -> str:
    """Return a domain in lower case and punycode, or nothing where it is none."""
    try:
        labels = text.lower().encode("idna").decode("ascii").split(".")
    except UnicodeError:
        return ""
    fine = all(label.replace("-", "").isalnum() and label[0] != "-" != label[-1] for label in labels)
    return ".".join(labels) if fine and len(labels) > 1 else ""


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
