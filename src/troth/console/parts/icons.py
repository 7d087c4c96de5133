"""Which small pictures are there? Each is a path on a 16 × 16 grid."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

_STROKES: dict[str, str] = {
    "today": "M3 4.5h10v9H3zM3 7h10M5.5 2.5v3M10.5 2.5v3",
    "customers": "M6 8a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM1.5 13.5c.4-2.4 2-3.8 4.5-3.8s4.1 1.4 "
    "4.5 3.8M10.5 3.2a2.4 2.4 0 0 1 0 4.6M12 10c1.4.5 2.2 1.7 2.5 3.5",
    "segments": "M8 2.5a5.5 5.5 0 1 0 5.5 5.5H8zM10.5 2.8a5.5 5.5 0 0 1 2.7 2.7h-2.7z",
    "value": "M8 2v12M11 5C10.4 4.1 9.3 3.7 8 3.7c-1.7 0-2.9.8-2.9 2.1 0 3 6 1.4 6 4.4 0 1.4-1.3 "
    "2.2-3.1 2.2-1.5 0-2.7-.5-3.3-1.5",
    "orders": "M2.5 5 8 2.2 13.5 5v6L8 13.8 2.5 11zM2.5 5 8 7.8 13.5 5M8 7.8v6",
    "cases": "M2.5 3.5h11v7.5H7.2L4.5 13.5V11h-2z",
    "policies": "M4 2.5h6l2.5 2.5v8.5H4zM6 7h4.5M6 9.5h4.5M6 12h2.5",
    "decisions": "M8 2.5v3M8 5.5 3.5 9v2M8 5.5 12.5 9v2M2 11h3v2.5H2zM11 11h3v2.5h-3z",
    "measures": "M2.5 13.5h11M4 11.5v-4M8 11.5v-8M12 11.5V6",
    "sources": "M8 6.5c3 0 5-.8 5-2s-2-2-5-2-5 .8-5 2 2 2 5 2zM3 4.5v7c0 1.2 2 2 5 2s5-.8 5-2v-7"
    "M3 8c0 1.2 2 2 5 2s5-.8 5-2",
    "audit": "M8 2 3 4v4c0 3 2 5 5 6 3-1 5-3 5-6V4zM5.8 8l1.7 1.7 2.8-3.2",
    "search": "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM10.7 10.7 14 14",
    "menu": "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
    "close": "M4 4l8 8M12 4l-8 8",
    "back": "M9.5 3.5 5 8l4.5 4.5",
    "next": "M6.5 3.5 11 8l-4.5 4.5",
    "up": "M4 9.5 8 5.5l4 4",
    "down": "M4 6.5l4 4 4-4",
    "why": "M6 6.2A2 2 0 1 1 8.4 8c-.3.2-.4.4-.4.9M8 11.3v.2M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12z",
    "good": "M3.5 8.5 6.5 11.5 12.5 4.5",
    "bad": "M4.5 4.5l7 7M11.5 4.5l-7 7",
    "watch": "M8 2.5 14 13.5H2zM8 6.5v3M8 11.4v.2",
    "info": "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 7.3v3.7M8 5v.2",
    "late": "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 4.8V8l2.2 1.6",
    "open": "M8 12.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9z",
    "cancelled": "M4 8h8",
    "paused": "M6 4.5v7M10 4.5v7",
    "columns": "M2.5 3h11v10h-11zM6.2 3v10M9.8 3v10",
    "freeze": "M8 2v12M2.8 5l10.4 6M13.2 5 2.8 11M6.3 3.2 8 4.9l1.7-1.7M6.3 12.8 8 11.1l1.7 1.7",
    "export": "M8 2.5v7M5.2 6.8 8 9.6l2.8-2.8M2.5 11.5v2h11v-2",
    "theme": "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 2v12",
    "person": "M8 8a2.7 2.7 0 1 0 0-5.4A2.7 2.7 0 0 0 8 8zM3 13.8c.5-2.7 2.3-4.1 5-4.1"
    "s4.5 1.4 5 4.1",
    "leave": "M9.5 2.5h-6v11h6M7 8h7M11.3 5.3 14 8l-2.7 2.7",
    "settle": "M4 2.5v4c0 1.5 1 2.5 2.5 2.5H12M4 13.5v-3M9.5 6.5 12 9l-2.5 2.5",
    "differences": "M3 6h10M3 10h10M10.5 3l-5 10",
    "hidden": "M2 8s2.2-4 6-4 6 4 6 4-2.2 4-6 4-6-4-6-4zM3 13 13 3",
    "lock": "M5 7V5a3 3 0 0 1 6 0v2M3.5 7h9v6.5h-9zM8 9.5V11",
    "voice": "M8 10a2 2 0 0 0 2-2V4.5a2 2 0 0 0-4 0V8a2 2 0 0 0 2 2zM4 8a4 4 0 0 0 8 0M8 12v2",
    "parts": "M2.5 2.5h4.5v4.5H2.5zM9 2.5h4.5v4.5H9zM2.5 9h4.5v4.5H2.5zM9 9h4.5v4.5H9z",
    "brand": "M8 1.8 14 8l-6 6.2L2 8zM5.4 8.1l1.9 1.9 3.4-3.9",
    # Shapes of tiers, by the word that the policy gives.
    "shape-star": "M8 2.6 9.7 6l3.7.5-2.7 2.6.7 3.7L8 11l-3.4 1.8.7-3.7L2.6 6.5 6.3 6z",
    "shape-diamond": "M8 2.5 13 8l-5 5.5L3 8z",
    "shape-circle": "M8 12.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9z",
    "shape-square": "M3.5 3.5h9v9h-9z",
    "shape-triangle": "M8 3 13.5 12.5h-11z",
    "shape-hexagon": "M5 3h6l3 5-3 5H5L2 8z",
}
_FILLED = frozenset({"shape-star", "shape-diamond"})


def icon(name: str, size: int = 14) -> SafeString:
    """An inline picture that a screen reader passes over; an unknown name is a circle."""
    path = _STROKES.get(name, _STROKES["open"])
    return format_html(
        '<svg width="{}" height="{}" viewBox="0 0 16 16" fill="{}" stroke="currentColor" '
        'stroke-width="1.4" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" '
        'focusable="false"><path d="{}"/></svg>',
        size,
        size,
        mark_safe("currentColor" if name in _FILLED else "none"),
        mark_safe(path),
    )


ICONS = tuple(_STROKES)
