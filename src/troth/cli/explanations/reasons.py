"""What do the reason codes of decisions, tiers and clocks mean? They are no errors."""

from __future__ import annotations

from troth.cli.explanations.page import Page, page

PAGES: tuple[Page, ...] = (
    page(
        "promise:known_late",
        "A fact was known only after the decision was made.",
        "A decision about the past reads only what was known then, and says what was not.",
        "order.requested_at became known only at 2026-03-02T08:00:00Z, after this decision.",
        "Nothing. If it was known earlier, correct `known_at` in the mapping.",
    ),
    page(
        "promise:lane:own",
        "The lane has enough history of its own to be read.",
        "The narrowest lane that knows enough knows best.",
        "lane DE10→DACH has 412 delivered orders of its own.",
        "Nothing.",
    ),
    page(
        "promise:lane:wider",
        "The lane has little history, so a wider lane weighs more.",
        "Few orders say little about the slowest tenth.",
        "lane DE10→Brazil has only 3 orders; that of region Brazil with 240 weighs more.",
        "Nothing; it changes by itself as the lane's orders arrive.",
    ),
    page(
        "promise:lane:borrowed",
        "The curve borrows a stated weight from wider lanes.",
        "It keeps a lane's few orders from swinging the promise.",
        "It borrows 30 orders' weight from region DACH, which borrows from the company.",
        "Change `borrow_weight` of the policy `lead_time` to trust a lane sooner or later.",
    ),
    page(
        "promise:lane:too_short",
        "The lane's history does not reach the quantile, so a wider lane's is read.",
        "Where too many orders are still open, nobody knows how long the slowest take.",
        "The history of lane DE10→UK does not reach the quantile.",
        "Raise `history_days`, or lower `service_quantile`.",
    ),
    page(
        "promise:quantile",
        "The point of the lane's curve that was promised.",
        "`service_quantile` says which share of orders should arrive in time; few orders to "
        "learn from ask for a point further out.",
        "90 % of orders should arrive by the promised time: 96 hours.",
        "Change `service_quantile` to promise sooner or more safely.",
    ),
    page(
        "promise:cold_start:too_few",
        "Hardly anything was delivered yet, so the company's default is promised.",
        "A curve through a handful of orders would be chance.",
        "Only 4 orders of the company were delivered, 30 are needed.",
        "Set `default_lead_time_days` honestly; load older history if there is any.",
    ),
    page(
        "promise:cold_start:beyond_history",
        "No lane's history reaches the share asked for, so the default is promised.",
        "The slowest orders have not arrived yet, or `history_days` is short.",
        "No lane's history reaches the quantile: the default of 30 days holds.",
        "Raise `history_days`, lower `service_quantile`, or wait.",
    ),
    page(
        "promise:elapsed",
        "The order has been open for a while, so only slower ones are compared with it.",
        "What has not arrived after ten days cannot take less than ten.",
        "The order has been open for 10 days.",
        "Nothing.",
    ),
    page(
        "promise:window",
        "The promise is the end of the customer's first delivery window.",
        "A customer who receives on weekdays is not promised a Sunday.",
        "Expected by Saturday; the first window from then on closes on Monday at 17:00.",
        "Change the policy `delivery` for this customer where the windows are wrong.",
    ),
    page(
        "promise:horizon",
        "The lead time is longer than delivery windows are known for.",
        "Calendars are resolved for whole years, and for no more than the policy needs.",
        "The last known window is promised.",
        "Check the order's lane: so long a lead time is rarely true.",
    ),
    page(
        "promise:ceiling:passed",
        "The committed longest lead time has passed already.",
        "Nothing can be promised by an instant that is over.",
        "The committed longest lead time of 5 days has passed already.",
        "Tell the customer; the promise stands without the commitment.",
    ),
    page(
        "promise:ceiling:binding",
        "A committed longest lead time is tighter than the history supports.",
        "What was signed is promised, and the odds are said.",
        "5 days: the estimated probability of keeping it is 61.2 %.",
        "Speed the order up, or change `maximum_lead_time_days` when it is next agreed.",
    ),
    page(
        "promise:request:met",
        "The date that the customer asked for can be promised.",
        "The promised time is not later than the requested one.",
        "The customer asked for 12 March, which is met.",
        "Nothing.",
    ),
    page(
        "promise:request:missed",
        "The customer asked for an earlier date than can be promised.",
        "The odds of the requested date are below the share that the policy asks for.",
        "The customer asked for 2 March; 34.0 % of such orders arrive by then.",
        "Speed the order up, or tell the customer now.",
    ),
    page(
        "prioritise:severity:unknown",
        "The case has no severity and counts as the mildest.",
        "A missing value must not let a case overtake others.",
        "The case has no severity: it counts as 4.",
        "Set the severity in the desk.",
    ),
    page(
        "prioritise:first_response",
        "By when somebody has to answer first.",
        "The policy gives working minutes by severity, counted on the desk's calendar.",
        "A case of severity 2 has 240 working minutes to first response.",
        "Change `first_response_minutes_N` of the policy `service_level`.",
    ),
    page(
        "prioritise:resolution",
        "By when the case has to be resolved.",
        "The policy gives working minutes by severity, counted on the desk's calendar.",
        "A case of severity 2 has 1440 working minutes to resolution.",
        "Change `resolution_minutes_N` of the policy `service_level`.",
    ),
    page(
        "prioritise:rank",
        "The points that the case starts with in the queue.",
        "`rank_weight` of the customer's layers and the points of its severity.",
        "It starts with 48 points: 24 for tier Gold and 24 for its severity.",
        "Change the policy `queue`.",
    ),
    page(
        "prioritise:aging",
        "How long any other case can be kept waiting by this one.",
        "Waiting earns points, so that nobody waits for ever.",
        "Any case opened more than 48 hours earlier goes first, whatever its tier.",
        "Change `aging_points_per_hour` of the policy `queue`.",
    ),
    page(
        "tier:first",
        "The customer's first tier.",
        "It is given by the trailing revenue alone, as there is none to keep.",
        "Silver: revenue of 12000 reaches 10000.",
        "Nothing.",
    ),
    page(
        "tier:entered",
        "The customer rose to a better tier.",
        "Its trailing revenue reaches what entering takes.",
        "Rises from Silver to Gold: revenue of 52000 reaches 50000.",
        "Nothing.",
    ),
    page(
        "tier:left",
        "The customer fell to a lower tier.",
        "Its trailing revenue is below what staying takes, which is less than entering takes.",
        "Falls from Gold to Silver: revenue of 39000 is below 40000.",
        "Nothing.",
    ),
    page(
        "tier:kept",
        "The customer stays, and would enter its tier again today.",
        "Its trailing revenue reaches what entering takes.",
        "Stays Gold: revenue of 55000 reaches 50000.",
        "Nothing.",
    ),
    page(
        "tier:held",
        "The customer stays, although it would not enter today.",
        "Leaving takes less than entering, so that nobody flaps between two tiers.",
        "Stays Gold: 45000 would not enter at 50000, but is not below 40000.",
        "Nothing.",
    ),
    page(
        "tier:stays",
        "The customer stays, although its revenue would let it fall.",
        "A stay has a minimum, so that nobody is promised something and loses it the next month.",
        "Stays Gold: revenue of 39000 is below 40000, but a stay is 3 months at least, and this "
        "one is 1.",
        "Nothing. The tiers policy's minimum_stay_months says how long.",
    ),
    page(
        "clock:event:repeated",
        "The same event of a clock came before.",
        "Sources send events twice; a clock counts them once.",
        "The same event came before.",
        "Nothing.",
    ),
    page(
        "clock:event:later",
        "The event happened after the moment that counts as now.",
        "A clock as of Monday does not know Tuesday.",
        "It happened after 2026-03-02T00:00:00+00:00.",
        "Nothing.",
    ),
    page(
        "clock:event:already_started",
        "A clock that runs was told to start.",
        "Only a reset begins again.",
        "It started at 2026-03-01T09:00:00+00:00.",
        "Where the time should begin again, send a reset.",
    ),
    page(
        "clock:event:not_started",
        "An event came for a clock that has not started.",
        "There is nothing to pause, resume, stop, cancel or reset.",
        "A pause before the start has no clock.",
        "Check that the case's opening was landed.",
    ),
    page(
        "clock:pause:already_paused",
        "A paused clock was told to pause.",
        "It changes nothing.",
        "It is paused since 2026-03-01T12:00:00+00:00.",
        "Nothing.",
    ),
    page(
        "clock:resume:not_paused",
        "A running clock was told to resume.",
        "It changes nothing.",
        "It is running already.",
        "Nothing.",
    ),
    *(
        page(
            f"clock:{verb}:ended",
            f"A clock that has ended was told to {verb}.",
            "An ended clock keeps its times; only a reset, after a stop, begins anew.",
            "It is completed since 2026-03-02T10:00:00+00:00.",
            "Check the order of the case's events in the source.",
        )
        for verb in ("pause", "resume", "reset", "stop", "cancel")
    ),
    *(
        page(
            f"clock:{verb}:too_early",
            f"A clock was told to {verb} at an instant before what it knows already.",
            "A clock only goes forward; what came late is counted by replaying all of its events.",
            "It is known up to 10:00, and this is of 09:00.",
            "Replay the clock from all of its events, as the main job does.",
        )
        for verb in ("pause", "resume", "reset", "stop", "cancel", "check")
    ),
    page(
        "floor:consent",
        "Layers of policy were left out, as the customer does not permit what they rest on.",
        "Opting out never costs service: contract and guardrails hold, and no output is worse "
        "than standard, which is the same without customer, tier and segment layers.",
        "The customer has denied personalisation tier: the tier layer is left out.",
        "Nothing. If the customer wants it otherwise, record it with `troth consent grant`.",
    ),
    *(
        page(
            f"floor:{because}",
            f"Layers of policy were left out, as {why}.",
            "What cannot be trusted does not drive a decision by itself: the same floor holds as "
            "for customers who opt out.",
            "What they rest on is older than its contract allows (fact customer.tier).",
            remedy,
        )
        for because, why, remedy in (
            (
                "stale",
                "a fact that they rest on is older than its contract allows",
                "See on the page Sources why the feed is late.",
            ),
            (
                "unverified",
                "a fact that they rest on is not verified",
                "Let a steward verify it.",
            ),
            ("outage", "what they rest on cannot be reached", "Nothing, when it is back."),
        )
    ),
    page(
        "floor:lifted",
        "The standard's answer was given, as that of the remaining layers would be worse.",
        "Some personal layers were left out, and without them the others would have taken more "
        "than the customer gives up.",
        "With the layers that remain, promised at would be worse than standard.",
        "Nothing. `troth policy check` finds rules that give less than the company's.",
    ),
)
