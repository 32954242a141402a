-- Who may do what in a store in PostgreSQL. By an administrator, in the database of the store, after
-- `analysis-jobs store prepare` has made the tables, and again after each upgrade that has changed them:
--   psql -v ON_ERROR_STOP=1 -f postgresql.sql analyses
-- Then each user gets a role: GRANT analysis_launcher TO alice;

DO $$
DECLARE wanted text;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['analysis_reader', 'analysis_launcher', 'analysis_upkeep'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
      EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
    END IF;
  END LOOP;
END $$;
GRANT analysis_reader TO analysis_launcher;
GRANT analysis_launcher TO analysis_upkeep;

-- Only who looks after the database makes tables
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO analysis_reader;

-- list, show, export, browse and SQL of one's own
GRANT SELECT ON ALL TABLES IN SCHEMA public TO analysis_reader;

-- Launches, adopt and release; notes in the history are added, and never changed
GRANT INSERT, UPDATE ON record_documents, record_inputs, job_states, launch_documents TO analysis_launcher;
GRANT INSERT ON history_documents TO analysis_launcher;

-- forget, collect --yes, fsck --repair, and launches with --changed_inputs rerun
GRANT DELETE ON record_documents, record_inputs, job_states TO analysis_upkeep;
