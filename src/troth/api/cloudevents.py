"""Which events does an HTTP request carry?

The HTTP protocol binding of CloudEvents 1.0.2: structured, batched and binary content mode. Each
event comes out as a JSON object in structured form.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn
from urllib.parse import unquote

from django.http import HttpRequest

from troth.actions.event_records import Fault
from troth.actions.events import LARGEST_BATCH
from troth.api.problems import ProblemError

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
JSON = "application/json"
_PREFIX = "ce-"
_EXACT = 2**53  # beyond it a float stands for several whole numbers


def media_type(request: HttpRequest) -> str:
    """The content type without its parameters, in lower case; "" where there is none."""
    return request.headers.get("Content-Type", "").partition(";")[0].strip().lower()


def read_json(request: HttpRequest) -> Any:
    """The body as JSON; 3.0 is 3, since JSON does not tell them apart.

    Raises ProblemError (malformed).
    """
    try:
        return json.loads(request.body, parse_float=_number, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        detail = f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        raise ProblemError("malformed", detail) from error
    except (ValueError, RecursionError) as error:  # no UTF-8, NaN, too deep, too many digits
        raise ProblemError("malformed") from error


def _number(text: str) -> int | float:
    value = float(text)
    return int(value) if value.is_integer() and abs(value) < _EXACT else value


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number in JSON")


def require_json(request: HttpRequest) -> Any:
    """The body of a request that says that it is JSON. Raises ProblemError."""
    if media_type(request) not in (JSON, ""):
        raise ProblemError("unsupported-media-type", f"Send {JSON}.")
    return read_json(request)


def read_events(request: HttpRequest) -> tuple[list[Any], bool]:
    """(the events of a request, whether they came as a batch). Raises ProblemError."""
    found = media_type(request)
    if found == BATCH:
        return _batch(read_json(request)), True
    if found == STRUCTURED:
        return [read_json(request)], False
    if f"{_PREFIX}specversion" in request.headers and found in (JSON, ""):
        return [_binary(request)], False
    raise ProblemError(
        "unsupported-media-type",
        f"Send {STRUCTURED}, {BATCH}, or {JSON} with the attributes as ce- headers.",
    )


def _batch(found: Any) -> list[Any]:
    if isinstance(found, list) and len(found) <= LARGEST_BATCH:
        return found
    fault = Fault(
        path="",
        found=f"{len(found)} events" if isinstance(found, list) else "no list",
        expected=f"a list of at most {LARGEST_BATCH} events",
        remedy="Send several batches." if isinstance(found, list) else "Write [ … ].",
    )
    raise ProblemError("invalid", errors=[fault])


def _binary(request: HttpRequest) -> dict[str, Any]:
    """Attributes are headers, percent-encoded (section 3.1.3.2); the body is the data."""
    event: dict[str, Any] = {
        name[len(_PREFIX) :].lower(): unquote(value)
        for name, value in request.headers.items()
        if name.lower().startswith(_PREFIX)
    }
    if request.body:
        event["data"] = read_json(request)
    return event
