"""Says under which licence a package is, by what it declares, and whether that asks for more."""

from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata

from license_expression import LicenseExpression, get_spdx_licensing

ALLOWED = frozenset({"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MIT-0", "PSF-2.0"})
"""Licences that ask that their text is passed on, as the installed packages do, and for no more."""
EXCEPTIONS = {
    "certifi": "MPL-2.0: taken unchanged, and its one file is to be had where PyPI has it",
    "orjson": "MPL-2.0 for a part of it: taken unchanged, and its source is to be had where PyPI has it",
}
"""Packages under a licence that asks for more, and why that is kept."""
_READ = {
    "hyperframe": "MIT",
    "isodate": "BSD-3-Clause",
    "jsonpickle": "BSD-3-Clause",
    "uvloop": "MIT OR Apache-2.0",
}
"""What the licence files say of packages whose metadata says it at length, or not exactly."""
_SAID = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "ISC License": "ISC",
    "License :: OSI Approved :: Apache Software License": "Apache-2.0",
    "License :: OSI Approved :: MIT License": "MIT",
    "MIT License": "MIT",
}
_SPDX = get_spdx_licensing()


def licence_of(name: str) -> str:
    """Return the licence of an installed package; raises LookupError where it declares none that is known."""
    if name in _READ:
        return _READ[name]
    try:
        said = _declared(metadata(name))
    except PackageNotFoundError:
        raise LookupError(f"{name} is not installed: make setup") from None
    for one in said:
        found = _SAID.get(one, one)
        if found and not _SPDX.validate(found).errors:
            return found
    raise LookupError(
        f"{name} says no licence that is known: read its licence file, and add it to supply/declared.py"
    )


def _declared(said: PackageMetadata) -> list[str]:
    """Return what the metadata says of a licence, the most exact first."""
    kinds = [one for one in said.get_all("Classifier", []) if one.startswith("License ::")]
    return [*(said[key] for key in ("License-Expression", "License") if key in said), *kinds]


def is_allowed(expression: str) -> bool:
    """Tell whether the licences that one may choose, or must keep together, are all allowed."""
    return _holds(_SPDX.parse(expression, validate=True))


def _holds(expression: LicenseExpression) -> bool:
    operator, parts = getattr(expression, "operator", "").strip(), getattr(expression, "args", ())
    if operator:
        return (any if operator == "OR" else all)(_holds(part) for part in parts)
    return str(expression) in ALLOWED
