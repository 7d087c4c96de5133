"""How does each policy kind read to somebody who writes a policy file?"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from troth.core.ledger.canonical import decimal_text
from troth.core.policies.kinds import KINDS
from troth.core.policies.scopes import Layer
from troth.core.policies.specs import OutputSpec, PolicyKind

_INTRODUCTION = """# Policies

<!-- Generated from troth.core.policies; change it there. -->

A policy answers **outputs** for a **scope**. For each output the most specific layer that has an
answer wins: customer, contract, tier, segment, region, company, then the built-in default. An
output that a version leaves out is no answer. Where an output has a direction, an answer of a
signed contract is a floor in that direction. Guardrails clamp last. How a file is written is told
by [the guide](../guides/write-a-policy.md). Where the answer depends on the case, a version has a
decision table over what its kind may ask for.
"""


def reference() -> str:
    """docs/reference/policies.md: one table a policy kind, one line an output."""
    return "\n".join((_INTRODUCTION, *(_section(kind) for kind in KINDS)))


def _section(kind: PolicyKind) -> str:
    return "\n".join(
        (
            f"## `{kind.name}`",
            "",
            kind.about,
            "",
            "| output | type | unit | better | default | valid | layers | meaning |",
            "| --- | --- | --- | --- | --- | --- | --- | --- |",
            *(_row(spec) for spec in kind.outputs),
            "",
            *_inputs(kind),
        )
    )


def _inputs(kind: PolicyKind) -> tuple[str, ...]:
    if not kind.inputs:
        return ("Its tables may ask for nothing.", "")
    return (
        "| a table may ask for | type | valid | meaning |",
        "| --- | --- | --- | --- |",
        *(
            f"| `{spec.name}` | {spec.type} | {', '.join(_shown(i) for i in spec.allowed)} |"
            f" {spec.about} |"
            for spec in kind.inputs
        ),
        "",
    )


def _row(spec: OutputSpec) -> str:
    layers = "all" if spec.layers == tuple(Layer) else ", ".join(spec.layers)
    cells = (
        f"`{spec.name}`",
        spec.type,
        spec.unit,
        spec.better or "",
        _default(spec.default),
        _valid(spec),
        layers,
        _meaning(spec).replace("|", "\\|"),
    )
    return "| " + " | ".join(cells) + " |"


def _default(value: Any) -> str:
    if value is None:
        return "no answer"
    return f"`{_shown(value)}`"


def _shown(value: Any) -> str:
    if isinstance(value, Decimal):
        return decimal_text(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_shown(item)}" for name, item in value.items()) + "}"
    if isinstance(value, tuple | list):
        return "[" + ", ".join(_shown(item) for item in value) + "]"
    return str(value)


def _valid(spec: OutputSpec) -> str:
    if spec.allowed:
        return ", ".join(_shown(item) for item in spec.allowed)
    if spec.minimum is not None and spec.maximum is not None:
        return f"{_shown(spec.minimum)} to {_shown(spec.maximum)}"
    if spec.minimum is not None:
        return f"{_shown(spec.minimum)} or more"
    words = {"clock_time": "00:00 to 24:00", "time_zone": "IANA name", "calendar": "calendar"}
    return words.get(spec.format or "", "")


def _meaning(spec: OutputSpec) -> str:
    parts = spec.item.fields if spec.item else spec.fields
    if not parts:
        return spec.about
    return f"{spec.about} Each has {', '.join(f'`{part.name}` ({part.type})' for part in parts)}."
