"""Which policy values does a decision obey, and how do they stand in a file and in a receipt?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from typing import Any

from troth.core.decisions.decision import PolicyUsed
from troth.core.decisions.inputs import DecisionInputError, Fields, read_decimal, refuse
from troth.core.policies.kinds import BY_NAME
from troth.core.policies.outputs import FaultError, read_value
from troth.core.policies.resolution import Resolution
from troth.core.policies.scopes import DEFAULT_LAYER
from troth.core.policies.specs import OutputSpec

GIVEN_LAYER = "input"  # of a value that a person wrote into the input of one decision


def policies_used(
    *resolutions: Resolution, but: Collection[tuple[str, str]] = ()
) -> tuple[PolicyUsed, ...]:
    """What a decision takes of resolved policies: all outputs, in the order of their kinds.

    `but`: (kind, output) pairs that it does not look at.

    Terms and guardrails that moved a value stand with what it overrode.
    """
    return tuple(
        PolicyUsed(
            kind=item.kind,
            output=item.output,
            value=item.value,
            layer=item.layer,
            scope=item.scope,
            version=item.version,
            overrode=(*item.overrode, *item.floors, *item.clamped_by),
            rule=item.rule,
            instead_of=item.instead_of,
        )
        for resolution in resolutions
        for item in resolution.outputs
        if (item.kind, item.output) not in but
    )


class Answers:
    """The values of policy outputs by name, typed. Readers raise DecisionInputError."""

    def __init__(self, used: Iterable[PolicyUsed], *, path: str = "policy") -> None:
        self._path = path
        self._values = {(answer.kind, answer.output): answer.value for answer in used}

    def raw(self, kind: str, output: str) -> Any:
        """The value as it stands; None where there is no answer."""
        return self._values.get((kind, output))

    def integer(self, kind: str, output: str) -> int:
        """A whole number, which must have an answer."""
        value = self.raw(kind, output)
        if not isinstance(value, int) or isinstance(value, bool):
            path = f"{self._path}.{kind}.{output}"
            refuse(path, value, "a whole number", "Give a policy that answers it.")
        return value

    def decimal(self, kind: str, output: str) -> Decimal:
        """A number, which must have an answer."""
        return read_decimal(self.raw(kind, output), path=f"{self._path}.{kind}.{output}")


def write_used(used: Iterable[PolicyUsed]) -> list[dict[str, Any]]:
    """What `read_used` reads; empty parts are left out."""
    rows: list[dict[str, Any]] = []
    for answer in used:
        row: dict[str, Any] = {
            "kind": answer.kind,
            "output": answer.output,
            "value": answer.value,
            "layer": answer.layer,
        }
        if answer.scope:
            row["scope"] = answer.scope
        if answer.version:
            row["version"] = answer.version
        if answer.rule:
            row["rule"] = answer.rule
        if answer.instead_of:
            row["instead_of"] = list(answer.instead_of)
        if answer.overrode:
            row["overrode"] = list(answer.overrode)
        rows.append(row)
    return rows


def read_used(found: object, kinds: Sequence[str], *, path: str) -> tuple[PolicyUsed, ...]:
    """The policy values of an input: a list as a receipt keeps it, or what a person writes.

    A person writes {kind: {output: value}}: it is checked against the policy kinds of today, and
    what is missing has its built-in default. What a receipt recorded is taken as it stands, so
    that it stays readable when the kinds change. Raises DecisionInputError.
    """
    if isinstance(found, list | tuple):
        return tuple(_recorded(row, f"{path}[{index}]") for index, row in enumerate(found))
    kinds_found = Fields(found, path=path)
    used: list[PolicyUsed] = []
    for kind in kinds:
        outputs = Fields(kinds_found.mapping(kind, {}), path=kinds_found.at(kind))
        for spec in BY_NAME[kind].outputs:
            value = outputs.raw(spec.name, None)
            layer = DEFAULT_LAYER if value is None else GIVEN_LAYER
            read = spec.default if value is None else _value(spec, value, outputs.at(spec.name))
            used.append(
                PolicyUsed(
                    kind=kind, output=spec.name, value=read, layer=layer, scope="", version=""
                )
            )
        outputs.finish()
    kinds_found.finish()
    return tuple(used)


def _recorded(found: object, path: str) -> PolicyUsed:
    fields = Fields(found, path=path)
    answer = PolicyUsed(
        kind=fields.text("kind"),
        output=fields.text("output"),
        value=fields.raw("value", None),
        layer=fields.text("layer"),
        scope=fields.text("scope", default=""),
        version=fields.text("version", default=""),
        rule=fields.text("rule", default=""),
        instead_of=tuple(str(item) for item in fields.sequence("instead_of", ())),
        overrode=tuple(str(item) for item in fields.sequence("overrode", ())),
    )
    fields.finish()
    return answer


def _value(spec: OutputSpec, found: Any, path: str) -> Any:
    try:
        return read_value(spec, found, path=path)
    except FaultError as error:
        fault = error.fault
        raise DecisionInputError(
            path=path, found=fault.found, expected=fault.expected, remedy=fault.remedy
        ) from error
