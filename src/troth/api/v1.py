"""The first version of the API: which operations it has, who may call, what errors look like."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, URLResolver, path, re_path
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from troth.api import problems
from troth.api.answering import guarded
from troth.api.description import complete
from troth.api.problems import ProblemError
from troth.api.routes import (
    access,
    assessments,
    audit,
    changes,
    consents,
    contracts,
    customers,
    decisions,
    differences,
    freezes,
    landings,
    matching,
    merges,
    metrics,
    orders,
    outgoing,
    people,
    policies,
    privacy,
    quality,
    questions,
    rollouts,
    segments,
    tiers,
    values,
)
from troth.api.signing_in import Session, Token

PREFIX = "/api/v1/"
_ABOUT = """\
What Troth knows, decides and measures, for programs.

Send the token of an integration as `Authorization: Bearer …`. Every error is a problem document
(RFC 9457). Lists are read slice by slice: follow `next`. A POST may carry an `Idempotency-Key`:
the same key with the same request gives the same answer again, and the work is done once.
"""
_AS_DJANGO = str.maketrans("{}", "<>")
ROUTERS = (
    values.router,  # its addresses begin like those of customers, which take whole paths
    segments.router,  # the same
    quality.router,  # the same
    tiers.router,  # the same
    consents.router,  # before customers: an id may hold slashes
    merges.router,  # before the customers, whose keys are taken as whole paths
    customers.router,
    questions.router,
    matching.router,
    orders.router,
    differences.router,
    decisions.router,
    policies.router,
    rollouts.router,
    changes.router,
    freezes.router,
    metrics.router,
    landings.router,
    contracts.router,
    assessments.router,
    audit.router,
    access.router,
    outgoing.router,
    people.router,
    privacy.router,
)

api = NinjaAPI(
    title="Troth",
    version="1",
    description=_ABOUT,
    urls_namespace="api-v1",
    openapi_url=None,
    docs_url=None,
    auth=[Token(), Session()],
)
for _router in ROUTERS:
    api.add_router("", _router)


def _answer_for(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    return problems.answer_for(request, error if isinstance(error, Exception) else error())


for _kind in (Exception, Http404, HttpError, ValidationError):
    api.add_exception_handler(_kind, _answer_for)


@lru_cache(maxsize=1)
def openapi_document() -> dict[str, Any]:
    """The OpenAPI 3.1 description of this version. Needs no database."""
    return complete(dict(api.get_openapi_schema(path_prefix=PREFIX)))


def openapi(request: HttpRequest) -> HttpResponse:
    """The description; it holds no secret, so anybody may read it."""
    answer = JsonResponse(openapi_document())
    answer["Access-Control-Allow-Origin"] = "*"
    return answer


def unknown(request: HttpRequest) -> HttpResponse:
    """Every other address."""
    return problems.response(
        request,
        ProblemError("not-found", f"There is no {request.path}; {PREFIX}openapi.json lists all."),
    )


def _described_methods() -> dict[str, list[str]]:
    """The methods that the description names, by the address as Django writes it."""
    return {
        address.lstrip("/").translate(_AS_DJANGO): [
            method
            for operation in view.operations
            if operation.include_in_schema
            for method in operation.methods
        ]
        for router in ROUTERS
        for address, view in router.path_operations.items()
    }


def urls() -> list[URLPattern | URLResolver]:
    """The addresses of this version."""
    methods = _described_methods()
    patterns: list[URLPattern | URLResolver] = [path("openapi.json", openapi)]
    for pattern in api.urls[0]:
        if isinstance(pattern, URLPattern) and pattern.name != "api-root":
            allowed = methods.get(str(pattern.pattern), ())
            pattern.callback = guarded(pattern.callback, allowed=allowed)
            patterns.append(pattern)
    return [*patterns, re_path(r"^[\s\S]*$", unknown)]
