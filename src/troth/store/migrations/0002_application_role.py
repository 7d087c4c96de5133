"""The application role reads and writes rows; it owns nothing and changes no table."""

from django.db import migrations

GRANTS = r"""
DO $$
DECLARE
  name text;
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'troth_app') THEN
    GRANT USAGE ON SCHEMA public TO troth_app;
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO troth_app;
    GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO troth_app;
    ALTER DEFAULT PRIVILEGES IN SCHEMA public
      GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO troth_app;
    ALTER DEFAULT PRIVILEGES IN SCHEMA public
      GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO troth_app;
    -- What was written stays written: facts, decisions, policies and the audit trail. The
    -- personal part of a fact can be deleted, so that a person can be erased, but not changed.
    REVOKE UPDATE, DELETE ON store_auditentry, store_decision, store_sharedinput,
      store_policyversion FROM troth_app;
    FOR name IN SELECT tablename FROM pg_tables
      WHERE schemaname = 'public' AND tablename LIKE 'fact\_%' LOOP
      EXECUTE format('REVOKE UPDATE ON %I FROM troth_app', name);
      IF name <> 'fact_personal' THEN
        EXECUTE format('REVOKE DELETE ON %I FROM troth_app', name);
      END IF;
    END LOOP;
  END IF;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("store", "0001_initial")]
    operations = [migrations.RunSQL(GRANTS, migrations.RunSQL.noop)]
