"""Where does a reader go next?"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def safe_goal(request: HttpRequest, goal: str) -> str:
    """The address, if it is on this site; else the first page."""
    is_ours = url_has_allowed_host_and_scheme(
        goal, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return goal if goal and is_ours else settings.LOGIN_REDIRECT_URL
