"""Sheets as rows of cells, out of a file's bytes and into them: .xlsx and .csv."""

from __future__ import annotations

from troth.connectors.sheets.formats import FORMATS, read_rows, written_rows

__all__ = ["FORMATS", "read_rows", "written_rows"]
