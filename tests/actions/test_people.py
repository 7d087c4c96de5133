"""Who gets in, once, and who wrote it down."""

from __future__ import annotations

import pytest

from troth.actions import people
from troth.core.access.roles import Role
from troth.store.models import AuditEntry, User
from troth.store.queries.viewing import NotAllowedError


def test_a_login_link_signs_in_once(engineer: User) -> None:
    token = people.issue_login_link(user=engineer, acting_user=engineer)
    assert people.redeem_login_link(token) == engineer
    assert people.redeem_login_link(token) is None


def test_a_login_link_of_a_leaver_signs_nobody_in(engineer: User) -> None:
    token = people.issue_login_link(user=engineer, acting_user=engineer)
    User.objects.filter(pk=engineer.pk).update(is_active=False)
    assert people.redeem_login_link(token) is None


def test_a_revoked_token_is_nobodys(engineer: User) -> None:
    token = people.issue_token(user=engineer, label="erp", acting_user=engineer)
    assert people.user_of_token(token) == engineer
    people.revoke_token(
        token_id=engineer.tokens.get().pk, reason="left the company", acting_user=engineer
    )
    assert people.user_of_token(token) is None


def test_issuing_a_token_leaves_an_entry_without_the_token(engineer: User) -> None:
    token = people.issue_token(user=engineer, label="erp", acting_user=engineer)
    entry = AuditEntry.objects.get(action="access:token:issued")
    assert entry.actor == engineer
    assert token not in str(entry.detail)


def test_an_agent_may_not_add_people(engineer: User) -> None:
    agent = people.add_user(username="a", name="A", role=Role.AGENT, acting_user=engineer)
    with pytest.raises(NotAllowedError):
        people.add_user(username="b", name="B", role=Role.AGENT, acting_user=agent)
    assert not User.objects.filter(username="b").exists()
