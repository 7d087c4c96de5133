"""How is a fitted model of value kept, so that its bytes repeat and a page can draw it?

Numbers are decimals of six digits, written as text.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from troth.analysis.value.assessing import Check
from troth.analysis.value.calibration import Calibration
from troth.analysis.value.lifetime import HoldOut


def number(value: float) -> str | None:
    """Six significant digits, without an exponent's surprises; None for what is no number."""
    return format(value, ".6g") if math.isfinite(value) else None


def parameters_document(found: Mapping[str, tuple[float, float]]) -> dict[str, Any]:
    """name → {value, error}."""
    return {
        name: {"value": number(value), "error": number(error)}
        for name, (value, error) in found.items()
    }


def check_document(found: Check) -> dict[str, Any]:
    """A check on a time that was held out: purchases by frequency class, chances by band."""
    document: dict[str, Any] = {
        "until_day": found.until_day,
        "days": found.days,
        "leaving": _calibration(found.leaving),
    }
    if found.hold_out is not None:
        document["hold_out"] = _hold_out(found.hold_out)
    return document


def _calibration(found: Calibration) -> dict[str, Any]:
    return {
        "customers": found.customers,
        "happened": found.happened,
        **{
            name: number(getattr(found, name))
            for name in (
                "auc", "brier", "brier_of_mean", "slope", "slope_low", "slope_high", "intercept",
            )
        },
        "bands": [
            {
                "customers": band.customers,
                **{
                    name: number(getattr(band, name))
                    for name in ("lowest", "highest", "expected", "actual")
                },
            }
            for band in found.bands
        ],
    }  # fmt: skip


def _hold_out(found: HoldOut) -> dict[str, Any]:
    return {
        "expected": number(found.expected),
        "actual": number(found.actual),
        "inside": number(found.inside),
        "classes": [
            {
                "frequency": item.frequency,
                "is_open": item.is_open,
                "customers": item.customers,
                "expected": number(item.expected),
                "actual": number(item.actual),
            }
            for item in found.classes
        ],
    }
