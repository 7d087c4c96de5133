"""What do the codes of a mapping and of a whole export mean?"""

from __future__ import annotations

from troth.cli.explanations.page import Page, page

PAGES: tuple[Page, ...] = (
    page(
        "source:mapping:wrong",
        "The YAML file that maps an export to our records is wrong in the places that are named.",
        "A guess would land wrong facts, so nothing is read until the mapping is right.",
        "sources/erp.yaml:14:7: feed has no 'colums' (did you mean 'columns'?).",
        "Correct each file:line:column, then run `troth source check NAME`.",
    ),
    page(
        "source:file:missing",
        "No file matches `files` of a feed.",
        "A source without its export would look like a source in which nothing happened.",
        "No file matches exports/orders-*.csv.",
        "Put the export there, or correct `files` in the mapping.",
    ),
    page(
        "source:file:unreadable",
        "The file is there and cannot be read.",
        "It may be another format than its name says, or this user may not open it.",
        "exports/orders.parquet cannot be read: it is no Parquet file.",
        "Export it again, correct `files` and `format`, or let this user read it.",
    ),
    page(
        "source:file:empty",
        "An export holds no rows.",
        "In a full export a missing key means 'gone': an empty file would withdraw everything.",
        "exports/customers.csv holds no rows.",
        "Export it again. If it may be empty, write `may_be_empty: true` in the feed.",
    ),
    page(
        "source:variable:missing",
        "A path in the mapping names an environment variable that is not set.",
        "Mappings are shared, folders are not: the variable says where the exports lie here.",
        "$OLIST/orders.parquet, with OLIST not set.",
        "Set the variable to the folder of the exports, or write the path into the mapping.",
    ),
    page(
        "source:column:missing",
        "The export lacks a column that the mapping asks for.",
        "A column was renamed or left out in the source, or misspelt in the mapping.",
        "orders.csv has no column 'order_date' (did you mean 'orderdate'?).",
        "Export the column again, or correct the mapping.",
    ),
    page(
        "source:column:twice",
        "Two columns of an export have one name.",
        "Nobody can say which of them is meant.",
        "orders.csv has the column 'id' twice.",
        "Rename one in the export, or give the join a `prefix`.",
    ),
    page(
        "source:encoding:wrong",
        "The bytes of a file are not in the encoding that the mapping says.",
        "Read in the wrong encoding, names would be landed garbled and compared garbled.",
        "customers.csv is not utf-8: byte 0xE9 at offset 812, line 9.",
        "Export it as UTF-8, or say its `encoding` in `format`.",
    ),
    page(
        "source:gzip:truncated",
        "A .gz file ends in the middle.",
        "A copy was cut off. What is there might look whole, so nothing of it is landed.",
        "orders.csv.gz ends in the middle: cut off after 1048576 bytes of text.",
        "Copy or export it again.",
    ),
    page(
        "source:gzip:broken",
        "A file is called .gz and is not a sound gzip file.",
        "It is damaged, or it was never compressed.",
        "orders.csv.gz is not a sound gzip file: the checksum differs.",
        "Copy or export it again; if it is not compressed, name it .csv.",
    ),
    page(
        "source:quote:open",
        "A quotation mark is opened and never closed.",
        "All that follows would be read as one value.",
        "orders.csv opens a quotation mark in line 4021 that is never closed.",
        'Correct that line, or write `quote: ""` in `format` where the file uses none.',
    ),
    page(
        "workspace",
        "troth.toml, or a source that a command names, is not as expected.",
        "A workspace is one folder with troth.toml, sources/ and policies/.",
        'troth.toml: workspace.now is \'today\'; expected "live" or "data".',
        "Correct what the message names.",
    ),
    page(
        "workspace:none",
        "There is no troth.toml here or in a folder above.",
        "A command looks upwards from where it is run, as git does.",
        "There is no troth.toml in /home/me or above.",
        "Run `troth init DIR`, change into a workspace, or give `--workspace DIR`.",
    ),
    page(
        "run:nothing",
        "The workspace has no source, so there is nothing to run on.",
        "`troth init` lays a workspace without sources: only you know your exports.",
        "The workspace has no source.",
        "Write sources/NAME.yaml; docs/guides/map-a-source.md tells how.",
    ),
)
