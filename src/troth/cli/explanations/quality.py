"""What do the codes of lost points of quality mean? They are no errors."""

from __future__ import annotations

from troth.cli.explanations.page import Page, page

PAGES: tuple[Page, ...] = (
    page(
        "quality:missing",
        "The field has no value, and such a customer should have one.",
        "What is not known cannot join records, address a parcel or choose a policy.",
        "No record says it. Deliveries go there.",
        "Ask the customer and enter it in a source system, or map the column that has it.",
    ),
    page(
        "quality:malformed",
        "The value does not have the form of its field.",
        "An e-mail address without a domain reaches nobody, and joins no records.",
        "It does not have the form that such a field has.",
        "Correct it in the system that it came from, or believe another record.",
    ),
    page(
        "quality:disagreement",
        "Some records say something else than the value that was chosen.",
        "One of them is wrong, or out of date, and somebody may be served by it.",
        "1 of 2 records says something else.",
        "Correct the record that is wrong; `troth customer believe` settles it until then.",
    ),
    page(
        "quality:late",
        "Every feed that says so is further behind than its contract allows.",
        "The value may have changed since; decisions leave it out as well (floor:stale).",
        "Every feed that says so is older than its contract allows: "
        "crm/customers 96.0 h, 24.0 h agreed.",
        "See `troth source lag`, and get the feed to run again.",
    ),
    page(
        "quality:unverified",
        "Every record under contract that says so breaks its contract and waits for a steward.",
        "Nobody has looked at it yet; decisions leave it out as well (floor:unverified).",
        "Who says so breaks its contract and waits for a steward.",
        "See `troth quarantine list`; correct the record at its source.",
    ),
)
