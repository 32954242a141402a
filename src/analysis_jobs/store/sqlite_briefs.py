"""The queries that put together what lists of very many jobs show of each; see `analysis_jobs.store.briefs`.

States and records are read apart, which takes three quarters of the time of a join.
"""

from collections.abc import Iterable
from typing import Any

from analysis_jobs.store.briefs import Brief
from analysis_jobs.store.sqlite_views import PROCESS

_Row = tuple[Any, ...]
_NO_RECORD = (None, 0, None, None)


def _of_state(*paths: str) -> str:
    values = [f"json_extract(state.document, '$.{path}')" for path in paths]
    return values[0] if len(values) == 1 else f"coalesce({', '.join(values)})"


def _of_record(path: str) -> str:
    return f"json_extract(record.document, '{PROCESS}.{path}')"


# Of a document that is no record, NULL
_OF_ITS_KEY = "CASE WHEN json_extract(record.document, '$._id') = record._id THEN 1 END"
_STATES = f"""
SELECT state.key, coalesce({_of_state("state")}, ''), {_of_state("changed")}, {_of_state("attempt")},
  {_of_state("started")}, {_of_state("ended")}, {_of_state("seconds")}, {_of_state("expires")},
  {_of_state("parts.code")}, {_of_state("adopted.record")}, {_of_state("owner.session")}, {_of_state("error.cause")},
  {_of_state("error.type")}, {_of_state("error.message", "reason")}, {_of_state("subject")}, {_of_state("acquired")},
  {_of_state("assets")}, {_of_state("locations", "parts.inputs")}, {_of_state("parts.parameters")}
FROM job_states AS state WHERE state.key {{}} '8'
"""
_RECORDS = f"""
SELECT record._id, {_OF_ITS_KEY}, {_of_record("name")}, {_of_record("output_parameters")}
FROM record_documents AS record
"""
# The states in halves, as keys are hexadecimal digits. They come first: what a state says is done, was recorded before.
EVERY_JOB = (_STATES.format("<"), _STATES.format(">="), _RECORDS)
# In the order of `Brief`
OF_RECORDS_ALONE = f"""
SELECT record._id, NULL, NULL, NULL, {_of_record("start_date_time")}, {_of_record("end_date_time")}, NULL, NULL,
  {_of_record("code.version")}, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
  (SELECT json_group_array(json_extract(input.value, '$.url'))
    FROM json_each(record.document, '{PROCESS}.code.input_data') AS input
    WHERE json_extract(input.value, '$.url') IS NOT NULL),
  {_of_record("code.parameters")}, {_OF_ITS_KEY}, {_of_record("name")}, {_of_record("output_parameters")}
FROM record_documents AS record WHERE record._id IN (SELECT value FROM json_each(:keys))
"""


def joined(states: Iterable[_Row], records: Iterable[_Row]) -> tuple[list[Brief], list[str]]:
    """Return the jobs that have a state in brief, and the keys of the records whose jobs have none."""
    by_key = {record[0]: record for record in records}
    briefs = [Brief._make(state + by_key.pop(state[0], _NO_RECORD)[1:]) for state in states]
    return briefs, list(by_key)
