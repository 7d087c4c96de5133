"""What does SCIM say of a person, of a list and of an error? Shapes of RFC 7643 and RFC 7644."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from django.http import HttpResponse

from troth.core.access.roles import Role
from troth.store.queries.people import Account

MEDIA_TYPE = "application/scim+json"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
OURS = "urn:ietf:params:scim:schemas:extension:troth:2.0:User"
_LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
_ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
_CONFIG = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
_RESOURCE_TYPE = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Schema"
MOST = 200  # resources in one answer


class ScimError(Exception):
    """A SCIM request fails; `scim_type` is a word of RFC 7644 section 3.12, or empty."""

    def __init__(self, status: int, detail: str, scim_type: str = "") -> None:
        super().__init__(detail)
        self.status = status
        self.scim_type = scim_type


def answer(document: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    """A document as SCIM sends it."""
    return HttpResponse(json.dumps(document), status=status, content_type=MEDIA_TYPE)


def error_answer(error: ScimError) -> HttpResponse:
    """RFC 7644 section 3.12."""
    document: dict[str, Any] = {
        "schemas": [_ERROR],
        "status": str(error.status),
        "detail": str(error),
    }
    if error.scim_type:
        document["scimType"] = error.scim_type
    response = answer(document, status=error.status)
    if error.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


def user_document(account: Account, base: str) -> dict[str, Any]:
    """A person. The name that they sign in by is their id: it never changes."""
    return {
        "schemas": [USER, OURS],
        "id": account.username,
        "userName": account.username,
        "displayName": account.name,
        "name": {"formatted": account.name},
        "active": account.is_active,
        "roles": [{"value": account.role, "primary": True}],
        OURS: {
            "role": account.role,
            "regions": list(account.regions),
            "team": account.team,
            "agentKey": account.agent_key,
        },
        "meta": {
            "resourceType": "User",
            "created": account.created_at.isoformat().replace("+00:00", "Z"),
            "location": f"{base}/Users/{quote(account.username, safe='')}",
        },
    }


def list_document(
    resources: Sequence[Mapping[str, Any]], *, total: int | None = None, start: int = 1
) -> dict[str, Any]:
    """RFC 7644 section 3.4.2."""
    return {
        "schemas": [_LIST],
        "totalResults": len(resources) if total is None else total,
        "startIndex": start,
        "itemsPerPage": len(resources),
        "Resources": list(resources),
    }


def provider_config(base: str) -> dict[str, Any]:
    """RFC 7643 section 5: what of SCIM is here."""
    off = {"supported": False}
    return {
        "schemas": [_CONFIG],
        "documentationUri": f"{base}/ServiceProviderConfig",
        "patch": {"supported": True},
        "bulk": off | {"maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": True, "maxResults": MOST},
        "changePassword": off,
        "sort": off,
        "etag": off,
        "authenticationSchemes": [
            {
                "type": "oauthbearertoken",
                "name": "Token",
                "description": "A token of an administrator, issued by `troth user token`.",
            }
        ],
        "meta": {
            "resourceType": "ServiceProviderConfig",
            "location": f"{base}/ServiceProviderConfig",
        },
    }


def resource_types(base: str) -> list[dict[str, Any]]:
    """RFC 7643 section 6: users, and nothing else."""
    return [
        {
            "schemas": [_RESOURCE_TYPE],
            "id": "User",
            "name": "User",
            "endpoint": "/Users",
            "schema": USER,
            "schemaExtensions": [{"schema": OURS, "required": False}],
            "meta": {"resourceType": "ResourceType", "location": f"{base}/ResourceTypes/User"},
        }
    ]


def schemas(base: str) -> list[dict[str, Any]]:
    """RFC 7643 section 7: the attributes that are read."""
    core = [
        _attribute("userName", required=True, uniqueness="server", mutability="immutable"),
        _attribute("displayName"),
        _attribute("active", kind="boolean"),
    ]
    ours = [
        _attribute("role", canonical=[role.value for role in Role]),
        _attribute("regions", many=True),
        _attribute("team"),
        _attribute("agentKey"),
    ]
    return [
        {
            "schemas": [_SCHEMA],
            "id": urn,
            "name": name,
            "attributes": attributes,
            "meta": {"resourceType": "Schema", "location": f"{base}/Schemas/{urn}"},
        }
        for urn, name, attributes in ((USER, "User", core), (OURS, "Troth user", ours))
    ]


def _attribute(
    name: str,
    *,
    kind: str = "string",
    many: bool = False,
    canonical: Sequence[str] = (),
    **named: Any,
) -> dict[str, Any]:
    found = {
        "name": name,
        "type": kind,
        "multiValued": many,
        "required": False,
        "caseExact": True,
        "mutability": "readWrite",
        "returned": "default",
        "uniqueness": "none",
    }
    return found | named | ({"canonicalValues": list(canonical)} if canonical else {})
