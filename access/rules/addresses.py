"""What Microsoft can invite: the form of an address, in lower case with its domain in punycode."""

import re
from encodings.idna import nameprep

from access.rules.refusals import Field, Problem, ProblemCode

_REFUSED = set("~!#$%^&*()=[]{}\\/|;:\"<>?,' ")
"""Characters that Graph's invitation resource refuses; `+`, refused too, has its own words."""
_LONGEST_LABEL = 63
_DOTS = re.compile("[.\u3002\uff0e\uff61]")
_KEPT = re.compile("[ßς]")
"""What IDNA of 2008 keeps."""
_JOINERS = frozenset("\u200c\u200d")
"""What it keeps in few places, and cannot be seen: no domain here has them."""
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
    # A word's last sigma is small as any other is: `lower` would make it another letter.
    small = "".join(letter.lower() for letter in text)
    if _JOINERS & set(small):
        return ""
    try:
        labels = [_label(label) for label in _DOTS.split(small)]
    except UnicodeError:
        return ""
    fine = all(label.replace("-", "").isalnum() and label[0] != "-" != label[-1] for label in labels)
    return ".".join(labels) if fine and len(labels) > 1 else ""


def _label(label: str) -> str:
    """Return a part of a domain in punycode; raises UnicodeError.

    The standard library knows IDNA of 2003, which made `ß` two letters: another domain, of somebody else.
    """
    if not _KEPT.search(label):
        return label.encode("idna").decode("ascii")
    others = [nameprep(part) for part in _KEPT.split(label)]
    kept = _KEPT.findall(label)
    whole = "".join(part + letter for part, letter in zip(others, [*kept, ""], strict=True))
    found = f"xn--{whole.encode('punycode').decode('ascii')}"
    if len(found) > _LONGEST_LABEL:
        raise UnicodeError("label too long")
    return found


def compared(written: str) -> str:
    """Return an address as addresses are compared; one that nobody could be invited at in lower case."""
    plain = written.lower()
    read = plain if plain.isascii() else read_address(written)
    return read if isinstance(read, str) else plain


def are_same(one: str, other: str) -> bool:
    """Tell whether two addresses are one, however the directory writes it."""
    first, second = read_address(one), read_address(other)
    return one.casefold() == other.casefold() or (isinstance(first, str) and first == second)


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
