"""In which versions did a delivered row become known?

Each row is known first at its own instant (`r0`); each field with a `known_at` of its own joins
at that instant (`k0`…), so there is one version per distinct instant, each with the whole state
as known then. In a feed with history the next row of the same key ends a row's versions.
"""

from __future__ import annotations

from troth.connectors.staging.plan import Plan
from troth.connectors.staging.quoting import text


def version_query(plan: Plan, *, rows: str, gone: str) -> str:
    """SQL of the versions to land, by key and revision, from the table `picked`.

    `picked` holds rid, key, row_hash and prev (the landed revision). `gone` is a query of key,
    row_hash and prev for keys that were not delivered any more, or empty.
    """
    knowns = "".join(f", {sql} AS k{index}" for index, sql in enumerate(plan.knowns))
    base = (
        "SELECT src.*, picked.key, picked.row_hash, picked.prev, FALSE AS is_gone, "
        f"{plan.region} AS row_region, {plan.known_at} AS r0{knowns} "
        f"FROM ({rows}) src JOIN picked ON picked.rid = src.rid"
    )
    if not plan.knowns and not plan.feed.has_history:
        versions = f"SELECT *, r0 AS moment, prev + 1 AS revision, TRUE AS is_last FROM ({base})"
    else:
        versions = _unrolled(plan, base)
    if gone:
        versions = (
            f"{versions} UNION ALL BY NAME SELECT key, row_hash, prev, TRUE AS is_gone, "
            f"prev + 1 AS revision, TRUE AS is_last FROM ({gone})"
        )
    return f"SELECT {_outputs(plan)} FROM ({versions} ORDER BY key, revision)"


def _unrolled(plan: Plan, base: str) -> str:
    count = len(plan.knowns)
    has_history = plan.feed.has_history
    until = "lead(r0) OVER (PARTITION BY key ORDER BY r0, rid)" if has_history else "NULL"
    bounded = f"SELECT *, CAST({until} AS TIMESTAMPTZ) AS until FROM ({base})"
    valid = "".join(f", {_valid(index)} AS v{index}" for index in range(count))
    steps = ", ".join(f"({step})" for step in range(count + 1))
    moments = " ".join(f"WHEN {index + 1} THEN v{index}" for index in range(count))
    at = f"CASE step WHEN 0 THEN r0 {moments} END" if count else "r0"
    rolled = (
        f"SELECT * FROM (SELECT *, {at} AS moment FROM (SELECT *{valid} FROM ({bounded})), "
        f"(VALUES {steps}) AS steps(step)) WHERE step = 0 OR moment IS NOT NULL"
    )
    later = " OR ".join(f"coalesce(v{index} > moment, FALSE)" for index in range(count)) or "FALSE"
    if has_history:
        order = "row_number() OVER (PARTITION BY key ORDER BY r0, rid, moment)"
    else:
        earlier = [f"CAST(coalesce(v{index} < moment, FALSE) AS INTEGER)" for index in range(count)]
        order = f"CASE WHEN step = 0 THEN 1 ELSE 2 + {' + '.join(earlier)} END"
    return f"SELECT *, prev + {order} AS revision, NOT ({later}) AS is_last FROM ({rolled})"


def _valid(index: int) -> str:
    """The instant, where it makes a version of its own."""
    conditions = [f"k{index} > r0", f"(until IS NULL OR k{index} < until)"]
    conditions += [f"k{index} IS DISTINCT FROM k{earlier}" for earlier in range(index)]
    return f"CASE WHEN {' AND '.join(conditions)} THEN k{index} END"


def _outputs(plan: Plan) -> str:
    def live(sql: str) -> str:
        return f"CASE WHEN NOT is_gone THEN {sql} END"

    outputs = {
        "key": "key",
        "revision": "CAST(revision AS INTEGER)",
        "op": "CASE WHEN is_gone THEN 'gone' ELSE 'upsert' END",
        "region": f"coalesce(row_region, {text(plan.source.region)})",
        "occurred_at": live(plan.occurred_at),
        "known_at": live("moment"),
        "row_hash": "row_hash",
        "raw": f"CASE WHEN is_last AND NOT is_gone THEN {plan.raw(is_personal=False)} END",
        "raw_personal": f"CASE WHEN is_last AND NOT is_gone THEN {plan.raw(is_personal=True)} END",
        "custom": live(plan.custom_json()),
    }
    # A record may have a field named as an envelope column (occurred_at), so all are counted.
    named = [*outputs.values(), *(live(sql) for _, sql in plan.storage())]
    return ", ".join(f"{sql} AS o{index}" for index, sql in enumerate(named))
