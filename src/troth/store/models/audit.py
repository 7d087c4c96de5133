"""Who wrote what, when and why, in a Merkle log; and which requests were answered already.

The log is RFC 9162's tree, section 2.1: entry `index` is leaf `index`. Only the database function
that appends writes these tables; the application role has no other way in.
"""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.db import models


class AuditEntry(models.Model):
    """One write, in the transaction of that write. A bulk write is one entry over its rows.

    `envelope` is what the leaf commits to; the columns beside it are for finding it.
    """

    index = models.BigIntegerField(primary_key=True)  # of the leaf, from 0, without a gap
    at = models.DateTimeField()
    actor = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="+")
    action = models.TextField()  # source:subject:action, as "customer:tier:assigned"
    subject = models.TextField(blank=True)  # what it was about: a key, an id, a feed
    customer_id = models.TextField(blank=True)  # whom it was about, where it was one customer
    policy_version = models.TextField(blank=True)  # under which it was done
    reason = models.TextField(blank=True)  # where a person chose; "" where it is sealed
    detail = models.JSONField(default=dict)  # figures, never a personal field
    row_count = models.BigIntegerField(default=0)
    rows_root = models.TextField(blank=True)  # RFC 9162 Merkle root over the rows, hex
    envelope = models.TextField()  # RFC 8785 JSON, to the byte
    leaf_hash = models.BinaryField()  # SHA-256(0x00 ‖ envelope)

    class Meta:
        indexes = [
            models.Index(fields=["action", "-at"]),
            models.Index(fields=["subject"]),
            models.Index(fields=["customer_id", "index"]),
            GinIndex(fields=["detail"], name="audit_detail", opclasses=["jsonb_path_ops"]),
        ]


class AuditRow(models.Model):
    """One row that an entry commits to. The rows of a landing are not kept twice: its facts are."""

    pk = models.CompositePrimaryKey("entry", "position")
    entry = models.ForeignKey(
        AuditEntry, on_delete=models.PROTECT, related_name="rows", db_index=False
    )
    position = models.IntegerField()  # of the leaf in the entry's own tree, from 0
    table = models.TextField(db_column="table_name")
    key = models.TextField()  # the row's primary key; a composite one as a JSON array
    op = models.TextField()  # write or delete
    digest = models.BinaryField()  # of the row's content, 32 bytes; salted where it is personal

    class Meta:
        indexes = [models.Index(fields=["table", "key"])]


class AuditNode(models.Model):
    """One complete subtree of the log above the leaves, so that a proof needs no other leaf."""

    pk = models.CompositePrimaryKey("level", "index")
    level = models.SmallIntegerField()  # its leaves are 2^level
    index = models.BigIntegerField()  # its first leaf is index × 2^level
    hash = models.BinaryField()


class AuditHead(models.Model):
    """The end of the log: one row, whose lock is the last that a write takes."""

    id = models.SmallIntegerField(primary_key=True)
    size = models.BigIntegerField()  # entries so far


class AuditCheckpoint(models.Model):
    """What was signed: the size and root of the log at an instant, in C2SP's tlog-checkpoint."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField()
    note = models.TextField()  # the signed note, with every signature
    at = models.DateTimeField()


class AuditSecret(models.Model):
    """What of an entry can be erased: values and salts, encrypted under the subject's key.

    The envelope holds a salted commitment to each value; without the key nobody can open it.
    """

    pk = models.CompositePrimaryKey("entry", "subject")
    entry = models.ForeignKey(
        AuditEntry, on_delete=models.PROTECT, related_name="secrets", db_index=False
    )
    subject = models.TextField()  # whose key: a customer's id
    ciphertext = models.BinaryField()  # nonce ‖ AES-256-GCM ciphertext ‖ tag

    class Meta:
        indexes = [models.Index(fields=["subject"])]


class SubjectKey(models.Model):
    """One subject's key, wrapped by the workspace's. Without it, what it sealed is noise."""

    subject = models.TextField(primary_key=True)  # a customer's id
    wrapped = models.BinaryField()  # nonce ‖ AES-256-GCM of the 32 bytes ‖ tag
    created_at = models.DateTimeField()


class IdempotencyKey(models.Model):
    """One answered request: the same key with the same body gets the same answer again."""

    user = models.ForeignKey("store.User", on_delete=models.PROTECT, related_name="+")
    key = models.TextField()
    request_sha256 = models.TextField()
    status = models.IntegerField(null=True)  # null while the first request is in flight
    answer = models.TextField(blank=True)
    content_type = models.TextField(default="application/json")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="one_answer_per_key"),
        ]
