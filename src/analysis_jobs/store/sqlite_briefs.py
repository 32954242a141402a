"""The queries that put together what lists of very many jobs show of each; see `analysis_jobs.store.briefs`."""

from analysis_jobs.store.sqlite_views import PROCESS


def _of_state(*paths: str) -> str:
    values = [f"json_extract(state.document, '$.{path}')" for path in paths]
    return values[0] if len(values) == 1 else f"coalesce({', '.join(values)})"


def _of_record(path: str) -> str:
    return f"json_extract(record.document, '{PROCESS}.{path}')"


# Of a document that is no record, NULL
_OF_ITS_KEY = "CASE WHEN json_extract(record.document, '$._id') = record._id THEN 1 END"
_ANALYSIS = _of_state("parts.parameters.analysis_name")
# Of jobs with a state, then of records without one; in the order of `Brief`. Most of it is in the state, which SQLite
# reads three times as fast as a record.
_WITH_STATE = f"""
SELECT state.key, CASE WHEN record._id IS NULL THEN 0 ELSE {_OF_ITS_KEY} END,
  coalesce({_of_state("state")}, ''), {_of_state("changed")}, {_of_state("attempt")},
  {_of_state("started")}, {_of_state("ended")}, {_of_state("seconds")}, {_of_state("expires")},
  {_of_state("parts.code")}, CASE WHEN {_ANALYSIS} IS NULL THEN {_of_record("name")} END,
  {_of_state("adopted.record")}, {_of_state("owner.session")}, {_of_state("error.cause")},
  {_of_state("error.type")}, {_of_state("error.message", "reason")}, {_of_state("subject")}, {_of_state("acquired")},
  {_of_state("assets")}, {_of_state("locations", "parts.inputs")}, {_of_state("parts.parameters")},
  {_of_record("output_parameters")}
FROM job_states AS state LEFT JOIN record_documents AS record ON record._id = state.key
WHERE state.key {{}} '8'
"""
_WITHOUT_STATE = f"""
SELECT record._id, {_OF_ITS_KEY}, NULL, NULL, NULL,
  {_of_record("start_date_time")}, {_of_record("end_date_time")}, NULL, NULL,
  {_of_record("code.version")}, {_of_record("name")}, NULL, NULL,
  NULL, NULL, NULL, NULL, NULL, NULL, (SELECT json_group_array(json_extract(input.value, '$.url'))
    FROM json_each(record.document, '{PROCESS}.code.input_data') AS input
    WHERE json_extract(input.value, '$.url') IS NOT NULL),
  {_of_record("code.parameters")}, {_of_record("output_parameters")}
FROM record_documents AS record
WHERE record._id IN (SELECT _id FROM record_documents WHERE _id NOT IN (SELECT key FROM job_states))
"""
# In halves, as keys are hexadecimal digits
BRIEFS = (_WITH_STATE.format("<"), _WITH_STATE.format(">="), _WITHOUT_STATE)
