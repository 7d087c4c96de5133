"""What does somebody tell of a case, so that tables can answer for it?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from troth.core.policies.kinds import KINDS
from troth.core.policies.outputs import FaultError, read_input, refuse, unknown_key
from troth.core.policies.specs import InputSpec


def inputs() -> Mapping[str, InputSpec]:
    """Every input that some kind declares, by name."""
    return {spec.name: spec for kind in KINDS for spec in kind.inputs}


def read_case(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Inputs as text, by name, turned into what their kind declares; "" is left out.

    Raises FaultError for a name that no kind declares and a value that does not fit.
    """
    specs, case = inputs(), dict[str, Any]()
    for name, text in pairs:
        spec = specs.get(name)
        if spec is None:
            raise FaultError(unknown_key("case", name, sorted(specs), "an input of a policy"))
        value = read_input(spec, text)
        if value is not None:
            case[name] = value
    return case


def read_terms(terms: Iterable[str]) -> dict[str, Any]:
    """The same from texts NAME=VALUE. Raises FaultError."""
    pairs = []
    for term in terms:
        name, mark, text = term.partition("=")
        if not mark:
            refuse("case", term, "NAME=VALUE, as severity=2", "Write it so, once for each input.")
        pairs.append((name.strip(), text.strip()))
    return read_case(pairs)
