"""Does a commitment bind its value, and say nothing about it without the salt?"""

from __future__ import annotations

import hashlib

import pytest

from troth.core.ledger.commitments import SaltLengthError, commitment, opens
from troth.core.ledger.tree import leaf_hash

_SALT = bytes(range(32))


def test_a_commitment_is_the_hash_that_the_definition_says() -> None:
    # RFC 8785 of {"b": 1, "a": "x"} is {"a":"x","b":1}.
    expected = hashlib.sha256(b"\x02" + _SALT + b'{"a":"x","b":1}').digest()
    assert commitment(_SALT, {"b": 1, "a": "x"}) == expected


def test_it_opens_with_its_salt_and_value_alone() -> None:
    made = commitment(_SALT, "Ada Lovelace")
    assert opens(made, _SALT, "Ada Lovelace")
    assert not opens(made, _SALT, "Ada Lovelac")
    assert not opens(made, bytes(32), "Ada Lovelace")


def test_it_can_pass_for_no_leaf_of_the_log() -> None:
    # The control: without a byte of its own before it, it would be the leaf of the same bytes.
    bare = _SALT + b'"x"'
    assert hashlib.sha256(b"\x00" + bare).digest() == leaf_hash(bare)
    assert commitment(_SALT, "x") != leaf_hash(bare)


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_salt_of_another_length_is_refused(length: int) -> None:
    # A salt of 31 bytes and a value could otherwise be read as one of 32 and another value.
    with pytest.raises(SaltLengthError, match=str(length)):
        commitment(bytes(length), "x")
