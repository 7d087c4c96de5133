"""The audit log's one way in: a function that numbers, hashes and appends an entry.

The application role may call it and may not write the log's tables. The lock on the log's head is
held until the transaction ends, so that entries are numbered in the order in which they commit and
no number is ever missing.
"""

from django.db import migrations

LEDGER = r"""
INSERT INTO store_audithead (id, size) VALUES (1, 0);

CREATE FUNCTION audit_append(
  envelope text, tables text[], keys text[], ops text[], digests bytea[],
  secret_subject text, secret bytea
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  said jsonb := envelope::jsonb;
  node bytea := sha256('\x00'::bytea || convert_to(envelope, 'UTF8'));
  sibling bytea;
  entry bigint;
  place bigint;
  height smallint := 0;
BEGIN
  UPDATE store_audithead SET size = size + 1 WHERE id = 1 RETURNING size - 1 INTO STRICT entry;
  INSERT INTO store_auditentry (
    index, at, actor_id, action, subject, customer_id, policy_version, reason, detail,
    row_count, rows_root, envelope, leaf_hash
  ) VALUES (
    entry, (said->>'at')::timestamptz, (said->>'actor')::bigint, said->>'action',
    said->>'subject', said->>'customer', said->>'policy_version', said->>'reason',
    said->'detail',
    (said->'rows'->>'count')::bigint + coalesce((said->'facts'->>'count')::bigint, 0),
    said->'rows'->>'root', envelope, node
  );
  IF coalesce(cardinality(tables), 0) <> (said->'rows'->>'count')::bigint THEN
    RAISE EXCEPTION 'the envelope counts % rows and % are given',
      said->'rows'->>'count', coalesce(cardinality(tables), 0);
  END IF;
  INSERT INTO store_auditrow (entry_id, position, table_name, key, op, digest)
    SELECT entry, item.place - 1, item.t, item.k, item.o, item.d
    FROM unnest(tables, keys, ops, digests) WITH ORDINALITY AS item (t, k, o, d, place);
  IF secret IS NOT NULL THEN
    INSERT INTO store_auditsecret (entry_id, subject, ciphertext)
      VALUES (entry, secret_subject, secret);
  END IF;
  -- RFC 9162, 2.1.1: an odd place closes a subtree with the sibling to its left, level by level.
  place := entry;
  WHILE place & 1 = 1 LOOP
    IF height = 0 THEN
      SELECT leaf_hash INTO STRICT sibling FROM store_auditentry WHERE index = place - 1;
    ELSE
      SELECT hash INTO STRICT sibling FROM store_auditnode
        WHERE level = height AND index = place - 1;
    END IF;
    node := sha256('\x01'::bytea || sibling || node);
    height := height + 1;
    place := place >> 1;
    INSERT INTO store_auditnode (level, index, hash) VALUES (height, place, node);
  END LOOP;
  RETURN entry;
END
$$;
REVOKE ALL ON FUNCTION audit_append(text, text[], text[], text[], bytea[], text, bytea)
  FROM PUBLIC;

DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'troth_app') THEN
    GRANT EXECUTE ON FUNCTION
      audit_append(text, text[], text[], text[], bytea[], text, bytea) TO troth_app;
    REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON store_auditentry, store_auditrow, store_auditnode,
      store_audithead, store_auditsecret FROM troth_app;
    REVOKE UPDATE, DELETE, TRUNCATE ON store_auditcheckpoint FROM troth_app;
  END IF;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("store", "0002_application_role")]
    operations = [migrations.RunSQL(LEDGER, migrations.RunSQL.noop)]
