"""Are notes, keys, checkpoints and cosignatures C2SP's, to the byte?

The examples are the specifications' own, that of Go's sumdb/note, and a checkpoint that a public
witness has cosigned.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from troth.core.ledger.notes import (
    COSIGNATURE,
    ED25519,
    Checkpoint,
    Note,
    NoteError,
    VerifierKey,
    cosigned_at,
    read_checkpoint,
    read_key,
    read_note,
    signed,
    verified,
)

GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_SEED = bytes.fromhex("810a1402d5146c8d84f2443330f54080ebf98ee17d9c74f6252fc5d5c7283173")
GO_TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
GO_NOTE = (
    f"{GO_TEXT}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNX"
    "gKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
SPEC_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
SPEC_NOTE = (
    "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONnc"
    "AlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
POEM = (
    "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n"
    "— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU"
    "0xMcXxj99ihAQwaqP3ZekRwNtIc=\n"
)
COSIGNED = (
    "arche2025h1.staging.ct.transparency.dev\n1432088532\n"
    "U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=\n\n"
    "— arche2025h1.staging.ct.transparency.dev ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3Ny"
    "gNI75MdhL1bfTW9g8Ei59RA23oHP7Ry1k3ZFWwQ=\n"
    "— remora.n621.de 2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXT"
    "ynk5XeU/zZ0WBxtqB0DrAWfBw==\n"
)
LOG_KEY = (
    "arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f"
)
WITNESS_KEY = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"
CHECKPOINT = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"


def verify(public: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def test_the_example_of_the_specification_and_that_of_go_verify() -> None:
    for written, key in ((SPEC_NOTE, SPEC_KEY), (GO_NOTE, GO_KEY)):
        note = read_note(written)
        assert verified(note, [read_key(key)], verify) == (read_key(key),)
        assert note.written() == written
        assert read_key(key).written() == key


def test_a_key_of_the_example_has_the_bytes_that_the_specification_names() -> None:
    key = read_key(SPEC_KEY)
    assert (key.name, key.type, key.key_id.hex()) == ("example.com/foo", ED25519, "530d903a")
    public = "e932791ae6e7a840a46164c904786426d5e7821dd8b29a00d61cae72afdd4da4"
    assert key.public.hex() == public


def test_what_is_signed_here_is_gos_note_to_the_byte() -> None:
    own = Ed25519PrivateKey.from_private_bytes(GO_SEED)
    key = read_key(GO_KEY)
    assert own.public_key().public_bytes_raw() == key.public
    note = Note(text=GO_TEXT, signatures=()).with_signature(signed(GO_TEXT, key, own.sign))
    assert note.written() == GO_NOTE


def test_empty_lines_in_a_text_belong_to_it() -> None:
    note = read_note(POEM.encode())
    assert note.text.endswith("sole:\n\ned è subito sera.\n")
    assert [one.name for one in note.signatures] == ["quasimodo.example/salvatore"]
    assert note.written() == POEM


def test_a_checkpoint_that_a_public_witness_cosigned_verifies_for_log_and_witness() -> None:
    note = read_note(COSIGNED)
    log, witness = read_key(LOG_KEY), read_key(WITNESS_KEY)
    assert (log.type, witness.type) == (ED25519, COSIGNATURE)
    assert verified(note, [log, witness], verify) == (log, witness)
    assert cosigned_at(note.signatures[1]) == 0x6A122120
    assert read_checkpoint(note.text).size == 1_432_088_532


def test_one_changed_byte_of_a_cosigned_checkpoint_is_noticed() -> None:
    for key in (LOG_KEY, WITNESS_KEY):
        note = replace(read_note(COSIGNED), text=read_note(COSIGNED).text.replace("32\n", "33\n"))
        with pytest.raises(NoteError, match="is not over this text"):
            verified(note, [read_key(key)], verify)
    for at in range(len(COSIGNED.encode())):
        changed = bytearray(COSIGNED.encode())
        changed[at] ^= 1
        with pytest.raises(NoteError):
            # Both keys must have signed: a mangled name or id is another, unknown, key's.
            found = verified(
                read_note(bytes(changed)), map(read_key, (LOG_KEY, WITNESS_KEY)), verify
            )
            if len(found) < 2:
                raise NoteError("one of the two is missing")


def test_a_cosignature_states_its_moment_and_binds_it() -> None:
    own = Ed25519PrivateKey.from_private_bytes(bytes(32))
    key = VerifierKey(
        name="witness.example/w1", type=COSIGNATURE, public=own.public_key().public_bytes_raw()
    )
    made = signed(CHECKPOINT, key, own.sign, at_seconds=1_679_315_147)
    assert cosigned_at(made) == 1_679_315_147
    note = Note(text=CHECKPOINT, signatures=(made,))
    assert verified(note, [key], verify) == (key,)
    moved = replace(made, signature=(1_679_315_148).to_bytes(8, "big") + made.signature[8:])
    with pytest.raises(NoteError, match="is not over this text"):
        verified(note.with_signature(moved), [key], verify)
    for at, kind in ((None, COSIGNATURE), (1, ED25519)):
        with pytest.raises(NoteError, match="says when it was made"):
            signed(CHECKPOINT, replace(key, type=kind), own.sign, at_seconds=at)


def test_a_key_that_is_not_known_proves_nothing() -> None:
    stranger = replace(read_key(GO_KEY), name="Somebody")
    with pytest.raises(NoteError, match="expected a signature of Somebody"):
        verified(read_note(GO_NOTE), [stranger], verify)


def test_a_checkpoint_reads_and_writes_as_the_specification_has_it() -> None:
    found = read_checkpoint(CHECKPOINT)
    assert (found.origin, found.size) == ("example.com/behind-the-sofa", 20_852_163)
    assert found.written() == CHECKPOINT
    longer = read_checkpoint(CHECKPOINT + "more\n")
    assert longer.extensions == ("more",)
    assert longer.written() == CHECKPOINT + "more\n"


def test_an_origin_with_a_line_break_cannot_pose_as_another_checkpoint() -> None:
    with pytest.raises(NoteError, match="cannot be written"):
        Checkpoint(origin="evil\n9", size=1, root=bytes(32)).written()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "This is no checkpoint"),
        (CHECKPOINT[:-1], "This is no checkpoint"),
        (CHECKPOINT + "\n", "This is no checkpoint"),
        (CHECKPOINT.replace("2085", "02085"), "The size"),
        (CHECKPOINT.replace("2085", "-2085"), "The size"),
        (CHECKPOINT.replace("2085", "٢085"), "The size"),
        (CHECKPOINT.replace("20852163", "9223372036854775808"), "The size"),
        (CHECKPOINT.replace("q2I=", "q2J="), "canonical form"),
        (CHECKPOINT.replace("q2I=", "q2I"), "base64"),
        (CHECKPOINT.replace("CsUY", ""), "has 29 bytes"),
    ],
)
def test_what_is_no_checkpoint_is_refused_with_what_was_expected(text: str, said: str) -> None:
    with pytest.raises(NoteError, match=said):
        read_checkpoint(text)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("no signature\n", "has no signatures"),
        (GO_TEXT + "\n", "has no signatures"),
        (GO_NOTE[:-1], "cut off"),
        (GO_NOTE.replace("— ", "- "), "is no signature"),
        (GO_NOTE.replace("PeterNeumann", "Peter Neumann"), "is no signature"),
        (GO_NOTE.replace("PeterNeumann", "Peter+Neumann"), "cannot name a key"),
        (GO_NOTE.replace("PeterNeumann", "Peter\u00a0Neumann"), "cannot name a key"),
        (GO_NOTE.replace("x08go", "x08g!"), "base64"),
        (GO_TEXT + "\n— P x08goA==\n", "is empty"),
        (GO_NOTE.replace("think", "thi\tk"), "control character"),
        (GO_NOTE.encode() + b"\xff\n", "not UTF-8"),
        (GO_NOTE + GO_NOTE.rpartition("\n\n")[2] * 64, "at most 64"),
    ],
)
def test_what_is_no_note_is_refused_with_what_was_expected(written: str | bytes, said: str) -> None:
    with pytest.raises(NoteError, match=said):
        read_note(written)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("PeterNeumann", "expected name"),
        (GO_KEY.replace("c74f20a3", "c74f20a4"), "copy it again"),
        (GO_KEY.replace("ARpc", "Ahpc"), "not one of Ed25519"),
        (GO_KEY[:-4], "not one of Ed25519"),
        (GO_KEY.replace("PeterNeumann", "Peter Neumann"), "cannot name a key"),
    ],
)
def test_what_is_no_key_is_refused_with_what_was_expected(written: str, said: str) -> None:
    with pytest.raises(NoteError, match=said):
        read_key(written)
