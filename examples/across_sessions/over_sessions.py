"""Rates over sessions: how the rates that `each_session.py` has found differ from session to session."""

import csv
import json
from pathlib import Path

import numpy as np
from pydantic import Field

from analysis_jobs import GenericModel, Job, open_source, source_outputs


class AnalysisSpecification(GenericModel):
    """The parameters of one job."""

    analysis_name: str = "rates over sessions"
    analysis_tag: str = ""


class AnalysisOutputs(GenericModel):
    """What is known of all sessions together."""

    sessions: int
    mean_rate_hz: float = Field(description="Mean over the sessions", json_schema_extra={"unit": "Hz"})
    spread_hz: float = Field(description="Standard deviation of the sessions' rates", json_schema_extra={"unit": "Hz"})
    steadiest: str = Field(description="The session whose rate changes least from bin to bin")


def run_analysis(job: Job, specification: AnalysisSpecification, results: Path) -> AnalysisOutputs:
    """Read what was found of each session, and write a line for each as `sessions.csv`."""
    if not job.sources:
        raise ValueError(
            "this job is made from no results; write its job files with "
            "`analysis-jobs dispatch --results-of 'session rates' --group-by all`"
        )
    rows = []
    for source in sorted(job.sources, key=lambda source: (source.acquired, source.label)):
        found = source_outputs(source)  # small, so that it came along: no file is read for it
        with open_source(source, "rates.json") as file:  # in a folder or in S3, and checked
            rates = json.load(file)["rates_hz"]
        rows.append((source.label, source.subject, found["units"], found["mean_rate_hz"], unsteadiness(rates)))
    with (results / "sessions.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("session", "subject", "units", "mean_rate_hz", "unsteadiness"), *rows])
    means = [row[3] for row in rows]
    return AnalysisOutputs(
        sessions=len(rows),
        mean_rate_hz=float(np.mean(means)),
        spread_hz=float(np.std(means)),
        steadiest=min(rows, key=lambda row: row[4])[0],
    )


def unsteadiness(rates: dict[str, list[float]]) -> float:
    """Return the standard deviation of the rate over bins, as a fraction of its mean, over all units."""
    return float(np.mean([np.std(of_unit) / np.mean(of_unit) for of_unit in rates.values()]))
