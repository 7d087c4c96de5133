"""What do the codes of a row in quarantine mean?

A row that has one is kept with its reason; the rest of its batch lands. Correct the source and
run again, or `troth quarantine replay` once the mapping is right.
"""

from __future__ import annotations

from troth.cli.explanations.page import Page, page

PAGES: tuple[Page, ...] = (
    page(
        "row:key:missing",
        "The row has no key.",
        "Without a key nobody can say which record it is, today or at the next export.",
        "`order_id` is empty in orders.csv, line 12.",
        "Give the row its key in the source, or name other columns as `key`.",
    ),
    page(
        "row:key:two-contents",
        "One key stands in several rows with different contents.",
        "Nobody can say which of them is right, and the order of rows must not decide.",
        "erp:SO-7 stands here and in row 19 with other contents.",
        "Correct the source, or write `history: true` if they are its successive states.",
    ),
    page(
        "row:text:nul",
        "A text holds a NUL character.",
        "PostgreSQL cannot keep it, and it is never meant.",
        "`note` holds a NUL character.",
        "Take it out in the source.",
    ),
    page(
        "row:field:missing",
        "A column is empty whose field the record cannot do without.",
        "An order without its instant, for example, has no place in any measure.",
        "`placed` is empty, and an order needs its `placed_at`.",
        "Fill it in the source, or map another column.",
    ),
    page(
        "row:date:unreadable",
        "A value is no date or no date-time of the format that the mapping gives.",
        "03/04/2026 is a day in March or in April: a guess would be wrong without a trace.",
        "`placed` is '31.02.2026', which is no date-time like %d.%m.%Y.",
        "Correct it in the source, or the field's `format` in the mapping.",
    ),
    page(
        "row:integer:unreadable",
        "A value is no whole number.",
        "A fraction is not rounded in silence.",
        "`lines` is '2.5', which is not a whole number.",
        "Correct it in the source, or map it to a field that takes decimals.",
    ),
    page(
        "row:decimal:unreadable",
        "A value is no number, or has more digits than can be kept.",
        "1.234 is a thousand in one country and one and a bit in another: `format` says which.",
        "`total` is '1.234,50', which is not a number with '.' before its decimals.",
        "Correct it in the source, or `decimal` and `thousands` in `format`.",
    ),
    page(
        "row:boolean:unreadable",
        "A value is neither true nor false.",
        "Only true and false, yes and no, 1 and 0 are read as such.",
        "`complete` is 'maybe'.",
        "Correct it in the source, or translate it with `values`.",
    ),
    page(
        "row:code:unknown",
        "A value is none of the codes that the field takes, and no `values` translates it.",
        "A state that nobody knows cannot be counted as any other.",
        "`status` is 'on hold'; `state` takes open, delivered, cancelled.",
        'Add it to `values` in the mapping, or add "*" for all others.',
    ),
    page(
        "row:currency:missing",
        "An amount has no currency.",
        "An amount without a currency cannot be added to another.",
        "`currency` is empty, so nobody knows the currency of `total`.",
        "Fill it in the source, or write `currency: EUR` in the mapping.",
    ),
    page(
        "row:currency:unreadable",
        "A currency is no code of three letters (ISO 4217).",
        "A sign such as $ stands for many currencies.",
        "`currency` is '$', which is no currency code.",
        "Correct it in the source, or map a constant `currency`.",
    ),
    page(
        "row:unit:missing",
        "A quantity has no unit.",
        "Pieces and pallets must not be added.",
        "`uom` is empty, so nobody knows the unit of `quantity`.",
        "Fill it in the source, or write `unit: piece` in the mapping.",
    ),
    page(
        "row:unit:unknown",
        "A unit is not in `units` of the mapping.",
        "Each unit of the source has to be told which of ours it is.",
        "`uom` is 'CTN', which `units` does not translate.",
        "Add it to `units`.",
    ),
    page(
        "row:known_at:missing",
        "One of a record's successive states does not say when it began.",
        "A state without its instant has no place in the record's history.",
        "`sys_updated_at` is empty.",
        "Fill it in the source.",
    ),
    page(
        "row:values:too-few",
        "The row has fewer values than the header has columns.",
        "A value is missing, or a line break stands in it without quotation marks.",
        "The row has 6 values, its header 8.",
        "Correct the export; quote what holds line breaks.",
    ),
    page(
        "row:values:too-many",
        "The row has more values than the header has columns.",
        "A delimiter stands in a value without quotation marks.",
        "The row has 9 values, its header 8.",
        "Correct the export; quote what holds delimiters.",
    ),
    page(
        "row:join:not-unique",
        "The other export of a join has several rows with different contents for this one.",
        "Taking any of them would be a choice that nobody made.",
        "`customer_id` is '7', for which customers.csv has several rows.",
        "Correct that export, or write `take: first` and `order_by` in the join.",
    ),
    page(
        "event:attribute",
        "An attribute of a CloudEvent (id, source, type, time) is missing or wrong.",
        "Without them nobody can say what the event is about, and whether it came before.",
        "type: found 'order', expected one of the types that GET /api/v1/openapi.json lists.",
        "Correct the attribute and send the event again; the kept one stays until it lands.",
    ),
    page(
        "event:data",
        "A field in the data of a CloudEvent cannot be read.",
        "Events are checked as strictly as exports.",
        "data.placed_at: found '31.1.', expected an instant with its time zone.",
        "Correct the field and send the event again.",
    ),
)
