"""Which jobs are there?"""

from __future__ import annotations

from typing import Any


def on_app_ready(app: Any) -> None:
    """Called by procrastinate once Django is ready."""
