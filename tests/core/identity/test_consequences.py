"""What is told of a merge: what differs, and nothing that does not."""

from __future__ import annotations

from troth.core.identity.consequences import Standing, Work, consequences


def standing(customer: str, **aspects: object) -> Standing:
    return Standing(
        customer=customer, aspects={("g", key): value for key, value in aspects.items()}
    )


def work(due: int, *, state: str = "open", subject: str = "o1") -> Work:
    return Work(
        kind="promise", subject=subject, metric="delivery", due_at=due, state=state,
        is_open=state == "open",
    )  # fmt: skip


def test_only_what_is_not_the_same_for_all_is_told() -> None:
    found = consequences(
        [standing("a", tier="Silver", city="Ulm"), standing("b", tier="Silver", city="Bonn")],
        [standing("a", tier="Silver", city="Ulm")],
        [],
        [],
    )
    assert [(item.name, item.before, item.after) for item in found.aspects] == [
        ("city", {"a": "Ulm", "b": "Bonn"}, {"a": "Ulm"})
    ]


def test_work_that_moves_is_told_open_work_first_and_the_rest_is_counted() -> None:
    found = consequences(
        [],
        [],
        [work(1, state="kept"), work(2, subject="o2"), work(3, subject="o3")],
        [work(1, state="broken"), work(5, subject="o2"), work(3, subject="o3")],
    )
    assert [(item.subject, item.due_after, item.state_after) for item in found.work] == [
        ("o2", 5, "open"),
        ("o1", 1, "broken"),
    ]
    assert found.unchanged_work == 1
