"""Views of the SQLite store for people and programs that speak SQL: `jobs`, `records` and `outputs`.

This package does not read them: a file of an older version has none until something is written to it.
"""

PROCESS = "$.processing.data_processes[0]"
_INPUTS = f"""(SELECT json_group_array(input.value ->> 'url')
     FROM json_each(record.document, '{PROCESS}.code.input_data') AS input WHERE input.value ->> 'url' IS NOT NULL)"""

# One line for each job that has a record or a state; `analysis_jobs.listing` says the same in Python.
_JOBS = f"""
CREATE VIEW IF NOT EXISTS jobs AS
WITH known AS (
  SELECT one.key, record.location, state.document AS state, record.document ->> '{PROCESS}.name' AS name,
    record.document -> '{PROCESS}.code.parameters' AS parameters, {_INPUTS} AS inputs,
    record.document ->> '{PROCESS}.start_date_time' AS started, record.document ->> '{PROCESS}.end_date_time' AS ended,
    record._id IS NOT NULL AS recorded, adopted.location AS adopted
  FROM (SELECT _id AS key FROM record_documents UNION SELECT key FROM job_states) AS one
  LEFT JOIN record_documents AS record ON record._id = one.key
  LEFT JOIN job_states AS state ON state.key = one.key
  LEFT JOIN record_documents AS adopted ON adopted._id = state.document ->> '$.adopted.record')
SELECT key,
  CASE WHEN recorded OR adopted IS NOT NULL THEN 'done'
    WHEN state ->> 'state' = 'done' THEN 'removed'
    WHEN state ->> 'state' = 'pending' AND julianday(state ->> 'expires') <= julianday('now') THEN 'expired'
    ELSE state ->> 'state' END AS state,
  state ->> 'attempt' AS attempt,
  coalesce(parameters ->> 'analysis_name', state ->> '$.parts.parameters.analysis_name', name) AS name,
  coalesce(parameters ->> 'analysis_tag', state ->> '$.parts.parameters.analysis_tag') AS tag,
  coalesce(started, state ->> 'started') AS started,
  coalesce(ended, state ->> 'ended', state ->> 'changed') AS ended,
  coalesce(state ->> 'seconds', round((julianday(ended) - julianday(started)) * 86400, 3)) AS seconds,
  state ->> '$.error.cause' AS error_cause,
  state ->> '$.error.type' AS error_type,
  coalesce(state ->> '$.error.message', state ->> 'reason') AS message,
  coalesce(location, adopted, state ->> 'location') AS location,
  coalesce(state -> '$.parts.inputs', inputs) AS inputs,
  coalesce(parameters, state -> '$.parts.parameters') AS parameters
FROM known;
"""

_RECORDS = f"""
CREATE VIEW IF NOT EXISTS records AS
SELECT _id AS key,
  document ->> '{PROCESS}.name' AS name,
  document ->> '{PROCESS}.code.url' AS code_url,
  document ->> '{PROCESS}.code.version' AS code_version,
  document ->> '{PROCESS}.code.commit_hash' AS "commit",
  document ->> '{PROCESS}.start_date_time' AS started,
  document ->> '{PROCESS}.end_date_time' AS ended,
  location,
  document ->> '{PROCESS}.pipeline_name' AS pipeline,
  {_INPUTS} AS inputs,
  document -> '{PROCESS}.code.parameters' AS parameters,
  document -> '{PROCESS}.output_parameters' AS outputs,
  document ->> '{PROCESS}.notes' AS notes
FROM record_documents AS record;
"""

# Names as the columns of `analysis_jobs.load_outputs`: objects are gone into, lists stay whole. What is no object is
# not given to json_each, which would take a text for JSON.
_OUTPUTS = f"""
CREATE VIEW IF NOT EXISTS outputs AS
WITH RECURSIVE field (key, name, type, value) AS (
  SELECT record._id, each.key, each.type, each.value
  FROM record_documents AS record, json_each(record.document, '{PROCESS}.output_parameters') AS each
  WHERE each.key IS NOT NULL
  UNION ALL
  SELECT field.key, field.name || '.' || each.key, each.type, each.value
  FROM field, json_each(CASE field.type WHEN 'object' THEN field.value ELSE '{{}}' END) AS each)
SELECT key, name,
  CASE type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE CAST(value AS TEXT) END AS value,
  CASE WHEN type IN ('integer', 'real', 'true', 'false') THEN CAST(value AS REAL) END AS number
FROM field WHERE type <> 'object';
"""

VIEWS = _JOBS + _RECORDS + _OUTPUTS
