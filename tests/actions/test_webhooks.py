"""Who may be told, how is the secret kept, and what becomes of an address?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import override_settings
from django.utils import timezone
from tests.actions.outgoing import demonstration, endpoint

from troth.actions.people import add_user, system_user
from troth.actions.webhooks import (
    NoSuchEndpointError,
    UnknownEventTypeError,
    add_endpoint,
    enable_endpoint,
    keys_of,
    remove_endpoint,
    rotate_secret,
    send_test,
)
from troth.connectors.workspace import WorkspaceError, allows_loopback
from troth.core.access.roles import Right, Role, may
from troth.core.webhooks.destinations import DestinationError
from troth.core.webhooks.signing import key_of
from troth.store.models import AuditEntry, OutboxMessage, User, WebhookEndpoint
from troth.store.queries.viewing import NotAllowedError
from troth.store.sealing import WrongWorkspaceKeyError, unwrap


@pytest.fixture(autouse=True)
def workspace(db: None, tmp_path: Path) -> Iterator[Path]:
    with demonstration(tmp_path) as folder:
        yield folder


def test_the_secret_is_shown_once_and_kept_encrypted() -> None:
    shown = endpoint()
    row = WebhookEndpoint.objects.get()
    key = key_of(shown.secret)
    assert keys_of(row) == [key]
    assert key not in bytes(row.secret)
    with pytest.raises(WrongWorkspaceKeyError):  # bound to its place: it opens nowhere else
        unwrap(row.secret, b"webhook:ep_another")
    entry = AuditEntry.objects.get(action="webhook:endpoint:added")
    assert shown.secret not in entry.envelope
    assert entry.row_count == 1


def test_two_addresses_have_two_secrets() -> None:
    assert endpoint().secret != endpoint().secret


def test_while_a_secret_is_changed_both_sign_and_then_the_new_one_alone() -> None:
    old = endpoint()
    new = rotate_secret(endpoint_id=old.endpoint_id, acting_user=system_user())
    row = WebhookEndpoint.objects.get()
    assert keys_of(row) == [key_of(new.secret), key_of(old.secret)]
    WebhookEndpoint.objects.update(previous_secret_ends_at=timezone.now() - timedelta(seconds=1))
    assert keys_of(WebhookEndpoint.objects.get()) == [key_of(new.secret)]


def test_an_address_inside_of_the_house_is_refused_by_its_name(tmp_path: Path) -> None:
    for url in ("https://localhost/", "https://127.0.0.1/", "https://10.0.0.1/", "https://[::1]/",
                "https://2130706433/", "https://0x7f.1/", "https://169.254.169.254/"):  # fmt: skip
        with pytest.raises(DestinationError), override_settings(WORKSPACE=tmp_path / "other"):
            add_endpoint(url=url, acting_user=system_user())
    assert WebhookEndpoint.objects.count() == 0


def test_only_a_demonstration_may_send_to_itself(tmp_path: Path) -> None:
    folder = tmp_path / "live"
    folder.mkdir()
    assert not allows_loopback(folder)
    file = folder / "troth.toml"
    file.write_text('[workspace]\nnow = "data"\n', "utf-8")
    assert not allows_loopback(folder)
    file.write_text('[workspace]\nnow = "live"\n[webhooks]\nallow_loopback = true\n', "utf-8")
    with pytest.raises(WorkspaceError, match="for demonstrations"):
        allows_loopback(folder)
    file.write_text('[workspace]\nnow = "data"\n[webhooks]\nallow_loopback = "yes"\n', "utf-8")
    with pytest.raises(WorkspaceError, match="true or false"):
        allows_loopback(folder)


def test_an_event_type_that_there_is_not_is_refused_with_those_there_are() -> None:
    with pytest.raises(UnknownEventTypeError, match=r"promise\.kept"):
        endpoint(9, "promise.kpet")


def test_a_removed_address_loses_its_secret_and_cannot_come_back() -> None:
    shown = endpoint()
    user = system_user()
    remove_endpoint(endpoint_id=shown.endpoint_id, reason="moved", acting_user=user)
    row = WebhookEndpoint.objects.get()
    assert (bytes(row.secret), row.is_active, row.disabled_because) == (b"", False, "removed")
    for verb in (enable_endpoint, rotate_secret, send_test):
        with pytest.raises(NoSuchEndpointError):
            verb(endpoint_id=shown.endpoint_id, acting_user=user)


def test_a_test_goes_to_the_one_address_alone() -> None:
    first, _ = endpoint(9, "promise.kept"), endpoint()
    key = send_test(endpoint_id=first.endpoint_id, acting_user=system_user())
    assert OutboxMessage.objects.get().pk == key
    assert OutboxMessage.objects.get().endpoint_id == first.endpoint_id


@pytest.mark.parametrize("role", list(Role))
def test_only_who_may_manage_webhooks_can(role: Role) -> None:
    user: User = add_user(username=role.value, name="x", role=role, acting_user=system_user())
    url = "https://127.0.0.1:8443/"
    if may(role, Right.MANAGE_WEBHOOKS):
        assert add_endpoint(url=url, acting_user=user).secret
    else:
        with pytest.raises(NotAllowedError):
            add_endpoint(url=url, acting_user=user)
