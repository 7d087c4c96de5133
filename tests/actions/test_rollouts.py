"""Does a roll-out go its way: planned, begun, widened, held up, undone, and told?"""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from tests.actions.freezing import add_people
from tests.actions.racing import at_once, slow_down

from troth.actions import freezes
from troth.actions.freeze_gate import PolicyFrozenError
from troth.actions.freezes import NewFreeze
from troth.actions.people import add_user, system_user
from troth.actions.rollout_checks import watch
from troth.actions.rollouts import NoSuchRolloutError, RolloutError, advance, roll_back, start
from troth.core.access.roles import Role
from troth.core.policies.freezes import Between, FreezeKind
from troth.core.policies.scopes import Layer, Scope
from troth.store.models import AuditEntry, OutboxMessage, Rollout, User, WebhookEndpoint
from troth.store.models import PolicyVersion as PolicyRow
from troth.store.queries.viewing import NotAllowedError, as_the_program
from troth.store.server import Server

NOW = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)
DOCUMENT: dict[str, Any] = {
    "policy": {"kind": "lead_time", "scope": "company", "outputs": {"history_days": 60}},
    "stages": [{"share": 10}, {"share": 50, "starts_at": (NOW + DAY).isoformat()}],
    "reason": "A try.",
}


def listen(boss: User) -> None:
    with as_the_program():
        WebhookEndpoint.objects.create(
            id="ep_1", url="https://hooks.example.org/troth", secret=b"sealed",
            event_types=["rollout.advanced", "rollout.rolled_back"], created_by=boss,
            created_at=NOW,
        )  # fmt: skip


def audiences() -> list[Any]:
    with as_the_program():
        rows = PolicyRow.objects.filter(kind="lead_time").order_by("number")
        return [row.document.get("audience", {}).get("share") for row in rows]


def stored(row: Rollout) -> Rollout:
    with as_the_program():
        return Rollout.objects.get(pk=row.pk)


def test_stages_come_by_themselves_or_by_hand_and_each_is_told(engineer: User) -> None:
    listen(engineer)
    row = start(DOCUMENT, acting_user=engineer, at=NOW)
    assert watch(acting_user=system_user(), at=NOW + DAY / 2).advanced == ()
    assert watch(acting_user=system_user(), at=NOW + DAY).advanced == (row.pk,)
    done = advance(row.pk, reason="A good week.", acting_user=engineer, at=NOW + 2 * DAY)
    assert (done.state, done.stage) == ("done", 3)
    assert audiences() == ["10", "50", None]
    assert watch(acting_user=system_user(), at=NOW + 3 * DAY).advanced == ()
    with pytest.raises(RolloutError, match="is over"):
        advance(row.pk, reason="Again.", acting_user=engineer, at=NOW + 4 * DAY)
    with as_the_program():
        types = list(OutboxMessage.objects.values_list("event_type", flat=True))
        reasons = list(PolicyRow.objects.order_by("number").values_list("reason", flat=True))
    assert types == ["rollout.advanced"] * 3
    assert reasons[0] == "A try. Stage 1 of 3: 10 % of customers."


def test_a_roll_out_that_has_not_begun_is_cancelled_and_publishes_nothing(engineer: User) -> None:
    later = [{"share": 10, "starts_at": (NOW + DAY).isoformat()}]
    row = start(DOCUMENT | {"stages": later}, acting_user=engineer, at=NOW)
    assert (row.state, audiences()) == ("planned", [])
    assert roll_back(row.pk, reason="Not now.", acting_user=engineer, at=NOW) is None
    assert stored(row).state == "rolled_back"
    assert watch(acting_user=system_user(), at=NOW + 2 * DAY).advanced == ()
    assert audiences() == []


def test_one_kind_and_scope_is_rolled_out_once_at_a_time(engineer: User) -> None:
    row = start(DOCUMENT, acting_user=engineer, at=NOW)
    with pytest.raises(RolloutError, match=row.pk):
        start(DOCUMENT, acting_user=engineer, at=NOW + DAY)
    other = DOCUMENT["policy"] | {"scope": "tier:gold"}
    assert start(DOCUMENT | {"policy": other}, acting_user=engineer, at=NOW).state == "running"
    roll_back(row.pk, reason="Too hasty.", acting_user=engineer, at=NOW + DAY)
    assert start(DOCUMENT, acting_user=engineer, at=NOW + 2 * DAY).state == "running"


def test_a_freeze_holds_a_stage_up_and_no_roll_back(engineer: User) -> None:
    listen(engineer)
    row = start(DOCUMENT, acting_user=engineer, at=NOW)
    now = timezone.now()
    manager = add_user(
        username="mona", role=Role.OPERATIONS_MANAGER, name="Mona", acting_user=system_user()
    )
    freezes.add(
        NewFreeze(
            kind=FreezeKind.LAUNCH, title="Launch", reason="A launch.", time_zone="UTC",
            span=Between(starts_at=now - DAY, ends_at=now + DAY),
        ),
        scope=Scope(layer=Layer.COMPANY),
        acting_user=manager,
    )  # fmt: skip
    with pytest.raises(PolicyFrozenError):
        advance(row.pk, reason="Now.", acting_user=engineer)
    came = watch(acting_user=system_user())
    assert (came.held_up, came.advanced) == ((row.pk,), ())
    assert stored(row).stage == 1
    restored = roll_back(row.pk, reason="Orders are lost.", acting_user=engineer)
    assert restored is not None
    assert restored.outputs == {"history_days": None}  # nothing held before
    with as_the_program():
        entry = AuditEntry.objects.filter(action="policy:version:published").last()
        told = OutboxMessage.objects.filter(event_type="rollout.rolled_back").get()
    assert entry is not None
    assert entry.detail["emergency"] == "Orders are lost."
    assert '"by_itself":false' in told.payload.replace(" ", "")


def test_only_what_is_in_force_is_undone_with_a_reason_and_by_who_may(engineer: User) -> None:
    row = start(DOCUMENT, acting_user=engineer, at=NOW)
    first = row.stages[0]["version"]
    with pytest.raises(RolloutError, match="needs its reason"):
        roll_back(row.pk, reason=" ", acting_user=engineer, at=NOW)
    with pytest.raises(NoSuchRolloutError, match="rol_0"):
        roll_back("rol_0", reason="Why not.", acting_user=engineer, at=NOW)
    with pytest.raises(NoSuchRolloutError, match="pol_0"):
        roll_back("pol_0", reason="Why not.", acting_user=engineer, at=NOW)
    agent = add_user(username="ada", role=Role.AGENT, name="Ada", acting_user=system_user())
    with pytest.raises(NotAllowedError):
        roll_back(row.pk, reason="Why not.", acting_user=agent, at=NOW)
    # Its stage's version stands for the roll-out.
    roll_back(first, reason="Too hasty.", acting_user=engineer, at=NOW + DAY)
    assert stored(row).state == "rolled_back"
    with pytest.raises(RolloutError, match="nothing to undo"):
        roll_back(first, reason="Again.", acting_user=engineer, at=NOW + 2 * DAY)


@pytest.mark.parametrize("is_by_clock", [True, False])
def test_two_who_advance_at_once_advance_by_one_stage(
    own_database: Server, is_by_clock: bool
) -> None:
    """Both by hand or both by the clock: the stage behind comes for none of them."""
    boss = add_people().boss
    row = start(DOCUMENT, acting_user=boss, at=NOW)
    slow_down(own_database, "store_policyversion")

    moments = iter((NOW + DAY, NOW + DAY + timedelta(seconds=1)))

    def by_hand() -> None:
        with contextlib.suppress(RolloutError):
            advance(row.pk, reason="Now.", acting_user=boss, stage=2, at=next(moments))

    def by_clock() -> None:
        watch(acting_user=system_user(), at=next(moments))

    at_once(*[by_clock if is_by_clock else by_hand] * 2)
    assert (stored(row).stage, audiences()) == (2, ["10", "50"])
    advance(row.pk, reason="On.", acting_user=boss, at=NOW + 2 * DAY)  # the control: it is there
    assert stored(row).stage == 3
