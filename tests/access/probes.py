"""How is each operation, page, chart and export asked for, and under which right?

One line each. Something that is added to Troth is added here, or `test_matrix.py` fails and says
so; then `python tools/access_matrix.py` adds its cells to matrix.csv, to be reviewed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from troth.analysis.metrics import catalog
from troth.core.access.roles import Right

Judged = Literal["thing", "written", "listed", "common"]
_R = Right
_WHY = "The customer is on the telephone."


@dataclass(frozen=True, kw_only=True)
class Probe:
    """One question to Troth. {…} in address and body are filled with one customer's keys.

    thing: asked for each customer, the status counts; written: the same, whether anything was
    written counts; listed: asked once, whether each customer's `mark` is in the answer counts;
    common: asked once, of nobody's, the status counts.
    """

    surface: str
    name: str
    address: str
    right: Right | None
    judged: Judged
    mark: str = ""
    body: Any = None  # of a POST: a dict is sent as JSON to the API, as a form to a page

    @property
    def id(self) -> str:
        return f"{self.surface} {self.name}"


def _api(name: str, address: str, right: Right | None, judged: Judged, mark: str = "",
         body: Any = None) -> Probe:  # fmt: skip
    return Probe(surface="api", name=name, address=f"/api/v1{address}", right=right,
                 judged=judged, mark=mark, body=body)  # fmt: skip


def _page(name: str, address: str, right: Right | None, judged: Judged, mark: str = "",
          body: Any = None) -> Probe:  # fmt: skip
    return Probe(surface="page", name=name, address=address, right=right, judged=judged,
                 mark=mark, body=body)  # fmt: skip


_NAMING = {"customer": "{customer}", "user": "stranger", "reason": _WHY}
_RESTRICTING = {"customer": "{customer}", "reason": _WHY}

_SIGNING = {
    "function": "operations",
    "verdict": "approved",
    "reason": _WHY,
    "digest": "{digest}",
}

_PURPOSE = {
    "purpose": "surveys",
    "basis": "consent",
    "title": "Surveys",
    "text": "We ask you how we did.",
}
_FREEZING = {
    "scope": "customer:{customer}",
    "kind": "launch",
    "title": "Launch",
    "reason": _WHY,
    "first_on": "2126-01-01",
    "last_on": "2126-01-02",
}
_FREEZE_FORM = {
    "layer": "customer",
    "key": "{customer}",
    "kind": "launch",
    "title": "Launch",
    "reason": _WHY,
    "first_on": "2126-01-01",
    "last_on": "2126-01-02",
    "time_zone": "UTC",
}
_CALENDAR = (
    "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nSUMMARY:Launch\nDTSTART:21260101T080000Z\n"
    "DURATION:P1D\nEND:VEVENT\nEND:VCALENDAR\n"
)
_USER = "/users/stranger"
_USERS = (
    _api("user_list", "/users", _R.ADMINISTER, "common"),
    _api("user_show", _USER, _R.ADMINISTER, "common"),
    _api("user_add", "/users", _R.ADMINISTER, "common", body={}),
    _api("user_change", f"{_USER}/change", _R.ADMINISTER, "common", body={"team": "t"}),
    _api("user_deactivate", f"{_USER}/deactivate", _R.ADMINISTER, "common", body={"reason": _WHY}),
    _api("user_activate", f"{_USER}/activate", _R.ADMINISTER, "common", body={}),
    _api("user_link", f"{_USER}/link", _R.ADMINISTER, "common", body={}),
    _api("user_sign_out", f"{_USER}/sign-out", _R.ADMINISTER, "common", body={}),
    _api(
        "user_remove_factor",
        f"{_USER}/remove-factor",
        _R.ADMINISTER,
        "common",
        body={"reason": _WHY},
    ),
    _api("user_tokens", "/tokens?user=stranger", _R.ADMINISTER, "common"),
    _api("user_token", "/tokens", _R.ADMINISTER, "common", body={"user": "stranger", "label": "t"}),
    _api("user_revoke", "/tokens/{token}/revoke", _R.ADMINISTER, "common", body={"reason": _WHY}),
)

API = (
    *_USERS,
    _api("customer_list", "/customers", _R.SEE_CUSTOMERS, "listed", "customer"),
    _api("customer_show", "/customers/{customer}", _R.SEE_CUSTOMERS, "thing"),
    _api("customer_context", "/customers/{customer}/context", _R.SEE_CUSTOMERS, "thing"),
    _api("consent_show", "/customers/{customer}/consents", _R.SEE_CUSTOMERS, "thing"),
    _api(
        "consent_record",
        "/customers/{customer}/consents",
        _R.RECORD_CONSENT,
        "thing",
        body={"purposes": ["profiling"], "said": "denied", "how": "phone"},
    ),
    _api("purpose_list", "/purposes", _R.SEE_CUSTOMERS, "common"),
    _api("purpose_declare", "/purposes", _R.DECLARE_PURPOSE, "common", body=_PURPOSE),
    _api("question_list", "/questions", _R.SEE_CUSTOMERS, "listed", "question"),
    _api(
        "question_keep_apart",
        "/questions/{question}/keep-apart",
        _R.SETTLE_IDENTITY,
        "thing",
        body={"reason": _WHY},
    ),
    _api(
        "question_make_one",
        "/questions/{question}/make-one",
        _R.SETTLE_IDENTITY,
        "thing",
        body={"reason": _WHY, "is_preview": True},
    ),
    _api(
        "customer_merge",
        "/customers/merges",
        _R.SETTLE_IDENTITY,
        "thing",
        body={"customers": ["{customer}", "{twin}"], "reason": _WHY},
    ),
    _api(
        "customer_unmerge",
        "/customers/unmerges",
        _R.SETTLE_IDENTITY,
        "thing",
        body={"customer": "{alias}", "reason": _WHY},
    ),
    _api(
        "customer_believe",
        "/customers/beliefs",
        _R.SETTLE_IDENTITY,
        "thing",
        body={"record": "{record}", "field": "city", "reason": _WHY},
    ),
    _api(
        "customer_disbelieve",
        "/customers/disbeliefs",
        _R.SETTLE_IDENTITY,
        "thing",
        body={"customer": "{customer}", "field": "city", "reason": _WHY},
    ),
    _api("verdict_list", "/verdicts", _R.SEE_CUSTOMERS, "listed", "said"),
    _api(
        "verdict_add",
        "/verdicts",
        _R.SETTLE_IDENTITY,
        "thing",
        body={"records": ["{record}", "{alias_record}"], "verdict": "apart", "reason": _WHY},
    ),
    _api(
        "verdict_withdraw",
        "/verdicts/{said}/withdraw",
        _R.SETTLE_IDENTITY,
        "thing",
        body={"reason": _WHY},
    ),
    _api("order_list", "/orders?limit=200", _R.SEE_ORDERS, "listed", "order"),
    _api("order_show", "/orders/{order}", _R.SEE_ORDERS, "thing"),
    _api("difference_list", "/differences", _R.SEE_ORDERS, "listed", "difference"),
    _api("difference_show", "/differences/{difference}", _R.SEE_ORDERS, "thing"),
    _api(
        "difference_accept",
        "/differences/{difference}/accept",
        _R.SETTLE_DIFFERENCES,
        "thing",
        body={"reason": _WHY},
    ),
    _api("case_list", "/cases", _R.SEE_CASES, "listed", "case"),
    _api("case_show", "/cases/{case}", _R.SEE_CASES, "thing"),
    _api("decision_list", "/decisions?limit=200", _R.SEE_DECISIONS, "listed", "decision"),
    _api("decision_show", "/decisions/{decision}", _R.SEE_DECISIONS, "thing"),
    _api("decision_receipt", "/decisions/{decision}/receipt", _R.SEE_DECISIONS, "thing"),
    _api("promise_decide", "/decisions/promise", _R.DECIDE, "common", body={}),
    _api("promise_decide_batch", "/decisions/promise/batch", _R.DECIDE, "common", body={}),
    _api(
        "promise_decide, kept",
        "/decisions/promise?record=true",
        _R.DECIDE,
        "thing",
        body={
            "facts": {
                "order": "{order}",
                "placed_at": "2026-06-01T08:00:00Z",
                "customer": "{customer}",
            }
        },
    ),
    _api("prioritise_decide", "/decisions/prioritise", _R.DECIDE, "common", body={}),
    _api("prioritise_decide_batch", "/decisions/prioritise/batch", _R.DECIDE, "common", body={}),
    _api("policy_list", "/policies", _R.SEE_POLICIES, "listed", "policy"),
    _api("value_show", "/customers/{customer}/value", _R.SEE_CUSTOMERS, "thing"),
    _api("value_list", "/values", _R.SEE_CUSTOMERS, "listed", "customer"),
    _api("value_models", "/values/models", _R.SEE_MEASURES, "common"),
    _api("match_show", "/match", _R.SEE_MEASURES, "common"),
    _api("segment_show", "/customers/{customer}/segment", _R.SEE_CUSTOMERS, "thing"),
    _api("segment_list", "/segments", _R.SEE_CUSTOMERS, "common"),
    _api("segment_customers", "/segments/customers", _R.SEE_CUSTOMERS, "listed", "customer"),
    _api("segment_proposal", "/segments/proposal", _R.SEE_MEASURES, "common"),
    _api("customer_policies", "/customers/{customer}/policies", _R.SEE_POLICIES, "thing"),
    _api("policy_check", "/policies/check", _R.SEE_POLICIES, "common"),
    _api("policy_consolidation", "/policies/consolidate", _R.SEE_POLICIES, "listed", "policy"),
    _api("policy_consolidate", "/policies/consolidate", _R.PROPOSE_POLICY, "common", body={}),
    _api("policy_pull", "/policies/pull", _R.SEE_POLICIES, "common"),
    _api("policy_show", "/policies/{policy}", _R.SEE_POLICIES, "thing"),
    _api("rollout_list", "/rollouts", _R.SEE_POLICIES, "listed", "rollout"),
    _api("rollout_show", "/rollouts/{rollout}", _R.SEE_POLICIES, "thing"),
    _api("rollout_start", "/rollouts", _R.PUBLISH_POLICY, "common", body={}),
    _api("rollout_check", "/rollouts/{rollout}/check", _R.RUN, "thing", body={}),
    *(
        _api(name, address, _R.PUBLISH_POLICY, "thing", body={"reason": _WHY})
        for name, address in (
            ("rollout_advance", "/rollouts/{rollout}/advance"),
            ("rollout_rollback", "/rollouts/{rollout}/rollback"),
            ("policy_rollback", "/policies/{policy}/rollback"),
        )
    ),
    _api("change_list", "/changes", _R.SEE_POLICIES, "listed", "change"),
    _api("change_show", "/changes/{change}", _R.SEE_POLICIES, "thing"),
    _api("change_draft", "/changes", _R.PROPOSE_POLICY, "common", body={}),
    _api(
        "change_edit",
        "/changes/{change}/edit",
        _R.PROPOSE_POLICY,
        "thing",
        body={"title": "Another"},
    ),
    _api("change_check", "/changes/{draft}/check", _R.PROPOSE_POLICY, "thing", body={}),
    _api(
        "change_replay",
        "/changes/{draft}/replay",
        _R.PROPOSE_POLICY,
        "thing",
        body={"from": "2020-01-02T00:00:00Z", "until": "2020-01-01T00:00:00Z"},
    ),
    _api("change_propose", "/changes/{draft}/propose", _R.PROPOSE_POLICY, "thing", body={}),
    _api("change_sign", "/changes/{change}/sign", _R.SIGN_OPERATIONS, "thing", body=_SIGNING),
    _api(
        "change_withdraw",
        "/changes/{change}/withdraw",
        _R.PROPOSE_POLICY,
        "thing",
        body={"reason": _WHY},
    ),
    _api("change_publish", "/changes/{approved}/publish", _R.PUBLISH_POLICY, "thing", body={}),
    _api("freeze_list", "/freezes?limit=200", _R.SEE_POLICIES, "listed", "freeze"),
    _api("freeze_export", "/freezes.ics", _R.SEE_POLICIES, "listed", "freeze"),
    _api("freeze_show", "/freezes/{freeze}", _R.SEE_POLICIES, "thing"),
    _api("freeze_add", "/freezes", _R.MANAGE_FREEZES, "thing", body=_FREEZING),
    _api(
        "freeze_import",
        "/freezes/import",
        _R.MANAGE_FREEZES,
        "thing",
        body={"scope": "customer:{customer}", "calendar": _CALENDAR},
    ),
    _api(
        "freeze_cancel",
        "/freezes/{freeze}/cancel",
        _R.MANAGE_FREEZES,
        "thing",
        body={"reason": _WHY},
    ),
    _api(
        "freeze_override",
        "/freezes/{freeze}/override",
        _R.OVERRIDE_FREEZE,
        "thing",
        body={"change": "pol_1", "reason": _WHY},
    ),
    _api("metric_list", "/metrics", _R.SEE_MEASURES, "common"),
    _api(
        "metric_measure",
        "/metrics/promise_coverage?by=customer",
        _R.SEE_MEASURES,
        "listed",
        "customer",
    ),
    _api("event_send", "/events", _R.LAND, "common", body={}),
    _api("source_list", "/sources", _R.SEE_QUARANTINE, "common"),
    _api("contract_list", "/contracts", _R.SEE_QUARANTINE, "common"),
    _api("contract_show", "/contracts/shop-orders", _R.SEE_QUARANTINE, "common"),
    _api("quarantine_list", "/quarantine", _R.SEE_QUARANTINE, "common"),
    _api("quarantine_replay", "/quarantine/replay", _R.LAND, "common", body={"ids": [999999]}),
    _api("run_list", "/runs", _R.SEE_ORDERS, "common"),
    _api("run_start", "/runs", _R.RUN, "common", body={}),
    _api("audit_list", "/audit/entries", _R.SEE_AUDIT, "common"),
    _api("audit_show", "/audit/entries/0", _R.SEE_AUDIT, "common"),
    _api("audit_checkpoint_show", "/audit/checkpoint", _R.SEE_AUDIT, "common"),
    _api("audit_checkpoint", "/audit/checkpoint", _R.CHECKPOINT, "common", body={}),
    _api("audit_prove", "/audit/proofs/0", _R.SEE_AUDIT, "common"),
    _api("audit_consistency", "/audit/consistency?old=1&new=2", _R.SEE_AUDIT, "common"),
    _api("audit_leaves", "/audit/leaves?first=0", _R.SEE_AUDIT, "common"),
    _api("webhook_list", "/webhooks", _R.SEE_OUTBOX, "common"),
    _api("webhook_add", "/webhooks", _R.MANAGE_WEBHOOKS, "common", body={}),
    _api("webhook_rotate", "/webhooks/ep_1/rotate", _R.MANAGE_WEBHOOKS, "common", body={}),
    _api(
        "webhook_remove",
        "/webhooks/ep_1/remove",
        _R.MANAGE_WEBHOOKS,
        "common",
        body={"reason": _WHY},
    ),
    _api("webhook_enable", "/webhooks/ep_1/enable", _R.MANAGE_WEBHOOKS, "common", body={}),
    _api("webhook_test", "/webhooks/ep_1/test", _R.MANAGE_WEBHOOKS, "common", body={}),
    _api("webhook_retry", "/webhooks/ep_1/retry", _R.MANAGE_WEBHOOKS, "common", body={}),
    _api("outbox_list", "/outbox?state=dead", _R.SEE_OUTBOX, "listed", "message"),
    _api("outbox_one", "/outbox/{message}", _R.SEE_OUTBOX, "thing"),
    _api("outbox_retry", "/outbox/{message}/retry", _R.MANAGE_WEBHOOKS, "thing", body={}),
    _api("access_list", "/access", _R.SEE_ACCESS, "common"),
    _api(
        "access_can",
        "/access/can?user=stranger&right=see_customers&thing={customer}",
        _R.SEE_ACCESS,
        "thing",
    ),
    _api("access_who", "/access/who?right=see_customers&thing={customer}", _R.SEE_ACCESS, "thing"),
    _api("restricted_list", "/access/restricted", _R.SEE_ACCESS, "common"),
    _api("glass_list", "/access/glasses", _R.SEE_ACCESS, "listed", "glass"),
    _api(
        "customer_restrict", "/access/restrict", _R.RESTRICT_CUSTOMERS, "thing", body=_RESTRICTING
    ),
    _api(
        "customer_unrestrict",
        "/access/unrestrict",
        _R.RESTRICT_CUSTOMERS,
        "thing",
        body=_RESTRICTING,
    ),
    _api("person_name", "/access/name", _R.NAME_PEOPLE, "thing", body=_NAMING),
    _api("person_unname", "/access/unname", _R.NAME_PEOPLE, "thing", body=_NAMING),
    _api(
        "glass_break",
        "/access/break",
        _R.BREAK_GLASS,
        "thing",
        body={"customer": "{customer}", "reason": _WHY},
    ),
    _api("erasure_list", "/privacy/erasures", _R.ERASE, "common"),
    _api("privacy_plan", "/privacy/plan?subject={customer}", _R.ERASE, "thing"),
    _api(
        "privacy_export",
        "/privacy/export",
        _R.EXPORT_PERSONAL,
        "thing",
        body={"subject": "{customer}"},
    ),
    _api("privacy_erase", "/privacy/erase", _R.ERASE, "thing", body={"subject": "{customer}"}),
    _api(
        "glass_review",
        "/access/glasses/{glass}/review",
        _R.REVIEW_GLASS,
        "thing",
        body={"verdict": "justified"},
    ),
)

PAGES = (
    _page("today", "/", None, "common"),
    _page("search", "/search?q={customer}", None, "listed", "link"),
    _page("customers", "/customers", _R.SEE_CUSTOMERS, "listed", "customer"),
    _page("customer", "/customers/{customer}", _R.SEE_CUSTOMERS, "thing"),
    _page("timeline", "/customers/{customer}/timeline", _R.SEE_CUSTOMERS, "thing"),
    _page("questions", "/questions", _R.SEE_CUSTOMERS, "listed", "question"),
    _page("question", "/questions/{question}", _R.SEE_CUSTOMERS, "thing"),
    _page("consequences", "/questions/{question}/consequences", _R.SETTLE_IDENTITY, "thing"),
    _page(
        "make_one",
        "/questions/{question}/make-one",
        _R.SETTLE_IDENTITY,
        "written",
        body={"reason": _WHY},
    ),
    _page("verdicts", "/verdicts", _R.SEE_CUSTOMERS, "listed", "said"),
    _page("verdict", "/verdicts/{said}", _R.SEE_CUSTOMERS, "thing"),
    _page(
        "withdraw",
        "/verdicts/{said}/withdraw",
        _R.SETTLE_IDENTITY,
        "written",
        body={"reason": _WHY},
    ),
    _page(
        "merge_now",
        "/merge/now",
        _R.SETTLE_IDENTITY,
        "written",
        body={"one": "{customer}", "other": "{twin}", "reason": _WHY},
    ),
    _page(
        "keep_apart",
        "/questions/{question}/keep-apart",
        _R.SETTLE_IDENTITY,
        "written",
        body={"reason": _WHY},
    ),
    # It opens after what is refused was asked for: the refusal, with the id that was written into
    # the form, is told on the next page.
    _page("merge", "/merge?one=cus_0000000000000004", _R.SETTLE_IDENTITY, "common"),
    _page("orders", "/orders", _R.SEE_ORDERS, "listed", "order"),
    _page("order", "/orders/{order}", _R.SEE_ORDERS, "thing"),
    _page("differences", "/differences", _R.SEE_ORDERS, "listed", "difference"),
    _page("difference", "/differences/{difference}", _R.SEE_ORDERS, "thing"),
    _page(
        "difference_accept",
        "/differences/{difference}/accept",
        _R.SETTLE_DIFFERENCES,
        "written",
        body={"reason": _WHY},
    ),
    _page("cases", "/cases", _R.SEE_CASES, "listed", "case"),
    _page("case", "/cases/{case}", _R.SEE_CASES, "thing"),
    _page("decisions", "/decisions", _R.SEE_DECISIONS, "listed", "decision"),
    _page("decision", "/decisions/{decision}", _R.SEE_DECISIONS, "thing"),
    _page("why", "/decisions/{decision}/why", _R.SEE_DECISIONS, "thing"),
    _page("receipt", "/decisions/{decision}/receipt.json", _R.SEE_DECISIONS, "thing"),
    _page("measures", "/measures?by=region", _R.SEE_MEASURES, "listed", "region"),
    _page("policies", "/policies", _R.SEE_POLICIES, "listed", "policy"),
    _page("customer_policies", "/customers/{customer}/policies", _R.SEE_POLICIES, "thing"),
    _page("policy_check", "/policies/check", _R.SEE_POLICIES, "common"),
    _page("policy_consolidation", "/policies/consolidate", _R.SEE_POLICIES, "listed", "policy"),
    _page(
        "policy_consolidate",
        "/policies/consolidate/draft",
        _R.PROPOSE_POLICY,
        "common",
        body={},
    ),
    _page("policy", "/policies/{policy}", _R.SEE_POLICIES, "thing"),
    _page("policy_edit", "/policies/{policy}/edit", _R.PROPOSE_POLICY, "thing"),
    _page("changes", "/changes", _R.SEE_POLICIES, "listed", "change"),
    _page("change", "/changes/{change}", _R.SEE_POLICIES, "thing"),
    _page("change_draft", "/changes/draft", _R.PROPOSE_POLICY, "common"),
    _page(
        "change_edit",
        "/changes/{change}/edit",
        _R.PROPOSE_POLICY,
        "written",
        body={"title": "Another"},
    ),
    _page("change_policy", "/changes/{draft}/policies/1", _R.PROPOSE_POLICY, "thing"),
    _page("change_check", "/changes/{draft}/check", _R.PROPOSE_POLICY, "written", body={}),
    _page(
        "change_replay",
        "/changes/{draft}/replay",
        _R.PROPOSE_POLICY,
        "thing",
        body={"from": "2020-01-02", "until": "2020-01-01"},
    ),
    _page("change_propose", "/changes/{draft}/propose", _R.PROPOSE_POLICY, "written", body={}),
    _page("change_sign", "/changes/{change}/sign", _R.SIGN_OPERATIONS, "written", body=_SIGNING),
    _page(
        "change_withdraw",
        "/changes/{change}/withdraw",
        _R.PROPOSE_POLICY,
        "written",
        body={"reason": _WHY},
    ),
    _page("change_publish", "/changes/{approved}/publish", _R.PUBLISH_POLICY, "written", body={}),
    _page("freezes", "/freezes?state=all", _R.SEE_POLICIES, "listed", "freeze"),
    _page("freeze_feed", "/freezes.ics", _R.SEE_POLICIES, "listed", "freeze"),
    _page("freeze", "/freezes/{freeze}", _R.SEE_POLICIES, "thing"),
    _page("freeze_add", "/freezes/add", _R.MANAGE_FREEZES, "written", body=_FREEZE_FORM),
    _page(
        "freeze_import",
        "/freezes/import",
        _R.MANAGE_FREEZES,
        "written",
        body={"layer": "customer", "key": "{customer}", "text": _CALENDAR, "do": "import"},
    ),
    _page(
        "freeze_cancel",
        "/freezes/{freeze}/cancel",
        _R.MANAGE_FREEZES,
        "written",
        body={"reason": _WHY},
    ),
    _page(
        "freeze_override",
        "/freezes/{freeze}/override",
        _R.OVERRIDE_FREEZE,
        "written",
        body={"change": "pol_1", "reason": _WHY},
    ),
    _page("segments", "/segments", _R.SEE_CUSTOMERS, "common"),
    _page("segment_customers", "/segments/customers", _R.SEE_CUSTOMERS, "listed", "customer"),
    _page("values", "/value", _R.SEE_CUSTOMERS, "listed", "customer"),
    _page("value_models", "/value/models", _R.SEE_MEASURES, "common"),
    _page("match", "/match", _R.SEE_MEASURES, "common"),
    _page("sources", "/sources", _R.SEE_QUARANTINE, "common"),
    _page("contracts", "/contracts", _R.SEE_QUARANTINE, "common"),
    _page("quarantine", "/quarantine", _R.SEE_QUARANTINE, "common"),
    _page("quarantined", "/quarantine/{row}", _R.SEE_QUARANTINE, "common"),
    _page("replay_all", "/quarantine/replay", _R.LAND, "common", body={}),
    _page("replay_one", "/quarantine/{row}/replay", _R.LAND, "common", body={}),
    _page("audit", "/audit", _R.SEE_AUDIT, "common"),
    _page("audit_entry", "/audit/0", _R.SEE_AUDIT, "common"),
    _page("rollouts", "/rollouts", _R.SEE_POLICIES, "listed", "rollout"),
    _page("rollout", "/rollouts/{rollout}", _R.SEE_POLICIES, "thing"),
    _page("rollout_begin", "/rollouts/begin", _R.PUBLISH_POLICY, "common"),
    _page("rollout_check", "/rollouts/{rollout}/check", _R.RUN, "thing", body={}),
    *(
        _page(name, address, _R.PUBLISH_POLICY, "written", body={"reason": _WHY})
        for name, address in (
            ("rollout_advance", "/rollouts/{rollout}/advance"),
            ("rollout_rollback", "/rollouts/{rollout}/rollback"),
            ("policy_rollback", "/policies/{policy}/rollback"),
        )
    ),
    _page("audit_checkpoint", "/audit/checkpoint", _R.SEE_AUDIT, "common", body={}),
    _page("audit_prove", "/audit/0/prove", _R.SEE_AUDIT, "common", body={}),
    _page("outbox", "/outbox?state=dead", _R.SEE_OUTBOX, "listed", "message"),
    _page("message", "/outbox/{message}", _R.SEE_OUTBOX, "thing"),
    _page("send_one", "/outbox/{message}/retry", _R.MANAGE_WEBHOOKS, "written", body={}),
    _page("send_all", "/outbox/of/ep_1/retry", _R.MANAGE_WEBHOOKS, "common", body={}),
    _page("people", "/people", _R.ADMINISTER, "common"),
    _page("person", "/people/stranger", _R.ADMINISTER, "common"),
    _page("person_act", "/people/stranger/deactivate", _R.ADMINISTER, "common", body={}),
    _page("access", "/access?right=see_customers&thing={customer}", _R.SEE_ACCESS, "thing"),
    _page("break_glass", "/access/break", _R.BREAK_GLASS, "common"),
    _page(
        "break_glass, sent",
        "/access/break",
        _R.BREAK_GLASS,
        "thing",
        body={"customer": "{customer}", "reason": _WHY},
    ),
    _page(
        "consent_record",
        "/customers/{customer}/consents",
        _R.RECORD_CONSENT,
        "thing",
        body={"purpose": "profiling", "said": "denied", "how": "phone"},
    ),
    _page("purposes", "/purposes", _R.SEE_CUSTOMERS, "common"),
    _page("restrict", "/access/restrict", _R.RESTRICT_CUSTOMERS, "thing", body=_RESTRICTING),
    _page("unrestrict", "/access/unrestrict", _R.RESTRICT_CUSTOMERS, "thing", body=_RESTRICTING),
    _page("name_person", "/access/name", _R.NAME_PEOPLE, "thing", body=_NAMING),
    _page("unname_person", "/access/unname", _R.NAME_PEOPLE, "thing", body=_NAMING),
    _page("privacy", "/privacy", _R.ERASE, "common"),
    _page(
        "privacy_export",
        "/privacy/export",
        _R.EXPORT_PERSONAL,
        "thing",
        body={"subject": "{customer}"},
    ),
    _page(
        "privacy_erase",
        "/privacy/erase",
        _R.ERASE,
        "written",
        body={"subject": "{customer}", "typed": "{customer}", "reason": "request"},
    ),
    _page(
        "review_glass",
        "/access/glasses/{glass}/review",
        _R.REVIEW_GLASS,
        "written",
        body={"verdict": "justified"},
    ),
)

# Addresses that tell nothing of a customer, each with its reason.
NOBODYS = {
    "account": "the reader's own account",
    "add_token": "the reader's own account",
    "end_session": "the reader's own account",
    "end_token": "the reader's own account",
    "password": "the reader's own account",
    "recovery_codes": "the reader's own account",
    "second_factor": "the reader's own account",
    "second_factor_off": "the reader's own account",
    "asset": "scripts and styles",
    "language": "keeps the reader's own language",
    "parts": "a page of components, while developing alone",
    "picture": "every chart has its own line",
    "measure": "every metric has its own line",
    "shared": "inputs that many receipts share: statistics of lanes, calendars",
    "sign_in": "before anybody is known",
    "sign_in_link": "before anybody is known",
    "sign_out": "ends the reader's own session",
}

_MEASURED = tuple(
    probe
    for metric in catalog()
    for probe in (
        Probe(
            surface="metric",
            name=metric.name,
            address=f"/api/v1/metrics/{metric.name}?by=customer",
            right=_R.SEE_MEASURES,
            judged="listed",
            mark="customer",
        ),
        Probe(
            surface="page",
            name=f"measure {metric.name}",
            address=f"/measures/{metric.name}?by=region",
            right=_R.SEE_MEASURES,
            judged="listed",
            mark="region",
        ),
        Probe(
            surface="chart",
            name=metric.name,
            address=f"/measures/{metric.name}.svg?by=region",
            right=_R.SEE_MEASURES,
            judged="listed",
            mark="region",
        ),
    )
)

EXPORTS = tuple(
    Probe(
        surface="export",
        name=f"{name}.csv",
        address=f"{address}?format=csv",
        right=right,
        judged="listed" if mark else "common",
        mark=mark,
    )
    for name, address, right, mark in (
        ("customers", "/customers", _R.SEE_CUSTOMERS, "customer"),
        ("segments", "/segments", _R.SEE_CUSTOMERS, ""),
        ("segment_customers", "/segments/customers", _R.SEE_CUSTOMERS, "customer"),
        ("values", "/value", _R.SEE_CUSTOMERS, "customer"),
        ("questions", "/questions", _R.SEE_CUSTOMERS, "question"),
        ("orders", "/orders", _R.SEE_ORDERS, "order"),
        ("differences", "/differences", _R.SEE_ORDERS, "difference"),
        ("cases", "/cases", _R.SEE_CASES, "case"),
        ("decisions", "/decisions", _R.SEE_DECISIONS, "decision"),
        ("policies", "/policies", _R.SEE_POLICIES, "policy"),
        ("rollouts", "/rollouts", _R.SEE_POLICIES, "rollout"),
        ("changes", "/changes", _R.SEE_POLICIES, "change"),
        ("freezes", "/freezes", _R.SEE_POLICIES, "freeze"),
        ("outbox", "/outbox", _R.SEE_OUTBOX, "message"),
        ("quarantine", "/quarantine", _R.SEE_QUARANTINE, ""),
        ("audit", "/audit", _R.SEE_AUDIT, ""),
    )
)

PROBES = (*API, *PAGES, *_MEASURED, *EXPORTS)
