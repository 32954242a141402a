"""Views of the PostgreSQL store for people and programs that speak SQL; they have the columns of those of SQLite.

Inputs, parameters, outputs and counts are `jsonb`, so that they can be searched within. What a damaged document lacks,
or has as something else, is NULL.
"""

from analysis_jobs.records.read import ACQUIRED, SUBJECT

_TIME = r"'^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$'"


def _in(document: str, path: str) -> str:
    return f"{document} #> '{{{path.replace('.', ',')}}}'"


def _text(document: str, path: str) -> str:
    return f"{document} #>> '{{{path.replace('.', ',')}}}'"


def _double(text: str) -> str:
    """Return a number of JSON as SQLite has it: what 64 bits cannot hold would end the whole query."""
    number = f"CAST({text} AS numeric)"
    return f"""CASE WHEN {number} > 1.7976931348623157e308 THEN CAST('Infinity' AS double precision)
    WHEN {number} < -1.7976931348623157e308 THEN CAST('-Infinity' AS double precision)
    WHEN abs({number}) < 5e-324 THEN 0 ELSE CAST({text} AS double precision) END"""


def _number(document: str, path: str) -> str:
    value = _in(document, path)
    return f"CASE WHEN jsonb_typeof({value}) = 'number' THEN {_double(_text(document, path))} END"


def _whole_number(document: str, path: str) -> str:
    text = _text(document, path)
    return f"CASE WHEN {text} ~ '^-?[0-9]{{1,18}}$' THEN CAST({text} AS bigint) END"


def _json(document: str, path: str, kind: str) -> str:
    value = _in(document, path)
    return f"CASE WHEN jsonb_typeof({value}) = '{kind}' THEN {value} END"


def _process(path: str) -> str:
    return f"processing.data_processes.0.{path}"


def _of_record(path: str) -> str:
    return _text("record.data", _process(path))


def _of_state(path: str) -> str:
    return _text("state.data", path)


def _time(text: str) -> str:
    return f"(CASE WHEN ({text}) ~ {_TIME} THEN CAST({text} AS timestamptz) END)"


def _noted(beginning: str) -> str:
    """Return what a note of the record says that begins so; NULL where there is none."""
    return f"substring('; ' || ({_of_record('notes')}) || '; ' FROM '; {beginning}(.*?); ')"


_INPUTS = "jsonb_path_query_array(record.data, '$.processing.data_processes[0].code.input_data[*].url')"
_SPAN = f"{_time(_of_record('end_date_time'))} - {_time(_of_record('start_date_time'))}"
_LOCATION = f"rtrim(coalesce({_of_state('parts.inputs.0')}, {_of_record('code.input_data.0.url')}), '/')"

# One line for each job that has a record or a state; `analysis_jobs.results.listing` says the same in Python.
_JOBS = f"""
SELECT coalesce(record._id, state.key) AS key,
  CASE WHEN record._id IS NOT NULL OR adopted._id IS NOT NULL THEN 'done'
    WHEN {_of_state("state")} = 'done' THEN 'removed'
    WHEN {_of_state("state")} = 'pending' AND {_time(_of_state("expires"))} <= now() THEN 'expired'
    ELSE {_of_state("state")} END AS state,
  {_whole_number("state.data", "attempt")} AS attempt,
  coalesce({_of_record("code.parameters.analysis_name")}, {_of_state("parts.parameters.analysis_name")},
    {_of_record("name")}) AS name,
  coalesce({_of_record("code.parameters.analysis_tag")}, {_of_state("parts.parameters.analysis_tag")}) AS tag,
  coalesce({_of_record("start_date_time")}, {_of_state("started")}) AS started,
  coalesce({_of_record("end_date_time")}, {_of_state("ended")}) AS ended,
  coalesce({_number("state.data", "seconds")},
    round(extract(epoch FROM {_SPAN}), 3)::double precision) AS seconds,
  {_of_state("error.cause")} AS error_cause,
  {_of_state("error.type")} AS error_type,
  coalesce({_of_state("error.message")}, {_of_state("reason")}) AS message,
  coalesce(record.location, adopted.location, {_of_state("location")}) AS location,
  coalesce({_json("state.data", "locations", "array")}, {_json("state.data", "parts.inputs", "array")},
    {_INPUTS}) AS inputs,
  coalesce({_json("record.data", _process("code.parameters"), "object")},
    {_json("state.data", "parts.parameters", "object")}) AS parameters,
  {_of_state("changed")} AS changed,
  {_of_state("owner.session")} AS launch,
  coalesce({_of_state("assets.0")}, {_of_record("code.input_data.0.name")},
    regexp_replace({_LOCATION}, '^.*/', '')) AS recording,
  coalesce({_of_state("subject")}, {_noted(SUBJECT)}) AS subject,
  coalesce({_of_state("acquired")}, {_noted(ACQUIRED)}) AS acquired
FROM record_documents AS record
FULL JOIN job_states AS state ON state.key = record._id
LEFT JOIN record_documents AS adopted ON adopted._id = {_of_state("adopted.record")}
"""

_RECORDS = f"""
SELECT record._id AS key,
  {_of_record("name")} AS name,
  {_of_record("code.url")} AS code_url,
  {_of_record("code.version")} AS code_version,
  {_of_record("code.commit_hash")} AS commit_hash,
  {_of_record("start_date_time")} AS started,
  {_of_record("end_date_time")} AS ended,
  record.location AS location,
  {_of_record("pipeline_name")} AS pipeline,
  {_INPUTS} AS inputs,
  {_json("record.data", _process("code.parameters"), "object")} AS parameters,
  {_json("record.data", _process("output_parameters"), "object")} AS outputs,
  {_of_record("notes")} AS notes,
  {_noted(SUBJECT)} AS subject,
  {_noted(ACQUIRED)} AS acquired
FROM record_documents AS record
"""


def _members(value: str) -> str:
    return f"jsonb_each(CASE jsonb_typeof({value}) WHEN 'object' THEN {value} ELSE '{{}}' END)"


# A row for each value, under the names of `analysis_jobs.load_outputs`: objects are gone into; lists stay whole. Empty
# objects have no row.
_OUTPUTS = f"""
WITH RECURSIVE output (key, name, value) AS (
  SELECT record._id, member.key, member.value
  FROM record_documents AS record, {_members(_in("record.data", _process("output_parameters")))} AS member
  UNION ALL
  SELECT output.key, output.name || '.' || member.key, member.value
  FROM output, {_members("output.value")} AS member)
SELECT key, name, value #>> '{{}}' AS value,
  CASE jsonb_typeof(value) WHEN 'number' THEN {_double("value #>> '{}'")}
    WHEN 'boolean' THEN CAST(CAST(value AS boolean) AS integer) END AS number
FROM output WHERE jsonb_typeof(value) <> 'object'
"""


def _of_launch(path: str) -> str:
    return _text("launch.data", path)


# One line for each launch. Of one that is running, only `analysis_jobs.results.launches` tells whether it has died.
_LAUNCHES = f"""
SELECT launch.session AS session,
  {_of_launch("run_name")} AS run_name,
  {_of_launch("state")} AS state,
  {_of_launch("analysis")} AS analysis,
  {_of_launch("user")} AS user,
  {_of_launch("host")} AS host,
  {_of_launch("profile")} AS profile,
  {_of_launch("started")} AS started,
  {_of_launch("ended")} AS ended,
  {_json("launch.data", "counts", "object")} AS counts,
  {_number("launch.data", "seconds")} AS seconds,
  {_number("launch.data", "cost")} AS cost,
  {_of_launch("report")} AS report,
  {_of_launch("code")} AS code,
  {_of_launch("pipeline.version")} AS pipeline_version,
  {_of_launch("command_line")} AS command_line
FROM launch_documents AS launch
"""


def _of_note(path: str) -> str:
    return _text("note.data", path)


# One line for each thing that was done to a job after it was computed.
_HISTORY = f"""
SELECT {_of_note("key")} AS key,
  {_of_note("when")} AS time,
  {_of_note("act")} AS act,
  {_of_note("by")} AS who,
  {_of_note("what")} AS what,
  {_whole_number("note.data", "bytes")} AS bytes,
  {_of_note("record")} AS record,
  {_of_note("state")} AS state
FROM history_documents AS note
"""

POSTGRESQL_VIEWS = {"jobs": _JOBS, "records": _RECORDS, "outputs": _OUTPUTS, "launches": _LAUNCHES, "history": _HISTORY}
