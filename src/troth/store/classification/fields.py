"""What is each field that a source system delivers?"""

from __future__ import annotations

from troth.store.classification.treatments import (
    ADDRESSEE,
    PARTY,
    PERSON,
    PLAIN,
    PSEUDONYM,
    SAID,
    SERVER,
    Treatment,
    every,
)

FIELDS: dict[str, dict[str, Treatment]] = {
    "agent": {
        **every(PLAIN, "team skills language is_active started_at"),
        **every(PSEUDONYM, "key"),
        **every(SERVER, "name email"),
    },
    "customer": {
        **every(PLAIN, "party_kind sales_region country time_zone language segment created_at"),
        **every(PSEUDONYM, "key parent account_manager city"),
        **every(PARTY, "name tax_id email phone address postal_code"),
    },
    "contact": {
        **every(PLAIN, "role language"),
        **every(PSEUDONYM, "key customer"),
        **every(PERSON, "name email phone"),
    },
    "contract": {
        **every(PLAIN, "status signed_on starts_on ends_on document lead_time_days"),
        **every(PSEUDONYM, "key customer"),
    },
    "product": {
        **every(PLAIN, "key name category unit weight list_price unit_cost is_active"),
    },
    "site": {
        **every(PLAIN, "key name site_kind city sales_region country time_zone"),
    },
    "exchange_rate": {
        **every(PLAIN, "key from_currency to_currency rate valid_on"),
    },
    "stock_level": {
        **every(PLAIN, "key product site on_hand reserved on_order counted_at"),
    },
    "scheduled_supply": {
        **every(PLAIN, "key product site quantity due_at received_at"),
    },
    "capacity": {
        **every(PLAIN, "key site resource starts_at ends_at available used"),
    },
    "order": {
        **every(
            PLAIN,
            "placed_at status requested_at source_promised_at shipped_at delivered_at "
            "cancelled_at origin_region destination_region destination_country "
            "destination_time_zone channel total freight",
        ),
        **every(PSEUDONYM, "key customer site"),
    },
    "order_line": {
        **every(PLAIN, "quantity unit_price discount_rate freight requested_at"),
        **every(PSEUDONYM, "key order product site"),
    },
    "shipment": {
        **every(PLAIN, "status carrier planned_at shipped_at delivered_at"),
        **every(PSEUDONYM, "key order site"),
        **every(ADDRESSEE, "recipient"),
    },
    "shipment_line": {
        **every(PLAIN, "quantity"),
        **every(PSEUDONYM, "key shipment order_line product"),
    },
    "return": {
        **every(PLAIN, "quantity reason returned_at"),
        **every(PSEUDONYM, "key order order_line product"),
    },
    "invoice_line": {
        **every(PLAIN, "invoice quantity amount invoiced_at paid_at"),
        **every(PSEUDONYM, "key customer order order_line product"),
    },
    "case": {
        **every(
            PLAIN,
            "category severity status channel opened_at first_responded_at resolved_at "
            "closed_at team reopen_count source_met_sla",
        ),
        **every(PSEUDONYM, "key customer contact order agent"),
        **every(SAID, "subject"),
    },
    "case_event": {
        **every(PLAIN, "event_kind occurred_at team status"),
        **every(PSEUDONYM, "key case agent"),
    },
    "interaction": {
        **every(PLAIN, "channel direction occurred_at duration_minutes"),
        **every(PSEUDONYM, "key customer case contact agent"),
        **every(SAID, "summary"),
    },
    "survey_response": {
        **every(PLAIN, "method score scale_low scale_high asked_at answered_at"),
        **every(PSEUDONYM, "key customer order case"),
        **every(SAID, "verbatim"),
    },
}


# What every version of a record has, whatever its kind. `raw` and `custom` are the part of a
# delivered row that the mapping declares to be plain.
ENVELOPE: dict[str, Treatment] = {
    **every(PLAIN, "pk revision region op landing occurred_at known_at landed_at raw custom"),
    **every(PSEUDONYM, "key row_hash"),
}
