"""Which cells does tests/access/matrix.csv lack? Adds them with a `?`, to be reviewed.

A new cell holds what the table of rights says, and a question mark: the tests fail until somebody
has looked at it and removed the mark. Cells that are there stay as they are; those that nothing
asks for any more are removed.
"""

from __future__ import annotations

import csv
import os
import sys
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "troth.site.settings")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import django

django.setup()

from tests.access import matrix  # noqa: E402

from troth.core.access.roles import Role  # noqa: E402


def main() -> int:
    known = matrix.read() if matrix.FILE.exists() else {}
    rows, added = [], 0
    for line, probe in matrix.lines():
        cells = known.get(line)
        if cells is None:
            added += 1
            cells = tuple(f"{cell}?" for cell in matrix.proposed(probe, Role(line[2])))
        rows.append((*line, *cells))
    with matrix.FILE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(matrix.HEAD)
        writer.writerows(rows)
    print(f"{len(rows)} lines, {added} of them new: look at each cell with a question mark.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
