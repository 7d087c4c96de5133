"""How does a log say, signed, how long it is and what is in it?

The text forms of C2SP: a signed note (c2sp.org/signed-note), a checkpoint as the text of one
(c2sp.org/tlog-checkpoint) and a witness's cosignature of it (c2sp.org/tlog-cosignature, version 1).
Signing and verifying Ed25519 are handed in as functions: this module knows the bytes alone.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

ED25519 = 0x01  # a signature over the note's text
COSIGNATURE = 0x04  # a witness's, over the text and the moment at which it was seen
_TYPES = {ED25519: 64, COSIGNATURE: 72}  # type → bytes of its signature
_ID_BYTES, _KEY_BYTES, _ROOT_BYTES, _TIME_BYTES = 4, 32, 32, 8
_MOST_SIGNATURES = 64  # a reader must take 16 at least
_LARGEST = 2**63 - 1
_DECIMAL = re.compile(r"0|[1-9][0-9]*", re.ASCII)

# (message) → 64 bytes of Ed25519 (RFC 8032).
Sign = Callable[[bytes], bytes]
# (public key, signature, message) → whether it is that key's.
Verify = Callable[[bytes, bytes, bytes], bool]


class NoteError(ValueError):
    """This is not a signed note of the log, or not one that a known key has signed."""

    code = "ledger.note"


@dataclass(frozen=True, kw_only=True)
class Signature:
    """One signature line: whose, and the bytes."""

    name: str  # of the key
    key_id: bytes  # 4 bytes
    signature: bytes  # as the type of the key defines it


@dataclass(frozen=True, kw_only=True)
class Note:
    """A text and its signatures."""

    text: str  # ends in a newline
    signatures: tuple[Signature, ...]

    def written(self) -> str:
        """The note as it is stored and sent."""
        return f"{self.text}\n" + "".join(
            f"— {one.name} {_base64(one.key_id + one.signature)}\n" for one in self.signatures
        )

    def with_signature(self, signature: Signature) -> Note:
        """The note with one more signature; an older one of the same key is left out."""
        kept = (
            one
            for one in self.signatures
            if (one.name, one.key_id) != (signature.name, signature.key_id)
        )
        return replace(self, signatures=(*kept, signature))


@dataclass(frozen=True, kw_only=True)
class VerifierKey:
    """A public key with its name: what a reader must have from elsewhere to trust a note."""

    name: str
    type: int  # ED25519 or COSIGNATURE
    public: bytes  # 32 bytes

    @property
    def key_id(self) -> bytes:
        """SHA-256(name ‖ 0x0A ‖ type ‖ public key), the first 4 bytes."""
        material = self.name.encode() + b"\n" + bytes([self.type]) + self.public
        return hashlib.sha256(material).digest()[:_ID_BYTES]

    def written(self) -> str:
        """`name+id+base64`, with the id in hex and the type in front of the key."""
        return f"{self.name}+{self.key_id.hex()}+{_base64(bytes([self.type]) + self.public)}"


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """The head of a log: how many entries, and the root over them."""

    origin: str  # names the log
    size: int
    root: bytes  # 32 bytes
    extensions: tuple[str, ...] = ()

    def written(self) -> str:
        """The text that is signed. Raises NoteError where it would read as another checkpoint."""
        lines = (self.origin, str(self.size), _base64(self.root), *self.extensions)
        if any(not line or "\n" in line for line in lines):
            raise NoteError(f"{self} cannot be written: a line of it is empty or holds a break.")
        text = "".join(f"{line}\n" for line in lines)
        read_checkpoint(text)
        return text


def read_note(written: str | bytes) -> Note:
    """The parts of a signed note. Raises NoteError, which says what was expected."""
    text = _text(written)
    body, blank, lines = text.rpartition("\n\n")
    if not blank or not lines:
        raise NoteError(
            "The note has no signatures: expected its text, an empty line, then lines "
            "“— name base64”."
        )
    if not lines.endswith("\n"):
        raise NoteError("The note's last line does not end: it was cut off.")
    signatures = tuple(_signature(line) for line in lines[:-1].split("\n"))
    if len(signatures) > _MOST_SIGNATURES:
        raise NoteError(
            f"The note has {len(signatures)} signatures; at most {_MOST_SIGNATURES} are read."
        )
    return Note(text=body + "\n", signatures=signatures)


def read_key(written: str) -> VerifierKey:
    """A verifier key, `name+id+base64`. Raises NoteError."""
    parts = written.strip().split("+", 2)
    if len(parts) != 3:
        raise NoteError(f"{written.strip()!r} is no verifier key: expected name+id+base64.")
    name, key_id, encoded = parts
    _check_name(name)
    material = _unbase64(encoded, "the verifier key")
    if len(material) != 1 + _KEY_BYTES or material[0] not in _TYPES:
        raise NoteError(
            f"The verifier key of {name} is not one of Ed25519: expected the type 01 or 04 "
            f"and {_KEY_BYTES} bytes."
        )
    key = VerifierKey(name=name, type=material[0], public=material[1:])
    if key_id != key.key_id.hex():
        raise NoteError(
            f"The verifier key of {name} says the id {key_id}, and its bytes give "
            f"{key.key_id.hex()}: copy it again."
        )
    return key


def read_checkpoint(text: str) -> Checkpoint:
    """The checkpoint that the text of a note is. Raises NoteError."""
    lines = text.split("\n")
    if len(lines) < 4 or lines.pop() != "" or "" in lines:
        raise NoteError(
            "This is no checkpoint: expected at least three lines, none empty: origin, size, root."
        )
    origin, size, encoded, *extensions = lines
    if not _DECIMAL.fullmatch(size) or int(size) > _LARGEST:
        raise NoteError(f"The size of the checkpoint is {size!r}: expected a whole number.")
    root = _unbase64(encoded, "the root of the checkpoint")
    if len(root) != _ROOT_BYTES:
        raise NoteError(
            f"The root of the checkpoint has {len(root)} bytes: expected {_ROOT_BYTES}."
        )
    return Checkpoint(origin=origin, size=int(size), root=root, extensions=tuple(extensions))


def signed(text: str, key: VerifierKey, sign: Sign, *, at_seconds: int | None = None) -> Signature:
    """A key's signature of a text; a cosignature needs its moment, seconds since 1970.

    Raises NoteError where a cosignature has no moment, or a plain one has.
    """
    _check_name(key.name)
    if (at_seconds is None) != (key.type == ED25519):
        raise NoteError("A cosignature says when it was made, and no other signature does.")
    if at_seconds is None:
        made = sign(text.encode())
    else:
        moment = at_seconds.to_bytes(_TIME_BYTES, "big")
        made = moment + sign(cosigned_bytes(text, at_seconds))
    return Signature(name=key.name, key_id=key.key_id, signature=made)


def cosigned_bytes(text: str, at_seconds: int) -> bytes:
    """What a witness signs: the fixed line, the moment, and the checkpoint's text."""
    return f"cosignature/v1\ntime {at_seconds}\n{text}".encode()


def cosigned_at(signature: Signature) -> int:
    """The moment that a cosignature states, seconds since 1970."""
    return int.from_bytes(signature.signature[:_TIME_BYTES], "big")


def verified(note: Note, keys: Iterable[VerifierKey], verify: Verify) -> tuple[VerifierKey, ...]:
    """Those of the keys that have signed the note; signatures of other keys are passed over.

    Raises NoteError where a known key's signature is wrong, or where none of them has signed.
    """
    known = {(key.name, key.key_id): key for key in keys}
    found = []
    for one in note.signatures:
        key = known.get((one.name, one.key_id))
        if key is None or key in found:
            continue
        if not _is_good(note.text, one, key, verify):
            raise NoteError(f"The signature of {key.name} is not over this text: it was changed.")
        found.append(key)
    if not found:
        names = ", ".join(f"{key.name}+{key.key_id.hex()}" for key in known.values())
        by = ", ".join(f"{one.name}+{one.key_id.hex()}" for one in note.signatures)
        raise NoteError(f"The note is signed by {by}: expected a signature of {names}.")
    return tuple(found)


def _is_good(text: str, one: Signature, key: VerifierKey, verify: Verify) -> bool:
    if len(one.signature) != _TYPES[key.type]:
        return False
    if key.type == ED25519:
        return verify(key.public, one.signature, text.encode())
    message = cosigned_bytes(text, cosigned_at(one))
    return cosigned_at(one) <= _LARGEST and verify(key.public, one.signature[_TIME_BYTES:], message)


def _signature(line: str) -> Signature:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "—":
        raise NoteError(f"{line[:80]!r} is no signature: expected “— name base64”.")
    _, name, encoded = parts
    _check_name(name)
    found = _unbase64(encoded, f"the signature of {name}")
    if len(found) <= _ID_BYTES:
        raise NoteError(f"The signature of {name} is empty.")
    return Signature(name=name, key_id=found[:_ID_BYTES], signature=found[_ID_BYTES:])


def _text(written: str | bytes) -> str:
    try:
        text = written if isinstance(written, str) else written.decode("utf-8")
        text.encode("utf-8")
    except UnicodeError as error:
        raise NoteError(f"The note is not UTF-8: {error}.") from error
    for number, line in enumerate(text.split("\n"), start=1):
        if any(char < " " for char in line):
            raise NoteError(f"Line {number} of the note holds a control character.")
    return text


def _check_name(name: str) -> None:
    if not name or "+" in name or any(char.isspace() for char in name):
        raise NoteError(f"{name!r} cannot name a key: expected text without spaces and “+”.")


def _base64(found: bytes) -> str:
    return base64.b64encode(found).decode()


def _unbase64(encoded: str, what: str) -> bytes:
    """Strictly: one text for one value, so that no byte of a note can be changed unnoticed."""
    try:
        found = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteError(f"The base64 of {what} cannot be read: {error}.") from error
    if _base64(found) != encoded:
        raise NoteError(f"The base64 of {what} is not in its one canonical form.")
    return found
