"""What does a code read like to a person, in which tone, and behind which shape?"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _

Text = str | Lazy


@dataclass(frozen=True, kw_only=True)
class Word:
    """One code as people read it. The tone is never told by colour alone."""

    text: Text
    tone: str = ""  # good, watch, bad, info or neutral
    icon: str = "open"


STATES: dict[str, Word] = {
    # promises
    "open": Word(text=_("Open"), tone="info", icon="open"),
    "at_risk": Word(text=_("At risk"), tone="watch", icon="watch"),
    "late": Word(text=_("Late"), tone="bad", icon="late"),
    "kept": Word(text=_("Kept"), tone="good", icon="good"),
    "broken": Word(text=_("Broken"), tone="bad", icon="bad"),
    "cancelled": Word(text=_("Cancelled"), icon="cancelled"),
    # cases
    "new": Word(text=_("New"), tone="info", icon="open"),
    "in_progress": Word(text=_("In progress"), tone="info", icon="open"),
    "waiting_on_customer": Word(text=_("Waiting on customer"), icon="paused"),
    "waiting_on_third_party": Word(text=_("Waiting on third party"), icon="paused"),
    "resolved": Word(text=_("Resolved"), tone="good", icon="good"),
    "closed": Word(text=_("Closed"), tone="good", icon="good"),
    "breached": Word(text=_("Breached"), tone="bad", icon="late"),
    "all": Word(text=_("All")),
    # differences between order, shipment and invoice
    "accepted": Word(text=_("Accepted"), icon="good"),
    "righted": Word(text=_("Came right"), tone="good", icon="good"),
    # clocks
    "paused": Word(text=_("Paused"), icon="paused"),
    "completed": Word(text=_("Completed"), tone="good", icon="good"),
    # policies
    "in_force": Word(text=_("In force"), tone="good", icon="good"),
    "coming": Word(text=_("Coming"), tone="info", icon="late"),
    "past": Word(text=_("Past"), icon="cancelled"),
    # roll-outs
    "running": Word(text=_("Running"), tone="info", icon="open"),
    "done": Word(text=_("For everybody"), tone="good", icon="good"),
    "rolled_back": Word(text=_("Rolled back"), tone="watch", icon="cancelled"),
    # changes of policies
    "draft": Word(text=_("Draft"), icon="open"),
    "checked": Word(text=_("Checked"), tone="info", icon="open"),
    "replayed": Word(text=_("Replayed"), tone="info", icon="open"),
    "proposed": Word(text=_("Proposed"), tone="watch", icon="watch"),
    "approved": Word(text=_("Approved"), tone="good", icon="good"),
    "rejected": Word(text=_("Rejected"), tone="bad", icon="bad"),
    "withdrawn": Word(text=_("Withdrawn"), icon="cancelled"),
    "scheduled": Word(text=_("Scheduled"), tone="info", icon="late"),
    "live": Word(text=_("Live"), tone="good", icon="good"),
    "superseded": Word(text=_("Superseded"), icon="cancelled"),
    # freezes
    "current": Word(text=_("Running and planned")),
    "over": Word(text=_("Over"), icon="cancelled"),
    "ended": Word(text=_("Ended early"), icon="cancelled"),
    # assessments, and where a field stands
    "drafted": Word(text=_("Waits for its sign-off"), tone="watch", icon="watch"),
    "approved_with_conditions": Word(text=_("Approved with conditions"), tone="good", icon="good"),
    "refused": Word(text=_("Refused"), tone="bad", icon="bad"),
    "known": Word(text=_("The record's own"), icon="good"),
    "assessed": Word(text=_("Assessed"), tone="good", icon="good"),
    "in_use": Word(text=_("Landed before, not assessed"), tone="watch", icon="watch"),
    "missing": Word(text=_("Left out: not assessed"), tone="bad", icon="bad"),
    # consent
    "granted": Word(text=_("Yes"), tone="good", icon="good"),
    "denied": Word(text=_("No"), tone="watch", icon="cancelled"),
    "revoked": Word(text=_("Taken back"), tone="watch", icon="cancelled"),
    "expired": Word(text=_("A yes that is over"), tone="watch", icon="late"),
    "none": Word(text=_("Nothing said"), icon="open"),
    # shipments and orders at the source
    "planned": Word(text=_("Planned"), icon="open"),
    "shipped": Word(text=_("Shipped"), tone="info", icon="orders"),
    "delivered": Word(text=_("Delivered"), tone="good", icon="good"),
    "lost": Word(text=_("Lost"), tone="bad", icon="bad"),
}

LABELS: dict[str, Text] = {
    # how order, shipment and invoice differ
    "not_sent": _("Not sent in time"),
    "sent_too_much": _("Sent too much"),
    "sent_though_cancelled": _("Sent though cancelled"),
    "billed_not_sent": _("Billed, not sent"),
    "sent_not_billed": _("Sent, not billed"),
    "billed_otherwise": _("Billed otherwise"),
    "billed_in_another_currency": _("Billed in another currency"),
    "billed_to_another": _("Billed to another customer"),
    "delivered_otherwise": _("Delivered on another day"),
    # purposes that come with the product, legal bases, and how something was said
    "personalisation_own": _("Terms of your own"),
    "personalisation_tier": _("Treatment by tier"),
    "personalisation_segment": _("Treatment by segment"),
    "profiling": _("Profiling"),
    "sentiment": _("Reading of sentiment"),
    "marketing": _("Marketing"),
    "contract performance": _("Performance of the contract"),
    "legal_obligation": _("Legal obligation"),
    "vital_interests": _("Vital interests"),
    "public_task": _("Public task"),
    "legitimate_interests": _("Legitimate interests"),
    "consent": _("Consent"),
    "letter": _("Letter"),
    "in_person": _("In person"),
    "web_form": _("Web form"),
    "console": _("console"),
    "api": _("API"),
    "cli": _("command line"),
    # metrics of clocks
    "delivery": _("Delivery"),
    "first_response": _("First response"),
    "resolution": _("Resolution"),
    # how a customer's value is told
    "non_contractual": _("Without a contract"),
    "contractual": _("Under contract"),
    # what erasing a person empties
    "fact_personal": _("Personal fields of records"),
    "store_customerpersonal": _("Name and ways to reach them"),
    "store_quarantinedrow": _("Rows in quarantine"),
    "store_idempotencykey": _("Answers kept for repeated requests"),
    "store_outboxmessage": _("Messages to other systems"),
    "store_subjectkey": _("Key that opens what is sealed"),
    "store_customeraccess": _("Reasons for naming people"),
    "store_breakglass": _("Reasons for breaking the glass"),
    "store_commitmentdifference": _("Reasons for accepting differences"),
    # messages to other systems
    "dead": _("Not sent"),
    # layers
    "guardrail": _("Guardrail"),
    "customer": _("Customer"),
    "contract": _("Contract"),
    "tier": _("Tier"),
    "segment": _("Segment"),
    "region": _("Region"),
    "company": _("Company"),
    "default": _("Built-in default"),
    # what a check of policies finds
    "gap": _("No rule answers"),
    "overlap": _("Rules contradict each other"),
    "masked": _("Never decides"),
    "redundant": _("Changes nothing"),
    "misleading": _("Misleads the reader"),
    "never-matches": _("Never matches"),
    "mergeable": _("Could be one rule"),
    "not-analysed": _("Not analysed"),
    "outranked": _("Others always answer first"),
    "nobody": _("Nobody gets it"),
    "changed-later": _("Changed by a later policy"),
    "unsigned": _("No signed clause"),
    "not-held": _("Signed, and not held"),
    "impossible": _("Cannot be kept"),
    # kinds of decision and policy
    "promise": _("Promise"),
    "prioritise": _("Priority"),
    "lead_time": _("Lead time"),
    "service_level": _("Service level"),
    "queue": _("Queue"),
    "tiers": _("Tiers"),
    "price_terms": _("Price terms"),
    "allocation_priority": _("Allocation priority"),
    "escalation": _("Escalation"),
    "exception_authority": _("Authority for exceptions"),
    "communication": _("Communication"),
    # freezes
    "fiscal_close": _("Fiscal close"),
    "season": _("Season"),
    "launch": _("Launch"),
    "downtime": _("Downtime"),
    "yearly": _("Every year"),
    "quarterly": _("Every quarter"),
    "monthly": _("Every month"),
    "added": _("Added"),
    "changed": _("Changed"),
    "unchanged": _("As it was"),
    # what happened
    "placed": _("Order placed"),
    "order:shipped": _("Order shipped"),
    "order:delivered": _("Order delivered"),
    "order:cancelled": _("Order cancelled"),
    "opened": _("Case opened"),
    "case:resolved": _("Case resolved"),
    "inbound": _("Customer got in touch"),
    "outbound": _("We got in touch"),
    "contact": _("Contact"),
    "answered": _("Survey answered"),
    # case events
    "assigned": _("Assigned"),
    "responded": _("Responded"),
    "waiting": _("Waiting on the customer"),
    "resumed": _("Resumed"),
    "reopened": _("Reopened"),
    "updated": _("Updated"),
    # fields
    "name": _("Name"),
    "email": _("E-mail"),
    "phone": _("Phone"),
    "tax_id": _("Tax id"),
    "address": _("Address"),
    "postal_code": _("Postal code"),
    "organisation": _("Organisation"),
    "person": _("Person"),
    # erasing
    "request": _("The person asked"),
    "retention": _("No longer needed"),
    "court_order": _("A court ordered it"),
    "party_kind": _("Kind"),
    "city": _("City"),
    "country": _("Country"),
    "time_zone": _("Time zone"),
    "language": _("Language"),
    # why a point of quality was lost
    "quality:missing": _("No record says it"),
    "quality:malformed": _("Not in its form"),
    "quality:disagreement": _("Records disagree"),
    "quality:late": _("Its feeds are late"),
    "quality:unverified": _("Waits for a steward"),
    # functions that sign
    "operations": _("Operations"),
    "service": _("Service"),
    "legal": _("Legal"),
    "finance": _("Finance"),
    # roles
    "executive": _("Executive"),
    "operations_manager": _("Operations manager"),
    "operations_engineer": _("Operations engineer"),
    "agent": _("Agent"),
    "steward": _("Steward"),
    "auditor": _("Auditor"),
    "privacy_officer": _("Privacy officer"),
    "administrator": _("Administrator"),
    "integration": _("Integration"),
    # outcomes of decisions
    "promised_at": _("Promised for"),
    "lead_time_hours": _("Lead time, hours"),
    "is_cold_start": _("Without history of its own"),
    "meets_request": _("Meets the request"),
    "level": _("Learned from"),
    "observed_orders": _("Orders learned from"),
    "probability_by_request": _("Chance by the requested date"),
    "probability": _("Chance"),
    "service_quantile": _("Share that should arrive in time"),
    "lane": _("Lane"),
    "first_response_due_at": _("First response due"),
    "resolution_due_at": _("Resolution due"),
    "rank": _("Place in the queue"),
    "month": _("Month"),
    # what guardrails of roll-outs watch
    "promise_coverage": _("Promises kept"),
    "clocks_breached": _("Clocks breached"),
    "credit_owed": _("Credit owed"),
    "sla_first_response_met": _("First responses in time"),
    "sla_resolution_met": _("Resolutions in time"),
}


def label(code: str) -> str:
    """What a code reads like; one without words of its own reads as itself, spaced."""
    known = LABELS.get(code)
    if known is None and code in STATES:
        known = STATES[code].text
    if known is not None:
        return str(known)
    text = code.replace("_", " ")
    return text[:1].upper() + text[1:]


def state_word(code: str) -> Word:
    """The word, tone and shape of a state."""
    return STATES.get(code) or Word(text=label(code), icon="open")
