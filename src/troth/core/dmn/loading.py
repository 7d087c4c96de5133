"""Which model does a file hold, with the files that it imports?

The one place of core that reads files: what a document imports is known once it was read.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from troth.core.dmn.errors import DmnDocumentError
from troth.core.dmn.evaluating import Model, linked
from troth.core.dmn.models import Definitions, Import
from troth.core.dmn.reading import read_definitions


def load(path: str | Path) -> Model:
    """The model of a file; what it imports is looked for beside it, by location or namespace.

    Raises DmnDocumentError, OSError.
    """
    return _load(Path(path), ())


def model_of(document: str | bytes, others: Iterable[Definitions] = ()) -> Model:
    """The model of a document in memory, and of the others that it imports, by their namespaces.

    Raises DmnDocumentError.
    """
    return _model(read_definitions(document), {other.namespace: other for other in others}, ())


def _model(
    definitions: Definitions, others: dict[str, Definitions], above: tuple[str, ...]
) -> Model:
    imported = {}
    for wanted in definitions.models:
        found = others.get(wanted.namespace)
        if found is None or found.namespace in above:
            raise _not_found(definitions.source, wanted, "Hand in the imported model as well.")
        imported[wanted.name] = _model(found, others, (*above, definitions.namespace))
    return linked(definitions, imported)


def _load(path: Path, above: tuple[Path, ...]) -> Model:
    definitions = read_definitions(path.read_bytes(), source=path.name)
    imported = {}
    for wanted in definitions.models:
        found = _beside(path, wanted)
        if found is None or found in above:
            remedy = f"Put the imported model into {path.parent.name}/."
            raise _not_found(path.name, wanted, remedy)
        imported[wanted.name] = _load(found, (*above, path))
    return linked(definitions, imported)


def _not_found(source: str, wanted: Import, remedy: str) -> DmnDocumentError:
    return DmnDocumentError(
        source=source, line=0, found=f"an import of {wanted.namespace!r}",
        expected="a model of that namespace, that does not import this one", remedy=remedy,
    )  # fmt: skip


def _beside(path: Path, wanted: Import) -> Path | None:
    if wanted.location:
        named = path.parent / Path(wanted.location).name
        if named.is_file():
            return named
    for other in sorted(path.parent.glob("*.dmn")):
        if other == path or wanted.namespace.encode() not in (document := other.read_bytes()):
            continue
        if read_definitions(document, source=other.name).namespace == wanted.namespace:
            return other
    return None
