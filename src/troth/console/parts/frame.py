"""What does the frame around every page need to know?"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context for the frame."""
    return {}
