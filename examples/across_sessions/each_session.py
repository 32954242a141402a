"""Session rates: how often each unit of one recording fires, minute by minute."""

import json
from pathlib import Path

import numpy as np
from pydantic import Field

from analysis_jobs import GenericModel, Job, NothingToReport, open_nwb


class AnalysisSpecification(GenericModel):
    """The parameters of one job."""

    analysis_name: str = "session rates"
    analysis_tag: str = ""
    bin_s: float = Field(
        default=60.0,
        gt=0,
        description="Length of the bins in which spikes are counted",
        json_schema_extra={"unit": "s"},
    )


class AnalysisOutputs(GenericModel):
    """What is small, and comes along to an analysis over sessions."""

    units: int = Field(description="Units that fired")
    mean_rate_hz: float = Field(description="Mean rate of these units", json_schema_extra={"unit": "Hz"})


def run_analysis(job: Job, specification: AnalysisSpecification, results: Path) -> AnalysisOutputs:
    """Count the spikes of each unit, and write its rate in each bin as `rates.json`."""
    if len(job.inputs) != 1:
        raise ValueError(f"this analysis takes one recording, not {len(job.inputs)}: {job.inputs}")
    rates = {unit: binned(times, specification.bin_s) for unit, times in spike_times(job.inputs[0]).items()}
    if not rates:
        raise NothingToReport("no unit fired")
    content = {"bin_s": specification.bin_s, "rates_hz": rates}
    (results / "rates.json").write_text(json.dumps(content, indent=2))
    means = [float(np.mean(of_unit)) for of_unit in rates.values()]
    return AnalysisOutputs(units=len(means), mean_rate_hz=float(np.mean(means)))


def spike_times(recording: str) -> dict[str, np.ndarray]:
    """Return the times of each unit's spikes in seconds, by the unit's row; of units without any nothing."""
    with open_nwb(recording) as nwb:
        rows = range(0 if nwb.units is None else len(nwb.units))
        times = {str(row): np.asarray(nwb.units["spike_times"][row]) for row in rows}
    return {unit: of_unit for unit, of_unit in times.items() if len(of_unit)}


def binned(times: np.ndarray, bin_s: float) -> list[float]:
    """Return a unit's rate (Hz) in each bin from the start of the recording to its last spike."""
    edges = np.arange(0, times.max() + bin_s, bin_s)
    counts, _ = np.histogram(times, edges)
    return [float(count / bin_s) for count in counts]
