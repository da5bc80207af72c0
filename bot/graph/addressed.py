"""The address of a call: the SDK's template filled in, which costs the SDK a quarter of a whole call."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from kiota_abstractions.request_information import RequestInformation

_PART = re.compile(r"\{([+?]?)([^}]*)\}")


def address_of(request: RequestInformation) -> str:
    """Return what `request.url` is, in the SDK's own way where a value or template is of another kind."""
    values: Mapping[str, Any] = {**request.query_parameters, **request.path_parameters}
    plain = all(isinstance(one, str) or _is_list(one) for one in values.values())
    if not request.url_template or not plain or RequestInformation.RAW_URL_KEY in values:
        return str(request.url)

    def fill(found: re.Match[str]) -> str:
        mark, names = found[1], found[2].split(",")
        if mark == "?":
            given = [f"{name}={_written(values[name])}" for name in names if name in values]
            return f"?{'&'.join(given)}" if given else ""
        return str(values[names[0]]) if mark else _written(values[names[0]])

    return _PART.sub(fill, request.url_template)


def operation_of(request: RequestInformation) -> str:
    """Return what is called, as the SDK's template has it: without ids, addresses and what is asked for."""
    template = request.url_template or "/next-page"
    path = _PART.sub(lambda found: "" if found[1] else f"{{{found[2].replace('%2D', '-')}}}", template)
    return f"{request.http_method.value if request.http_method else 'GET'} {path}"


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, str) for one in value)


def _written(value: Any) -> str:
    return quote(value, safe="") if isinstance(value, str) else ",".join(quote(one, safe="") for one in value)
