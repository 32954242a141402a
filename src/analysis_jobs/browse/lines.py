"""Jobs as comparing wants them, made of what is in memory; the store is asked for what that does not tell."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from pydantic_core import from_json

from analysis_jobs.browse.index import Index
from analysis_jobs.documents import JobState
from analysis_jobs.json_values import leaves
from analysis_jobs.pipeline import PIPELINE_NAME
from analysis_jobs.records.read import Summary
from analysis_jobs.results.compared import Outputs
from analysis_jobs.results.listing import JobLine, ListedState, adopted_record, line_of
from analysis_jobs.store.briefs import Brief

Documents = tuple[Mapping[str, Mapping[str, Any]], Mapping[str, JobState]]  # records and states, by their keys
_NONE = ""


def lines_of(
    index: Index, rows: Sequence[int], ask: Callable[[Sequence[str]], Documents], *, whole: bool = False
) -> list[JobLine]:
    """Return the line of each of some jobs; see `analysis_jobs.results.listing.job_lines`.

    Parameters
    ----------
    index, rows
        The jobs.
    ask
        Returns the whole documents of some keys. It is called for those that have adopted a record, or have one and no
        state, as records of other programs; theirs say more than is in memory.
    whole
        Call it for all of them: versions of code and locations of assets are only in records.
    """
    told = [] if whole else [row for row in rows if _is_told(index.briefs[row])]
    known = set(told)
    keys = [index.briefs[row].key for row in rows if row not in known]
    adopted = [record for key in keys if (record := index.briefs[index.rows[key]].adopted)]
    records, states = ask([*keys, *adopted]) if keys else ({}, {})
    of_others = [
        line_of(key, records.get(key) or records.get(adopted_record(state)), state)
        for key in keys
        if (state := states.get(key)) or key in records
    ]
    return [*(_line(index, row) for row in told), *of_others]


def outputs_of(index: Index, keys: Sequence[str]) -> dict[str, Outputs]:
    """Return the outputs of records, by the path of each value."""
    briefs = (index.briefs[index.rows[key]] for key in keys if key in index.rows)
    return {
        brief.key: dict(leaves(from_json(brief.outputs))) if brief.outputs else {} for brief in briefs if brief.recorded
    }


def _is_told(brief: Brief) -> bool:
    return bool(brief.state and brief.inputs and brief.parameters) and not brief.adopted


def _line(index: Index, row: int) -> JobLine:
    brief, named = index.briefs[row], index.named(row)
    inputs, parameters = tuple(named.inputs), named.parameters
    return JobLine(
        key=brief.key,
        state=cast(ListedState, index.column("state")[row]),
        name=str(parameters.get("analysis_name") or brief.name or _NONE),
        tag=str(_NONE if (tag := parameters.get("analysis_tag")) is None else tag),
        started=brief.started,
        ended=brief.ended,
        changed=brief.ended or brief.changed or _NONE,
        seconds=brief.seconds,
        attempt=brief.attempt,
        inputs=inputs,
        locations=inputs,
        parameters=parameters,
        code=brief.code or _NONE,
        location=None,
        error=None,
        message=": ".join(filter(None, (brief.type, brief.message))),
        launch=brief.launch or _NONE,
        record=_summary(brief, inputs, parameters) if brief.recorded else None,
        assets=tuple(index.asset_names(row)),
        subject=str(index.column("subject")[row] or _NONE),
        acquired=str(index.column("acquired")[row] or _NONE),
    )


def _summary(brief: Brief, inputs: tuple[str, ...], parameters: Mapping[str, Any]) -> Summary:
    """Return what a record of ours says, as its job's state says it too."""
    return Summary(
        id=brief.key,
        location=_NONE,
        pipeline=PIPELINE_NAME,
        ended=brief.ended or _NONE,
        code_version=_NONE,
        parameters=parameters,
        inputs=inputs,
        name=brief.name or _NONE,
    )
