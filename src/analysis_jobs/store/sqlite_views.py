"""Views of the SQLite store for people and programs that speak SQL: one for each thing that it keeps, and `outputs`.

This package does not read them: a file of an older version has its own, or none, until something is written to it.

DuckDB takes the text of a view apart, tries to run it by its own rules, and what it cannot run it gives to SQLite
put together anew. So there are no operators ``->`` (put together with another precedence), no UNION and no recursion
(put into parentheses that SQLite refuses), no FULL JOIN (its SQLite is 3.38), and in each view a `likely`, which only
SQLite knows and which changes nothing.
"""

from analysis_jobs.records.read import ACQUIRED, SUBJECT

PROCESS = "$.processing.data_processes[0]"
_INPUTS = f"""(SELECT json_group_array(json_extract(input.value, '$.url'))
     FROM json_each(record.document, '{PROCESS}.code.input_data') AS input
     WHERE json_extract(input.value, '$.url') IS NOT NULL)"""


def _of_record(path: str) -> str:
    return f"json_extract(record.document, '{PROCESS}.{path}')"


def _of_state(path: str) -> str:
    return f"json_extract(state.document, '$.{path}')"


def _noted(beginning: str) -> str:
    """Return what a note of the record says that begins so; NULL where there is none."""
    notes = f"'; ' || {_of_record('notes')} || '; '"
    start = f"instr({notes}, '; {beginning}')"
    rest = f"substr({notes}, {start} + {len(beginning) + 2})"
    return f"CASE WHEN {start} > 0 THEN substr({rest}, 1, instr({rest}, '; ') - 1) END"


# What the label of a job begins with: the name of its first asset, else the last part of its first location
_LOCATION = f"""rtrim(coalesce({_of_state("parts.inputs[0]")},
    json_extract(record.document, '{PROCESS}.code.input_data[0].url')), '/')"""
_RECORDING = f"""coalesce({_of_state("assets[0]")}, {_of_record("code.input_data[0].name")},
    substr({_LOCATION}, 1 + length(rtrim({_LOCATION}, replace({_LOCATION}, '/', '')))))"""

# One line for each job that has a record or a state; `analysis_jobs.results.listing` says the same in Python.
_JOBS = f"""
WITH known AS (
  SELECT DISTINCT one.value AS key
  FROM json_each('[0, 1]') AS side, json_each(CASE side.value
    WHEN 0 THEN (SELECT json_group_array(_id) FROM record_documents)
    ELSE (SELECT json_group_array(key) FROM job_states) END) AS one)
SELECT known.key AS key,
  likely(CASE WHEN record._id IS NOT NULL OR adopted._id IS NOT NULL THEN 'done'
    WHEN {_of_state("state")} = 'done' THEN 'removed'
    WHEN {_of_state("state")} = 'pending' AND julianday({_of_state("expires")}) <= julianday('now') THEN 'expired'
    ELSE {_of_state("state")} END) AS state,
  {_of_state("attempt")} AS attempt,
  coalesce({_of_record("code.parameters.analysis_name")}, {_of_state("parts.parameters.analysis_name")},
    {_of_record("name")}) AS name,
  coalesce({_of_record("code.parameters.analysis_tag")}, {_of_state("parts.parameters.analysis_tag")}) AS tag,
  coalesce({_of_record("start_date_time")}, {_of_state("started")}) AS started,
  coalesce({_of_record("end_date_time")}, {_of_state("ended")}) AS ended,
  coalesce({_of_state("seconds")}, round(
    (julianday({_of_record("end_date_time")}) - julianday({_of_record("start_date_time")})) * 86400, 3)) AS seconds,
  {_of_state("error.cause")} AS error_cause,
  {_of_state("error.type")} AS error_type,
  coalesce({_of_state("error.message")}, {_of_state("reason")}) AS message,
  coalesce(record.location, adopted.location, {_of_state("location")}) AS location,
  coalesce({_of_state("locations")}, {_of_state("parts.inputs")}, {_INPUTS}) AS inputs,
  coalesce({_of_record("code.parameters")}, {_of_state("parts.parameters")}) AS parameters,
  {_of_state("changed")} AS changed,
  {_of_state("owner.session")} AS launch,
  {_RECORDING} AS recording,
  coalesce({_of_state("subject")}, {_noted(SUBJECT)}) AS subject,
  coalesce({_of_state("acquired")}, {_noted(ACQUIRED)}) AS acquired
FROM known
LEFT JOIN record_documents AS record ON record._id = known.key
LEFT JOIN job_states AS state ON state.key = known.key
LEFT JOIN record_documents AS adopted ON adopted._id = {_of_state("adopted.record")}
"""

_RECORDS = f"""
SELECT likely(record._id) AS key,
  {_of_record("name")} AS name,
  {_of_record("code.url")} AS code_url,
  {_of_record("code.version")} AS code_version,
  {_of_record("code.commit_hash")} AS commit_hash,
  {_of_record("start_date_time")} AS started,
  {_of_record("end_date_time")} AS ended,
  record.location AS location,
  {_of_record("pipeline_name")} AS pipeline,
  {_INPUTS} AS inputs,
  {_of_record("code.parameters")} AS parameters,
  {_of_record("output_parameters")} AS outputs,
  {_of_record("notes")} AS notes,
  {_noted(SUBJECT)} AS subject,
  {_noted(ACQUIRED)} AS acquired
FROM record_documents AS record
"""


def _inside(level: str) -> str:
    """Return the members of what is an object: of anything else, which may be a text and no JSON, none."""
    return f"json_each(CASE {level}.type WHEN 'object' THEN {level}.value ELSE '{{}}' END)"


_LEVELS = ("four", "three", "two", "one")
_TYPE = f"coalesce({', '.join(f'{level}.type' for level in _LEVELS)})"
_VALUE = f"CASE {' '.join(f'WHEN {level}.type IS NOT NULL THEN {level}.value' for level in _LEVELS)} END"

# A row for each value, under the names of `analysis_jobs.load_outputs`: objects are gone into, for four levels; lists
# stay whole. Empty objects have no row.
_OUTPUTS = f"""
SELECT record._id AS key,
  one.key || coalesce('.' || two.key, '') || coalesce('.' || three.key, '') || coalesce('.' || four.key, '') AS name,
  CASE {_TYPE} WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE CAST({_VALUE} AS TEXT) END AS value,
  likely(CASE WHEN {_TYPE} IN ('integer', 'real', 'true', 'false') THEN CAST({_VALUE} AS REAL) END) AS number
FROM record_documents AS record, json_each(record.document, '{PROCESS}.output_parameters') AS one
LEFT JOIN {_inside("one")} AS two ON 1 = 1
LEFT JOIN {_inside("two")} AS three ON 1 = 1
LEFT JOIN {_inside("three")} AS four ON 1 = 1
WHERE one.key IS NOT NULL AND (four.type IS NOT NULL OR {_TYPE} <> 'object')
"""


def _of_launch(path: str) -> str:
    return f"json_extract(launch.document, '$.{path}')"


# One line for each launch. Of one that is running, only `analysis_jobs.results.launches` tells whether it has died.
_LAUNCHES = f"""
SELECT likely(launch.session) AS session,
  {_of_launch("run_name")} AS run_name,
  {_of_launch("state")} AS state,
  {_of_launch("analysis")} AS analysis,
  {_of_launch("user")} AS user,
  {_of_launch("host")} AS host,
  {_of_launch("profile")} AS profile,
  {_of_launch("started")} AS started,
  {_of_launch("ended")} AS ended,
  {_of_launch("counts")} AS counts,
  {_of_launch("seconds")} AS seconds,
  {_of_launch("cost")} AS cost,
  {_of_launch("report")} AS report,
  {_of_launch("code")} AS code,
  {_of_launch("pipeline.version")} AS pipeline_version,
  {_of_launch("command_line")} AS command_line
FROM launch_documents AS launch
"""


def _of_note(path: str) -> str:
    return f"json_extract(note.document, '$.{path}')"


# One line for each thing that was done to a job after it was computed.
_HISTORY = f"""
SELECT likely({_of_note("key")}) AS key,
  {_of_note("when")} AS time,
  {_of_note("act")} AS act,
  {_of_note("by")} AS who,
  {_of_note("what")} AS what,
  {_of_note("bytes")} AS bytes,
  {_of_note("record")} AS record,
  {_of_note("state")} AS state
FROM history_documents AS note
"""

VIEWS = {"jobs": _JOBS, "records": _RECORDS, "outputs": _OUTPUTS, "launches": _LAUNCHES, "history": _HISTORY}
