"""Does `troth match` say what was learnt, or why nothing was?"""

from __future__ import annotations

from tests.workspaces import Troth

_LEARNT = """
    INSERT INTO store_matchmodel
    (id, trained_at, records, sources, design, design_digest, precision, sentence, match_from,
     possible_from, expected, curve, grounds, document, digest, through_landing)
    VALUES ('mtm_1', '2026-01-31T06:00:00Z', 560, 2, 'organisation', 'd', 0.995, '', 4.112543,
     -1.27906, %s, %s, '{"pairs": 1204, "verdicts": 3}', '', '', 7)
"""
_POINT = '{"weight": "4.112543", "precision": "0.998805", "recall": "0.989725", "pairs": 230}'


def test_it_says_what_was_learnt_and_what_other_thresholds_come_to(blank: Troth) -> None:
    assert "From 500 customer records on" in blank("match", "show").out
    blank.rows(_LEARNT, _POINT, f"[{', '.join([_POINT] * 40)}]")
    shown = blank("match", "show").out
    for text in ("560 records of 2 sources, as organisations", "0.995", "4.11 bits", "-1.28 bits"):
        assert text in shown, text
    assert shown.count("230") == 12  # points of forty
    found = blank("match", "show", "--json").json()
    assert len(found["model"]["curve"]) == 40
    assert found["model"]["expected"]["pairs"] == 230
