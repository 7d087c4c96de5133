"""What is each column of our tables? Facts have their own list, by record field."""

from __future__ import annotations

from troth.store.classification.treatments import (
    ANSWER,
    GOLDEN,
    MESSAGE,
    PLAIN,
    PSEUDONYM,
    RECORD,
    REJECTED,
    SEALED,
    SIGN_IN,
    STAFF,
    VISIT,
    WORDS,
    Treatment,
    every,
)

COLUMNS: dict[str, dict[str, Treatment]] = {
    "ApiToken": {
        **every(PLAIN, "id scopes created_at expires_at revoked_at last_used_on"),
        **every(PSEUDONYM, "user"),
        **every(SIGN_IN, "token_sha256 label"),
    },
    "Assessment": {
        **every(
            PLAIN,
            "id contract contract_version fields description purposes basis interest necessity "
            "risks measures retention recipients drafted_at",
        ),
        **every(PSEUDONYM, "drafted_by"),
    },
    "AssessmentSignOff": {
        **every(PLAIN, "id assessment verdict reason conditions expires_on signed_at"),
        **every(PSEUDONYM, "signed_by"),
    },
    "AuditCheckpoint": {
        **every(PLAIN, "size root note at"),
    },
    "AuditEntry": {
        **every(PLAIN, "index at action policy_version row_count rows_root leaf_hash"),
        **every(PSEUDONYM, "subject customer_id actor envelope reason detail"),
    },
    "AuditHead": {
        **every(PLAIN, "id size"),
    },
    "AuditNode": {
        **every(PLAIN, "level index hash"),
    },
    "AuditRow": {
        **every(PLAIN, "entry position table op"),
        **every(PSEUDONYM, "key digest"),
    },
    "AuditSecret": {
        **every(PLAIN, "entry"),
        **every(PSEUDONYM, "subject"),
        **every(SEALED, "ciphertext"),
    },
    "BreakGlass": {
        **every(PLAIN, "id starts_at ends_at reviewed_at verdict"),
        **every(PSEUDONYM, "customer user reviewed_by"),
        **every(WORDS, "reason comment salt"),
    },
    "CaseWork": {
        **every(
            PLAIN,
            "region tier segment sales_region category team severity status is_open opened_at "
            "first_responded_at resolved_at first_response_due_at resolution_due_at rank "
            "reopen_count decision",
        ),
        **every(PSEUDONYM, "case_key customer order_key"),
    },
    "Clock": {
        **every(
            PLAIN,
            "id subject_kind metric region target_seconds started_at due_at state breached "
            "breached_at paused_at stopped_at working_elapsed_seconds wall_elapsed_seconds "
            "working_paused_seconds wall_paused_seconds pauses resets fixed_due_at as_of "
            "calendar_digest",
        ),
        **every(PSEUDONYM, "subject customer"),
    },
    "ConsentEvent": {
        **every(
            PLAIN,
            "id purpose said effective_at known_at expires_at notice_version source how",
        ),
        **every(PSEUDONYM, "customer recorded_by"),
    },
    "ConsentNotice": {
        **every(
            PLAIN,
            "id purpose version basis title text layers valid_days asks_again declared_at",
        ),
        **every(PSEUDONYM, "declared_by"),
    },
    "CommitmentDifference": {
        **every(
            PLAIN,
            "id kind number region unit figures state opened_at changed_at righted_at accepted_at",
        ),
        # Who was billed instead of whom is told by two ids.
        **every(PSEUDONYM, "order_key line_key customer billed_to expected found accepted_by"),
        **every(WORDS, "reason salt"),
    },
    "Crosswalk": {
        **every(PLAIN, "kind because"),
        **every(PSEUDONYM, "source_key customer home"),
    },
    "Customer": {
        **every(
            PLAIN,
            "region sales_region party_kind country time_zone language segment tier "
            "tier_since first_known_at source_count revenue_trailing currency team "
            "is_restricted",
        ),
        **every(PSEUDONYM, "id account_manager city content_digest provenance merged_into"),
    },
    "CustomerAccess": {
        **every(PLAIN, "id granted_at ends_at"),
        **every(PSEUDONYM, "customer user granted_by"),
        **every(WORDS, "reason salt"),
    },
    "CustomerPersonal": {
        **every(PSEUDONYM, "customer"),
        **every(GOLDEN, "name email phone tax_id address postal_code provenance rules salt"),
    },
    "CustomerSegment": {
        **every(
            PLAIN,
            "segment since came_from as_of rule policy_version currency revenue_12m "
            "revenue_before_12m revenue_growth_percent orders_12m orders_before_12m "
            "days_bought_24m days_since_last tenure_months cases_12m reopened_12m breached_12m "
            "contacts_12m contact_minutes_12m channels_12m returns_12m promises_12m "
            "broken_promises_12m last_nps goods_cost_12m expected_value leaving_percent "
            "recency_score frequency_score monetary_score",
        ),
        **every(PSEUDONYM, "customer"),
    },
    "CustomerValue": {
        **every(
            PLAIN,
            "model as_of form horizon_months silence_days currency value low high alive leaving "
            "purchases per_purchase remaining_months margin_percent days_bought first_on last_on",
        ),
        **every(PSEUDONYM, "customer"),
    },
    "Decision": {
        **every(PLAIN, "id kind region at input_digest"),
        **every(PSEUDONYM, "subject customer receipt"),
    },
    "ErasedSource": {
        **every(PLAIN, "kind erasure"),
        **every(PSEUDONYM, "key"),
    },
    "Erasure": {
        **every(PLAIN, "id reason erased_at counts"),
        **every(PSEUDONYM, "subject requested_by"),
    },
    "FactPersonal": {
        **every(PLAIN, "kind revision region"),
        **every(PSEUDONYM, "key"),
        **every(RECORD, "fields raw"),
    },
    "FieldWord": {
        **every(PLAIN, "id field given_at withdrawn_at"),
        **every(PSEUDONYM, "customer source_key author"),
        **every(WORDS, "reason salt"),
    },
    "FreezeOverride": {
        **every(PLAIN, "id window change reason given_at used_at version salt"),
        **every(PSEUDONYM, "authority"),
    },
    "FreezeWindow": {
        **every(
            PLAIN,
            "id layer scope kind title reason time_zone starts_at ends_at first_on last_on repeats "
            "skips calendar uid created_at ended_at end_reason salt",
        ),
        **every(PSEUDONYM, "author ended_by"),
    },
    "IdempotencyKey": {
        **every(PLAIN, "id status content_type created_at"),
        **every(PSEUDONYM, "user key"),
        **every(ANSWER, "answer request_sha256"),
    },
    "IdentityVerdict": {
        **every(PLAIN, "id verdict level given_at withdrawn_at"),
        **every(PSEUDONYM, "one other customers author withdrawn_by"),
        **every(WORDS, "reason withdrawal salt"),
    },
    "LandedLeaves": {
        **every(PSEUDONYM, "landing leaves"),
    },
    "Landing": {
        **every(PLAIN, "id source feed kind landed_at fact_count"),
    },
    "LoginLink": {
        **every(PLAIN, "id created_at expires_at used_at"),
        **every(PSEUDONYM, "user"),
        **every(SIGN_IN, "token_sha256"),
    },
    "MatchModel": {
        **every(
            PLAIN,
            "id trained_at records sources design design_digest precision sentence match_from "
            "possible_from expected curve grounds document digest through_landing scored_at",
        ),
    },
    "OutboxAttempt": {
        **every(PLAIN, "id message number at status error milliseconds"),
    },
    "OutboxMessage": {
        **every(
            PLAIN,
            "id endpoint event_type created_at attempt_count next_attempt_at delivered_at dead_at",
        ),
        **every(PSEUDONYM, "customer"),
        **every(MESSAGE, "payload"),
    },
    "PolicyChange": {
        **every(
            PLAIN,
            "id title reason state documents base revision digest findings reach replay needed "
            "rule versions created_at changed_at proposed_at published_at live_at ended_at",
        ),
        **every(PSEUDONYM, "author makers customers contracts"),
    },
    "PolicySignOff": {
        **every(PLAIN, "id change function verdict reason signed_at digest"),
        **every(PSEUDONYM, "user"),
    },
    "PolicyVersion": {
        **every(
            PLAIN,
            "id kind layer scope number effective_from effective_to published_at document "
            "reason clause",
        ),
        **every(PSEUDONYM, "author"),
    },
    "Promise": {
        **every(
            PLAIN,
            "region tier segment sales_region time_zone lane placed_at requested_at "
            "source_promised_at first_promised_at promised_at expected_at shipped_at "
            "delivered_at cancelled_at state is_cold_start total currency first_decision "
            "latest_decision",
        ),
        **every(PSEUDONYM, "order_key customer"),
    },
    "QuarantinedRow": {
        **every(PLAIN, "id source feed file row line column code seen_at resolved_at resolution"),
        **every(PSEUDONYM, "key fingerprint"),
        **every(REJECTED, "raw message salt"),
    },
    "ResolutionQuestion": {
        **every(PLAIN, "id asked_at settled_at verdict evidence weight probability"),
        **every(PSEUDONYM, "source_key customers because"),
    },
    "Rollout": {
        **every(
            PLAIN,
            "id kind layer scope document change stages guardrails state stage checked_at readings "
            "reason created_at ended_at end_reason restored",
        ),
        **every(PSEUDONYM, "author ended_by"),
    },
    "Run": {
        **every(PLAIN, "id as_of started_at finished_at stage summary"),
    },
    "Session": {
        **every(PLAIN, "started_at expires_at"),
        **every(PSEUDONYM, "user"),
        **every(VISIT, "key_sha256 data agent seen_at"),
    },
    "SharedInput": {
        **every(PLAIN, "digest kind content"),
    },
    "SourcePosition": {
        **every(PLAIN, "id source feed position read_at"),
    },
    "SharedValue": {
        **every(PLAIN, "expires_at"),
        **every(VISIT, "key value"),
    },
    "SubjectKey": {
        **every(PLAIN, "created_at"),
        **every(PSEUDONYM, "subject"),
        **every(SEALED, "wrapped"),
    },
    "TierAssignment": {
        **every(PLAIN, "id tier starts_at ends_at code sentence revenue currency policy_version"),
        **every(PSEUDONYM, "customer"),
    },
    "User": {
        **every(PLAIN, "role time_zone language is_active team regions is_program created_at"),
        **every(PSEUDONYM, "id agent_key"),
        **every(STAFF, "username name"),
        **every(SIGN_IN, "password last_login"),
    },
    "ValueModel": {
        **every(
            PLAIN,
            "id relation as_of form sentence customers rests_on terms parameters check_result",
        ),
    },
    "WebhookEndpoint": {
        **every(
            PLAIN,
            "id url description event_types secret previous_secret previous_secret_ends_at "
            "is_active created_at disabled_at disabled_because removed_at failing_since",
        ),
        **every(PSEUDONYM, "created_by"),
    },
    # Tables of libraries.
    "account.EmailAddress": {
        **every(PLAIN, "id verified primary"),
        **every(PSEUDONYM, "user"),
        **every(STAFF, "email"),
    },
    "account.EmailConfirmation": {
        **every(PLAIN, "id created sent"),
        **every(PSEUDONYM, "email_address"),
        **every(SIGN_IN, "key"),
    },
    "auth.Group": {
        **every(PLAIN, "id name"),
    },
    "auth.Permission": {
        **every(PLAIN, "id name content_type codename"),
    },
    "contenttypes.ContentType": {
        **every(PLAIN, "id app_label model"),
    },
    "mfa.Authenticator": {
        **every(PLAIN, "id type created_at last_used_at"),
        **every(PSEUDONYM, "user"),
        **every(SIGN_IN, "data"),
    },
    "procrastinate.ProcrastinateEvent": {
        **every(PLAIN, "id job type at"),
    },
    "procrastinate.ProcrastinateJob": {
        **every(
            PLAIN,
            "id queue_name task_name priority lock args status scheduled_at attempts "
            "queueing_lock abort_requested worker",
        ),
    },
    "procrastinate.ProcrastinatePeriodicDefer": {
        **every(PLAIN, "id task_name defer_timestamp job periodic_id"),
    },
    "procrastinate.ProcrastinateWorker": {
        **every(PLAIN, "id last_heartbeat"),
    },
    "socialaccount.SocialAccount": {
        **every(PLAIN, "id provider last_login date_joined"),
        **every(PSEUDONYM, "user"),
        **every(STAFF, "uid extra_data"),
    },
    "socialaccount.SocialApp": {
        **every(PLAIN, "id provider provider_id name client_id secret key settings"),
    },
    "socialaccount.SocialToken": {
        **every(PLAIN, "id app expires_at"),
        **every(PSEUDONYM, "account"),
        **every(SIGN_IN, "token token_secret"),
    },
}
