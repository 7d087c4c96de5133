"""`python -m bench [NAME ...]`: run the benches and print each claim as a ratio with its bar."""

from __future__ import annotations

import importlib
import sys
from typing import Any

# One line a bench: module → what it compares. Each has `main()`, which gives rows.
BENCHES: dict[str, str] = {
    "calendars": "business time on an SLA clock against pandas",
    "decision": "one policy decision against a rules engine",
    "batch": "a million policy decisions over history against engines and SQL",
    "tables": "a decision table of 10,000 rules, one case and a million, against engines and SQL",
    "analysis": "10,000 rules analysed against comparing them pair by pair",
    "matching": "one new record against a million customers, against Splink's own call",
    "company": "100,000 customers and 1,000,000 orders through the run, against COPY and Splink",
    "audit": "an audited decision over HTTP against the same without the log",
    "value": "a model of buying fitted to a million customers, against lifetimes",
    "landing": "landing an export against INSERT … SELECT and Django",
}


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        print(f"no bench is called {', '.join(unknown)}; there are {', '.join(BENCHES)}")
        return 2
    missed = 0
    for name in names or list(BENCHES):
        print(f"\n{name}: {BENCHES[name]}", flush=True)
        rows: list[dict[str, Any]] = importlib.import_module(f"bench.{name}").main()
        for row in rows:
            bar = row.get("bar")
            has_missed = bar is not None and (
                row["ratio"] > bar if row.get("is_cost") else row["ratio"] < bar
            )
            missed += has_missed
            print(
                f"  {row['name']}: ratio {row['ratio']} (bar {bar})"
                f"{'  MISSED' if has_missed else ''}\n"
                f"    ours {row['ours']}, peer {row['peer']}. {row.get('note', '')}",
                flush=True,
            )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
