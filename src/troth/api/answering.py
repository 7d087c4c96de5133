"""What surrounds every operation: text that can be stored, problems, answers kept once?

Ninja turns what an operation raises into a problem. What it does not see, a wrong method, text
that no database keeps, a request that was sent before, is handled around it, here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from pydantic import BaseModel

from troth.actions.event_records import Fault, is_storable
from troth.actions.idempotency import Answer, answer_once
from troth.api import problems
from troth.api.problems import ProblemError
from troth.api.signing_in import user_of

KEY_HEADER = "Idempotency-Key"
REPEATED_HEADER = "Idempotent-Replayed"
_LARGEST_KEY = 255
_JSON = "application/json"

_View = Callable[..., HttpResponseBase]


def json_answer(shape: BaseModel, *, status: int = 200) -> HttpResponse:
    """A shape as JSON: decimals as text, instants in UTC."""
    return HttpResponse(shape.model_dump_json(by_alias=True), status=status, content_type=_JSON)


def guarded(view: _View, *, allowed: Collection[str]) -> _View:
    """A view whose every error is a problem, and whose POST with a key is done once.

    `allowed` are the methods that the description names; an answer to another one names them.
    """

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **parts: Any) -> HttpResponseBase:
        def answer() -> HttpResponseBase:
            return _problem_of_method(request, view(request, *args, **parts), allowed)

        try:
            _check_storable(request, parts)
            key = request.headers.get(KEY_HEADER)
            if request.method == "POST" and key is not None:
                return _once(request, key, answer)
            return answer()
        except Exception as error:
            return problems.answer_for(request, error)

    answered.csrf_exempt = True  # type: ignore[attr-defined] # user_of checks it for sessions
    return answered


def _once(request: HttpRequest, key: str, work: Callable[[], HttpResponseBase]) -> HttpResponse:
    if not 1 <= len(key) <= _LARGEST_KEY or not key.isascii() or not key.isprintable():
        fault = Fault(
            path=f"header.{KEY_HEADER}",
            found=f"{len(key)} characters",
            expected=f"1 to {_LARGEST_KEY} printable ASCII characters",
            remedy="Send a new UUID for each new request.",
        )
        raise ProblemError("invalid", errors=[fault])
    answers: list[HttpResponse] = []

    def run() -> Answer:
        response = work()
        if not isinstance(response, HttpResponse):
            raise TypeError("an answer that is streamed cannot be kept")
        answers.append(response)
        return Answer(
            status=response.status_code,
            body=response.content.decode(),
            content_type=response["Content-Type"],
            is_secret=response.headers.get("Cache-Control") == "no-store",
        )

    answer = answer_once(
        acting_user=user_of(request), key=key, request_sha256=request_digest(request), work=run
    )
    if answers:
        return answers[0]
    repeated = HttpResponse(answer.body, status=answer.status, content_type=answer.content_type)
    repeated[REPEATED_HEADER] = "true"
    if answer.is_secret:
        repeated["Cache-Control"] = "no-store"
    return repeated


def request_digest(request: HttpRequest) -> str:
    """What makes a request the same request: its address, its content and what describes it."""
    described = sorted(
        (name.lower(), value)
        for name, value in request.headers.items()
        if name.lower() == "content-type" or name.lower().startswith("ce-")
    )
    head = repr((request.method, request.get_full_path(), described)).encode()
    return hashlib.sha256(head + b"\n" + request.body).hexdigest()


def _check_storable(request: HttpRequest, parts: dict[str, Any]) -> None:
    """A NUL can stand in an address, but in no text of the database."""
    found = [*request.GET.items(), *parts.items()]
    faults = [
        Fault(
            path=str(name),
            found="a NUL, or half of a surrogate pair",
            expected="text",
            remedy="Remove the sign that cannot be shown.",
        )
        for name, value in found
        if not is_storable(str(value))
    ]
    if faults:
        raise ProblemError("invalid", errors=faults)


def _problem_of_method(
    request: HttpRequest, response: HttpResponseBase, allowed: Collection[str]
) -> HttpResponseBase:
    if response.status_code != 405:
        return response
    if not allowed:  # an address that only tells what it would have to be
        return problems.response(request, ProblemError("not-found"))
    named = ", ".join(sorted(allowed))
    detail = f"{request.method} is not one of {named}."
    return problems.response(
        request, ProblemError("method-not-allowed", detail, headers={"Allow": named})
    )
