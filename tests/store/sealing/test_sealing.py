"""Does a sealed value open for its subject, in its place, until they are erased, and never else?"""

from __future__ import annotations

import base64
import os
import secrets
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from troth.core.access.roles import Role
from troth.store.models import Erasure, SubjectKey, User
from troth.store.sealing import (
    BadWorkspaceKeyError,
    DamagedSecretError,
    ErasedError,
    NoWorkspaceKeyError,
    WrongWorkspaceKeyError,
    forget,
    make_workspace_key,
    open_sealed,
    row_pepper,
    seal,
    subject_key,
    subject_keys,
    unwrap,
    workspace_key,
    wrap,
)

pytestmark = pytest.mark.usefixtures("db")
_PLACE = b"audit:17"


def _another_key(monkeypatch: pytest.MonkeyPatch) -> None:
    text = base64.b64encode(secrets.token_bytes(32)).decode()
    monkeypatch.setenv("TROTH_WORKSPACE_KEY", text)


@pytest.fixture
def key_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace that keeps its key in its file."""
    monkeypatch.delenv("TROTH_WORKSPACE_KEY", raising=False)
    monkeypatch.setattr(settings, "WORKSPACE", tmp_path)
    return tmp_path / ".troth" / "workspace.key"


def test_a_sealed_value_opens_again_for_its_subject_in_its_place() -> None:
    sealed = seal("cus_a", b"Ada Lovelace", _PLACE)
    assert open_sealed("cus_a", sealed, _PLACE) == b"Ada Lovelace"
    assert b"Ada" not in sealed


def test_the_same_value_is_never_sealed_the_same_way_twice() -> None:
    assert seal("cus_a", b"Ada", _PLACE) != seal("cus_a", b"Ada", _PLACE)


def test_a_sealed_value_opens_in_no_other_place_and_for_nobody_else() -> None:
    sealed = seal("cus_a", b"Ada", _PLACE)
    subject_key("cus_b")
    for subject, where in (("cus_a", b"audit:18"), ("cus_b", _PLACE)):
        with pytest.raises(DamagedSecretError, match="was changed, or copied"):
            open_sealed(subject, sealed, where)
    assert open_sealed("cus_a", sealed, _PLACE) == b"Ada"  # the control


def test_no_changed_byte_opens() -> None:
    sealed = seal("cus_a", b"Ada", _PLACE)
    for at in range(len(sealed)):
        changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        with pytest.raises(DamagedSecretError):
            open_sealed("cus_a", changed, _PLACE)
    for length in (0, 11, 27, len(sealed) - 1):
        with pytest.raises(DamagedSecretError):
            open_sealed("cus_a", sealed[:length], _PLACE)


def test_one_subject_put_in_anothers_place_does_not_open() -> None:
    # A stored key bears the subject's name, so that rows cannot be exchanged.
    subject_keys(["cus_a", "cus_b"])
    of_a = SubjectKey.objects.get(subject="cus_a").wrapped
    SubjectKey.objects.filter(subject="cus_b").update(wrapped=of_a)
    with pytest.raises(WrongWorkspaceKeyError, match="cus_b"):
        subject_key("cus_b")


def test_a_forgotten_subjects_values_are_noise_and_others_stay() -> None:
    mine, theirs = seal("cus_a", b"Ada", _PLACE), seal("cus_b", b"Bea", _PLACE)
    assert forget(["cus_a", "cus_nobody"]) == 1
    with pytest.raises(ErasedError, match="cus_a was erased"):
        open_sealed("cus_a", mine, _PLACE)
    assert open_sealed("cus_b", theirs, _PLACE) == b"Bea"


def test_who_comes_back_gets_a_new_key_that_opens_nothing_of_before() -> None:
    before = seal("cus_a", b"Ada", _PLACE)
    old = subject_key("cus_a")
    forget(["cus_a"])
    officer = User.objects.create(username="o", name="O", role=Role.ADMINISTRATOR)
    Erasure.objects.create(
        id="era_1",
        subject="cus_a",
        reason="request",
        requested_by=officer,
        erased_at=timezone.now(),
    )
    after = seal("cus_a", b"Ada again", _PLACE)
    assert subject_key("cus_a") != old
    assert open_sealed("cus_a", after, _PLACE) == b"Ada again"
    with pytest.raises(ErasedError):
        open_sealed("cus_a", before, _PLACE)


def test_a_wrong_workspace_key_is_told_apart_and_opens_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sealed, wrapped = seal("cus_a", b"Ada", _PLACE), wrap(b"whsec", b"ep_1")
    _another_key(monkeypatch)
    with pytest.raises(WrongWorkspaceKeyError, match="cus_a"):
        open_sealed("cus_a", sealed, _PLACE)
    with pytest.raises(WrongWorkspaceKeyError, match="ep_1"):
        unwrap(wrapped, b"ep_1")


def test_a_wrapped_secret_opens_in_its_place_alone() -> None:
    wrapped = wrap(b"whsec", b"ep_1")
    assert unwrap(wrapped, b"ep_1") == b"whsec"
    with pytest.raises(WrongWorkspaceKeyError):
        unwrap(wrapped, b"ep_2")


def test_the_pepper_stays_the_same_once_it_was_made() -> None:
    assert row_pepper() == row_pepper()
    assert len(row_pepper()) == 32


def test_the_first_use_makes_the_key_for_its_owner_alone(key_file: Path) -> None:
    previous = os.umask(0)
    try:
        made = workspace_key()
    finally:
        os.umask(previous)
    assert len(made) == 32
    assert key_file.stat().st_mode & 0o777 == 0o600
    assert key_file.parent.stat().st_mode & 0o777 == 0o700
    assert workspace_key() == made
    assert [path.name for path in key_file.parent.iterdir()] == ["workspace.key"]


def test_a_second_maker_takes_the_key_of_the_first(key_file: Path) -> None:
    first = make_workspace_key(key_file)
    assert make_workspace_key(key_file) == first


def test_a_lost_key_is_not_replaced_where_it_wrapped_something(key_file: Path) -> None:
    sealed = seal("cus_a", b"Ada", _PLACE)
    text = key_file.read_text()
    key_file.unlink()
    for use in (workspace_key, lambda: open_sealed("cus_a", sealed, _PLACE)):
        with pytest.raises(NoWorkspaceKeyError, match=r"workspace\.key is missing"):
            use()
    assert not key_file.exists()
    key_file.write_text(text)
    assert open_sealed("cus_a", sealed, _PLACE) == b"Ada"


@pytest.mark.parametrize("text", ["", "short", "é" * 44, base64.b64encode(bytes(31)).decode()])
def test_a_key_of_the_wrong_length_or_alphabet_says_so(key_file: Path, text: str) -> None:
    key_file.parent.mkdir()
    key_file.write_text(text, encoding="utf-8")
    with pytest.raises(BadWorkspaceKeyError, match="expected 32 bytes in base64"):
        workspace_key()


def test_the_environment_comes_before_the_file(
    key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_file = workspace_key()
    _another_key(monkeypatch)
    assert workspace_key() != in_file
    monkeypatch.setenv("TROTH_WORKSPACE_KEY", "not a key")
    with pytest.raises(BadWorkspaceKeyError, match="TROTH_WORKSPACE_KEY is not a workspace key"):
        workspace_key()
