"""Row-level security: who looks is a setting of the transaction, and no viewer sees no row.

The settings are `troth.viewer` (a user's id), `troth.role`, `troth.relation` (own, team, region,
all), `troth.regions` (joined by the unit separator), `troth.team`, `troth.agent`,
`troth.personal` (on: may see personal fields) and `troth.system` (on: the program itself). One that
is missing, empty or garbage counts as not given: fewer rows, never an error.
"""

from django.db import migrations

from troth.store.protection import CUSTOMER, SEARCHER, fact_tables, statements

ROLES = r"""
DO $$
DECLARE missing text;
BEGIN
  SELECT string_agg(name, ', ') INTO missing
    FROM unnest(ARRAY['troth_search', 'troth_loader']) AS wanted(name)
    WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted.name);
  IF missing IS NOT NULL THEN
    RAISE EXCEPTION 'the server lacks the role(s) %', missing
      USING HINT = 'docs/guides/run-it-yourself.md has the statements that make them.';
  END IF;
END
$$;
"""

SETTINGS = r"""
CREATE FUNCTION troth_setting(name text) RETURNS text
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN nullif(current_setting('troth.' || name, true), '');

CREATE FUNCTION troth_is_system() RETURNS boolean
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN coalesce(troth_setting('system') = 'on', false);

CREATE FUNCTION troth_viewer() RETURNS bigint
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN CASE WHEN troth_setting('viewer') ~ '^[0-9]{1,18}$'
    THEN troth_setting('viewer')::bigint END;

CREATE FUNCTION troth_role() RETURNS text
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN CASE WHEN troth_viewer() IS NOT NULL THEN troth_setting('role') END;

-- How far the viewer sees: 0 nothing, 1 own, 2 team, 3 region, 4 all.
CREATE FUNCTION troth_reach() RETURNS integer
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN CASE
    WHEN troth_is_system() THEN 4
    WHEN troth_viewer() IS NULL THEN 0
    ELSE coalesce(array_position(ARRAY['own', 'team', 'region', 'all'],
      troth_setting('relation')), 0) END;

CREATE FUNCTION troth_regions() RETURNS text[]
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN CASE WHEN troth_reach() >= 3
    THEN string_to_array(coalesce(troth_setting('regions'), ''), chr(31)) ELSE '{}' END;

CREATE FUNCTION troth_team() RETURNS text
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN CASE WHEN troth_reach() >= 2 THEN troth_setting('team') END;

CREATE FUNCTION troth_agent() RETURNS text
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN CASE WHEN troth_reach() >= 1 THEN troth_setting('agent') END;

CREATE FUNCTION troth_sees_personal() RETURNS boolean
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN troth_is_system()
    OR (troth_viewer() IS NOT NULL AND coalesce(troth_setting('personal') = 'on', false));
"""

# plpgsql keeps its plans for as long as a connection lives; SQL functions plan at each call.
SIGHTS = r"""
-- The restricted customers that the viewer may see all the same.
CREATE FUNCTION troth_named() RETURNS text[]
  LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN ARRAY(
    SELECT customer_id FROM public.store_customeraccess
      WHERE user_id = public.troth_viewer()
        AND (ends_at IS NULL OR ends_at > statement_timestamp())
    UNION
    SELECT customer_id FROM public.store_breakglass
      WHERE user_id = public.troth_viewer()
        AND starts_at <= statement_timestamp() AND ends_at > statement_timestamp());
END
$$;

-- Whether no row at all is hidden: the program, and whoever sees all while none is restricted.
CREATE FUNCTION troth_sees_everything() RETURNS boolean
  LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF public.troth_is_system() THEN
    RETURN true;
  END IF;
  IF public.troth_reach() < 4 THEN
    RETURN false;
  END IF;
  RETURN NOT EXISTS (
    SELECT FROM public.store_customer
    WHERE is_restricted AND NOT (id = ANY (public.troth_named())));
END
$$;

CREATE FUNCTION troth_sees_source(source text) RETURNS boolean
  LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN EXISTS (SELECT FROM public.store_crosswalk WHERE source_key = source);
END
$$;
"""

_KEYED = (
    "customer",
    "contact",
    "contract",
    "order",
    "shipment",
    "case",
    "interaction",
    "survey_response",
)

FACTS = (
    """
-- Whether a source record is visible, by the rule of its own table.
CREATE FUNCTION troth_sees_fact(kind text, record text) RETURNS boolean
  LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  CASE kind
    WHEN 'agent' THEN RETURN true;
"""
    + "".join(
        f"    WHEN '{kind}' THEN\n"
        f"      RETURN EXISTS (SELECT FROM public.fact_{kind} AS f WHERE f.key = record);\n"
        for kind in _KEYED
    )
    + """    ELSE RETURN false;
  END CASE;
END
$$;
"""
)

SEARCH = (
    r"""
-- Without a list of pending entries, which each search would have to read through.
CREATE INDEX customer_name_trigrams ON store_customerpersonal
  USING gin (name gin_trgm_ops) WITH (fastupdate = off);
CREATE INDEX customer_email_trigrams ON store_customerpersonal
  USING gin (email gin_trgm_ops) WITH (fastupdate = off);

-- The customers whose name or e-mail holds a text. No rule of the tables is in its way, because a
-- rule keeps trigrams from being used; it applies the same rules to what it has found.
CREATE FUNCTION troth_search_customers(wanted text) RETURNS SETOF text
  LANGUAGE plpgsql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
  pattern text := '%' || regexp_replace(wanted, '([\\%_])', '\\\1', 'g') || '%';
BEGIN
  IF NOT public.troth_sees_personal() OR public.troth_reach() = 0 THEN
    RETURN;
  END IF;
  RETURN QUERY
    SELECT id FROM public.store_customer
      JOIN public.store_customerpersonal ON customer_id = id
    WHERE (name ILIKE pattern OR email ILIKE pattern)
      AND ((SELECT public.troth_is_system()) OR ("""
    + CUSTOMER
    + r"""));
END
$$;
"""
)

_FACT_TABLES = ", ".join(fact_tables())

GRANTS = f"""
GRANT SELECT ON store_customer, store_customerpersonal, store_customeraccess, store_breakglass
  TO {SEARCHER};
CREATE POLICY troth_searched ON store_customer FOR SELECT TO {SEARCHER} USING (true);
CREATE POLICY troth_searched ON store_customerpersonal FOR SELECT TO {SEARCHER} USING (true);
CREATE POLICY troth_searched ON store_customeraccess FOR SELECT TO {SEARCHER} USING (true);
CREATE POLICY troth_searched ON store_breakglass FOR SELECT TO {SEARCHER} USING (true);

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['troth_sees_everything()', 'troth_search_customers(text)'] LOOP
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', name);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', name, current_user);
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'troth_app') THEN
      EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO troth_app', name);
    END IF;
    EXECUTE format('ALTER FUNCTION %s OWNER TO {SEARCHER}', name);
  END LOOP;
END
$$;

-- COPY FROM is refused where a rule holds: landings insert as a role that can do nothing else.
GRANT INSERT ON {_FACT_TABLES} TO troth_loader;
"""


class Migration(migrations.Migration):
    dependencies = [("store", "0003_ledger")]
    operations = [
        migrations.RunSQL(part, migrations.RunSQL.noop)
        for part in (ROLES, SETTINGS, SIGHTS, FACTS, SEARCH, statements(), GRANTS)
    ]
