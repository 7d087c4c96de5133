"""How does each record kind read to somebody who maps an export to it?"""

from __future__ import annotations

from troth.core.records.fields import FieldSpec
from troth.core.records.kinds import KINDS, RecordKind

_INTRODUCTION = """# Records

<!-- Generated from troth.core.records; change it there. -->

A source's rows become records of these kinds, in this order, so that what is referred to is
there. A **key** names one source record everywhere: `system:key`, such as `erp:SO-1001`. An
**instant** carries a time zone and is kept in UTC. **Money** is an amount with its ISO 4217
currency in `FIELD_currency`; a **quantity** is an amount with its unit in `FIELD_unit`. A field
that is not required may be missing: that is "no value", never zero. Personal fields are stored
apart, per source record, so that they can be erased. Every kind also takes typed fields of the
company's own, under `custom`.
"""


def reference() -> str:
    """docs/reference/records.md: one table a record kind, one line a field."""
    return "\n".join((_INTRODUCTION, *(_section(kind) for kind in KINDS)))


def _section(kind: RecordKind) -> str:
    lines = [f"## `{kind.name}`", "", _summary(kind)]
    if kind.occurs is not None:
        lines += ["", f"Happened at: `{kind.occurs}`, unless the mapping says otherwise."]
    lines += [
        "",
        "| field | type | required | sensitivity | refers to | codes | meaning |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        *(_row(spec) for spec in kind.fields),
        "",
    ]
    return "\n".join(lines)


def _summary(kind: RecordKind) -> str:
    return " ".join((kind.record.__doc__ or "").split())


def _row(spec: FieldSpec) -> str:
    cells = (
        f"`{spec.name}`",
        spec.type.value,
        "yes" if spec.is_required else "",
        spec.sensitivity.value,
        f"`{spec.refers_to}`" if spec.refers_to else "",
        ", ".join(f"`{code}`" for code in spec.allowed),
        spec.about.replace("|", "\\|"),
    )
    return "| " + " | ".join(cells) + " |"
