# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy<2.3", "pydantic>=2.12", "ruptures>=1.1.9"]
# ///
"""Changes of firing rates: when, within a session, a unit fires at another rate than before."""

import json
from pathlib import Path

import numpy as np
import ruptures
from pydantic import Field

from analysis_jobs import GenericModel, Job, NothingToReport, open_nwb


class AnalysisSpecification(GenericModel):
    """Parameters."""

    analysis_name: str = "rate changes"
    analysis_tag: str = ""
    bin_s: float = Field(
        default=1.0,
        gt=0,
        allow_inf_nan=False,
        description="Length of the bins of spikes",
        json_schema_extra={"unit": "s"},
    )
    penalty: float = Field(default=3.0, gt=0, allow_inf_nan=False, description="The larger, the fewer changes")


class AnalysisOutputs(GenericModel):
    """Results; a unit is named by its row in the units table: "0", "1", ..."""

    changes_s: dict[str, list[float]] = Field(
        description="When the unit's rate changes, from its first spike", json_schema_extra={"unit": "s"}
    )


def run_analysis(job: Job, specification: AnalysisSpecification, results: Path) -> AnalysisOutputs:
    """Find the changes of every unit, and write `rates.json`: the rate of each stretch between them.

    Raises
    ------
    ValueError
        If the job has several inputs.
    NothingToReport
        If the recording has no units.
    """
    if len(job.inputs) != 1:
        raise ValueError(f"a job of this analysis has one input, not {len(job.inputs)}; split it: {job.inputs}")
    units = spike_times(job.inputs[0])
    if not units:
        raise NothingToReport(f"no units with spike times in {job.inputs[0]}")
    found = {name: stretches(times, specification.bin_s, specification.penalty) for name, times in units.items()}
    (results / "rates.json").write_text(json.dumps(found, indent=2))
    return AnalysisOutputs(changes_s={name: [each["begin_s"] for each in parts[1:]] for name, parts in found.items()})


def spike_times(url: str) -> dict[str, np.ndarray]:
    """Return the spike times of each unit that has some: ndarray, shape (spikes,), seconds."""
    with open_nwb(url) as nwb:
        if nwb.units is None or "spike_times" not in nwb.units.colnames:
            return {}
        times = {str(row): np.asarray(nwb.units["spike_times"][row]) for row in range(len(nwb.units))}
    return {name: each for name, each in times.items() if len(each)}


def stretches(times: np.ndarray, bin_s: float, penalty: float) -> list[dict[str, float]]:
    """Return the stretches of a unit between which its rate changes.

    Parameters
    ----------
    times : ndarray, shape (spikes,)
        Sorted, in seconds.
    bin_s, penalty
        As the parameters.

    Returns
    -------
    list of dict
        `begin_s` of each, in seconds from the first spike, and its `rate_hz`.
    """
    counts, _ = np.histogram(times - times[0], bins=np.arange(0.0, times[-1] - times[0] + 2 * bin_s, bin_s))
    if len(counts) < 4:  # too short for a change
        return [{"begin_s": 0.0, "rate_hz": float(counts.mean() / bin_s)}]
    ends = ruptures.Pelt(model="l2", min_size=2).fit(np.sqrt(counts)).predict(pen=penalty)
    begins = [0, *ends[:-1]]
    return [
        {"begin_s": float(begin * bin_s), "rate_hz": float(counts[begin:end].mean() / bin_s)}
        for begin, end in zip(begins, ends, strict=True)
    ]
