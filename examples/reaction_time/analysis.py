"""Reaction times: how long after the go cue of a trial the animal licks."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from analysis_jobs import GenericModel, Job, NothingToReport, open_nwb

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from pynwb import NWBFile

SIDES = ("left", "right")  # as animal_response counts: 0, 1; 2 is no response
LICKS = ("left_lick_time", "right_lick_time")
COLUMNS = ("goCue_start_time", "animal_response")


class AnalysisSpecification(GenericModel):
    """Parameters."""

    analysis_name: str = "reaction time"
    analysis_tag: str = ""
    max_reaction_time_s: float | None = Field(
        default=None,
        gt=0,
        allow_inf_nan=False,
        description="Slower licks are no response",
        json_schema_extra={"unit": "s"},
    )


class AnalysisOutputs(GenericModel):
    """Results."""

    n_trials: int
    n_responded: int = Field(description="Trials with a reaction time")
    median_reaction_time_s: float | None = Field(
        description="Of the trials with a response", json_schema_extra={"unit": "s"}
    )


@dataclass(frozen=True)
class Session:
    """What the analysis needs of a recording.

    Attributes
    ----------
    go_cues : ndarray, shape (trials,)
        In seconds.
    responses : ndarray, shape (trials,)
        0 left, 1 right, 2 none.
    licks : ndarray, shape (licks,)
        Times of all licks, left or right, in seconds, ascending.
    """

    go_cues: NDArray[np.float64]
    responses: NDArray[np.float64]
    licks: NDArray[np.float64]


def run_analysis(job: Job, specification: AnalysisSpecification, results: Path) -> AnalysisOutputs:
    """Compute the reaction time of every trial; write `reaction_times.json` and `reaction_times.png`.

    Raises
    ------
    NothingToReport
        If the recording has no trials.
    ValueError
        If the job has several inputs, or the recording has trials of another task.
    """
    if len(job.inputs) != 1:
        raise ValueError(f"a job of this analysis has one input, not {len(job.inputs)}; split it: {job.inputs}")
    session = read_session(job.inputs[0])
    times = reaction_times(session, specification.max_reaction_time_s)
    responded = ~np.isnan(times)
    outputs = AnalysisOutputs(
        n_trials=len(times),
        n_responded=int(responded.sum()),
        median_reaction_time_s=float(np.median(times[responded])) if responded.any() else None,
    )
    by_trial = [None if np.isnan(time) else time for time in times.tolist()]
    content = {**outputs.model_dump(), "reaction_time_s_by_trial": by_trial}
    (results / "reaction_times.json").write_text(json.dumps(content, indent=2))
    plot(times, session.responses, outputs, results / "reaction_times.png")
    return outputs


def read_session(url: str) -> Session:
    """Read the two columns and the two lick series that are needed, and nothing else."""
    with open_nwb(url) as nwb:
        if nwb.trials is None or not len(nwb.trials):
            raise NothingToReport(f"no trials in {url}")
        check_task(nwb, url)
        go_cues, responses = (np.asarray(nwb.trials[column][:], float) for column in COLUMNS)
        licks = np.concatenate([nwb.acquisition[series].timestamps[:] for series in LICKS])
    return Session(go_cues, responses, np.sort(licks))


def check_task(nwb: "NWBFile", url: str) -> None:
    """Raise ValueError if a column of the trials or a lick series is missing."""
    missing = [f"trials column {name}" for name in COLUMNS if name not in nwb.trials.colnames]
    missing += [f"acquisition series {name}" for name in LICKS if name not in nwb.acquisition]
    if missing:
        raise ValueError(f"{url} lacks the {', the '.join(missing)}; give a session of the dynamic foraging task")


def reaction_times(session: Session, longest: float | None = None) -> NDArray[np.float64]:
    """Return the time from the go cue to the first lick after it, of trials with a response.

    Parameters
    ----------
    session
        One session.
    longest
        Slower licks count as no response; seconds.

    Returns
    -------
    ndarray, shape (trials,)
        In seconds; NaN without a response.
    """
    after = np.append(session.licks, np.nan)  # of the trials that no lick follows
    times = after[np.searchsorted(session.licks, session.go_cues, side="right")] - session.go_cues
    times[~(session.responses < 2)] = np.nan
    if longest is not None:
        times[times > longest] = np.nan
    return times


def plot(times: NDArray[np.float64], responses: NDArray[np.float64], outputs: AnalysisOutputs, path: Path) -> None:
    """Draw the distribution of the reaction times, and their course over the session."""
    from matplotlib.figure import Figure  # here, so that checking the parameters needs no matplotlib

    figure = Figure(figsize=(10, 4), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=[2, 3])
    draw_distribution(left, times, responses)
    draw_course(right, times, responses)
    left.set_title(f"{outputs.n_responded} of {outputs.n_trials} trials with a response", loc="left")
    median = outputs.median_reaction_time_s
    if median is not None:
        left.axvline(median, color="0.2", linestyle="--", label=f"median, {median:.3f} s")
        right.axhline(median, color="0.2", linestyle="--")
    left.legend(frameon=False, fontsize="small", title="response")
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=150)


def draw_distribution(axes: "Axes", times: NDArray[np.float64], responses: NDArray[np.float64]) -> None:
    """Draw the histogram of the reaction times, left and right stacked, shape (trials,), seconds."""
    by_side = [times[(responses == side) & ~np.isnan(times)] for side in range(len(SIDES))]
    axes.hist(by_side, bins="auto", stacked=True, label=SIDES)
    axes.set(xlabel="reaction time (s)", ylabel="trials", xlim=(0, None), ylim=(0, None))


def draw_course(axes: "Axes", times: NDArray[np.float64], responses: NDArray[np.float64]) -> None:
    """Draw the reaction time of each trial on a logarithmic axis; below, trials without a response."""
    from matplotlib.ticker import LogLocator, NullFormatter

    trials = np.arange(1, len(times) + 1)
    for side, name in enumerate(SIDES):
        axes.plot(trials[responses == side], times[responses == side], "o", markersize=3, alpha=0.7, label=name)
    without = trials[np.isnan(times)]
    axes.plot(without, np.full(len(without), 0.02), "|", color="0.5", transform=axes.get_xaxis_transform())
    axes.set(xlabel="trial", ylabel="reaction time (s)", yscale="log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 1.5, 2, 3, 5)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_title("Over the session (grey: no response)", loc="left")
