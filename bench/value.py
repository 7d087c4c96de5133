"""How much faster are the parameters of BG/NBD found than by lifetimes, for a million customers?

lifetimes is not kept any more and needs libraries of its day, so it runs in an environment of its
own: TROTH_LIFETIMES_PYTHON names its interpreter. Both get the same simulated histories, each
round times ours and then the peer's, without reading files or compiling, and both find the same
parameters. The ratio is of the medians.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from troth.analysis.value.bg_nbd import BgNbd

BAR = 25.0
PEOPLE = 1_000_000
ROUNDS = 3
TRUE = (0.2426, 4.4135, 0.7929, 2.4258)  # r, alpha, a, b of the CDNOW sample

_PEER = """
import json, sys, time, warnings
import numpy as np
warnings.filterwarnings("ignore")
from lifetimes import BetaGeoFitter
rows = np.load(sys.argv[1])
for _ in sys.stdin:
    model = BetaGeoFitter(penalizer_coef=0.0)
    begun = time.perf_counter()
    model.fit(rows["frequency"], rows["recency"], rows["age"])
    took = time.perf_counter() - begun
    print(json.dumps([took, *(float(model.params_[name]) for name in ("r", "alpha", "a", "b"))]),
          flush=True)
"""


def histories(people: int) -> dict[str, Any]:
    """Frequency, recency and age in weeks, of customers who came within 39 weeks."""
    chance = np.random.default_rng(20)
    r, alpha, a, b = TRUE
    rate, leaves = chance.gamma(r, 1 / alpha, people), chance.beta(a, b, people)
    age = chance.uniform(27, 39, people)
    frequency, recency, now = np.zeros(people), np.zeros(people), np.zeros(people)
    there = np.ones(people, dtype=bool)
    while there.any():
        now[there] += chance.exponential(1 / np.maximum(rate[there], 1e-300))
        there &= now <= age
        frequency[there] += 1
        recency[there] = now[there]
        there &= chance.random(people) >= leaves
    return {"frequency": frequency.astype(np.int64), "recency": recency, "age": age}


def main() -> list[dict[str, Any]]:
    """One row. Raises RuntimeError without the peer, AssertionError where the two differ."""
    peer = os.environ.get("TROTH_LIFETIMES_PYTHON")
    if not peer:
        raise RuntimeError(
            "TROTH_LIFETIMES_PYTHON does not name an interpreter that has lifetimes 0.11.3 "
            "(it wants numpy < 2, pandas < 2.2 and scipy < 1.13)."
        )
    rows = histories(PEOPLE)
    BgNbd.fit(*(rows[name][:1_000] for name in ("frequency", "recency", "age")))  # compiles
    ours, theirs, found = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.npz"
        np.savez(path, **rows)
        with subprocess.Popen(
            [peer, "-c", _PEER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as other:
            assert other.stdin is not None and other.stdout is not None
            for _ in range(ROUNDS):
                begun = perf_counter()
                model = BgNbd.fit(rows["frequency"], rows["recency"], rows["age"])
                ours.append(perf_counter() - begun)
                print("go", file=other.stdin, flush=True)
                took, *found = json.loads(other.stdout.readline())
                theirs.append(took)
            other.stdin.close()
    parameters = (model.r, model.alpha, model.a, model.b)
    np.testing.assert_allclose(parameters, found, rtol=2e-3)
    mine, peers = statistics.median(ours), statistics.median(theirs)
    return [
        {
            "name": f"fit BG/NBD to {PEOPLE:,} customers",
            "ratio": round(peers / mine, 1),
            "bar": BAR,
            "ours": f"{mine:.2f} s",
            "peer": f"{peers:.2f} s",
            "note": f"r, alpha, a, b {', '.join(f'{value:.4f}' for value in parameters)}; "
            f"lifetimes {', '.join(f'{value:.4f}' for value in found)}.",
        }
    ]
