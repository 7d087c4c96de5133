"""The application role reads and writes rows; it owns nothing and changes no table."""

from django.db import migrations

GRANTS = """
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'troth_app') THEN
    GRANT USAGE ON SCHEMA public TO troth_app;
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO troth_app;
    GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO troth_app;
    ALTER DEFAULT PRIVILEGES IN SCHEMA public
      GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO troth_app;
    ALTER DEFAULT PRIVILEGES IN SCHEMA public
      GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO troth_app;
    -- What was written stays written: facts, decisions, policies and the audit trail.
    REVOKE UPDATE, DELETE ON store_auditentry, store_decision, store_sharedinput,
      store_policyversion FROM troth_app;
  END IF;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("store", "0001_initial")]
    operations = [migrations.RunSQL(GRANTS, migrations.RunSQL.noop)]
