"""Refractory violations: how many of a unit's inter-spike intervals are too short for a single neuron."""

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

MOST_NAMED_UNITS = 10


class AnalysisSpecification(GenericModel):
    """Parameters."""

    analysis_name: str = "isi violations"
    analysis_tag: str = ""
    isi_violations_cutoff: float = Field(
        default=0.0015,
        gt=0,
        allow_inf_nan=False,
        description="Shorter intervals are violations",
        json_schema_extra={"unit": "s"},
    )


class AnalysisOutputs(GenericModel):
    """Results; a unit is named by its row in the units table: "0", "1", ...

    Of several inputs, the input's name comes before it: "session_a.nwb:0".
    """

    isi_violations: dict[str, float] = Field(description="Fraction of the unit's intervals that are violations")
    units_without_intervals: list[str] = Field(default=[], description="Units with fewer than two spikes")
    unit_ids: dict[str, int] = Field(default={}, description="What the recording's own id column calls the unit")


@dataclass(frozen=True)
class Units:
    """Units and their inter-spike intervals.

    Attributes
    ----------
    ids : dict
        Name of each unit, and its id in the recording.
    intervals : ndarray, shape (intervals,)
        In seconds; of all units, one after the other.
    unit : ndarray, shape (intervals,)
        Index of the unit that the interval belongs to.
    """

    ids: dict[str, int]
    intervals: NDArray[np.float64]
    unit: NDArray[np.intp]


def run_analysis(job: Job, specification: AnalysisSpecification, results: Path) -> AnalysisOutputs:
    """Compute the fraction of violations of every unit; write `isi_violations.json` and `isi_histogram.png`.

    Raises
    ------
    NothingToReport
        If none of the inputs has sorted units.
    """
    cutoff = specification.isi_violations_cutoff
    found = [read_units(url, prefix) for url, prefix in name_inputs(job.inputs).items()]
    units = join([each for each in found if each is not None])
    if not units.ids:
        raise NothingToReport(f"no units with spike times in {', '.join(job.inputs)}")
    n_intervals = count(units, units.intervals >= 0)
    n_violations = count(units, units.intervals < cutoff)
    fraction = {name: n_violations[name] / n for name, n in n_intervals.items() if n}
    table = [
        {"unit": name, "unit_id": units.ids[name], "n_intervals": n, "n_violations": n_violations[name]}
        for name, n in n_intervals.items()
    ]
    content = {"isi_violations_cutoff_s": cutoff, "isi_violations": fraction, "units": table}
    (results / "isi_violations.json").write_text(json.dumps(content, indent=2))
    plot(units, fraction, cutoff, results / "isi_histogram.png")
    without = [name for name, n in n_intervals.items() if not n]
    return AnalysisOutputs(isi_violations=fraction, units_without_intervals=without, unit_ids=units.ids)


def name_inputs(urls: list[str]) -> dict[str, str]:
    """Return what comes before the unit names of each input: nothing, its file name, or its whole URL."""
    if len(urls) == 1:
        return {urls[0]: ""}
    names = {url: url.rstrip("/").rpartition("/")[2] for url in urls}
    distinct = len(set(names.values())) == len(names)
    return {url: f"{name if distinct else url}:" for url, name in names.items()}


def read_units(url: str, prefix: str) -> Units | None:
    """Read the spike times of all units, and nothing else; None if the recording has none."""
    with open_nwb(url) as nwb:
        if nwb.units is None or "spike_times" not in nwb.units.colnames:
            return None
        ids = nwb.units.id[:]  # (units,)
        ends = nwb.units.spike_times_index.data[:]  # (units,): where in the times the unit's spikes end
        times = nwb.units.spike_times.data[:]  # (spikes,), seconds, unit after unit
    intervals, unit = inter_spike_intervals(times, ends)
    return Units({f"{prefix}{row}": int(each) for row, each in enumerate(ids)}, intervals, unit)


def inter_spike_intervals(
    times: NDArray[np.float64], ends: NDArray[np.integer]
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Return the intervals between successive spikes of the same unit.

    Parameters
    ----------
    times : ndarray, shape (spikes,)
        Spike times in seconds, unit after unit; those of a unit in any order.
    ends : ndarray, shape (units,)
        Index after the last spike of each unit.

    Returns
    -------
    intervals : ndarray, shape (intervals,)
        In seconds.
    unit : ndarray, shape (intervals,)
        Index of the unit of each interval.
    """
    unit = np.repeat(np.arange(len(ends)), np.diff(ends.astype(np.int64), prepend=0))
    within = unit[1:] == unit[:-1]
    intervals = np.diff(times)[within]
    if np.any(intervals < 0):
        intervals = np.diff(times[np.lexsort((times, unit))])[within]
    return intervals, unit[1:][within]


def join(parts: list[Units]) -> Units:
    """Return the units of all parts as one."""
    first = np.cumsum([0, *(len(part.ids) for part in parts)])
    return Units(
        ids={name: each for part in parts for name, each in part.ids.items()},
        intervals=np.concatenate([np.empty(0), *(part.intervals for part in parts)]),
        unit=np.concatenate([np.empty(0, int), *(part.unit + first[i] for i, part in enumerate(parts))]),
    )


def count(units: Units, which: NDArray[np.bool_]) -> dict[str, int]:
    """Return how many of the intervals of each unit are marked in `which`, shape (intervals,)."""
    counts = np.bincount(units.unit[which], minlength=len(units.ids))
    return dict(zip(units.ids, counts.tolist(), strict=True))


def plot(units: Units, fraction: dict[str, float], cutoff: float, path: Path) -> None:
    """Draw the distribution of the intervals, and the violations of each unit."""
    from matplotlib.figure import Figure  # here, so that checking the parameters needs no matplotlib

    figure = Figure(figsize=(10, 4), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=[3, 2])
    draw_intervals(left, units, cutoff)
    draw_violations(right, units, fraction, cutoff)
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=150)


def histograms(units: Units, edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the percentage of each unit's intervals in bins, shape (units, bins).

    The first bin takes all that is shorter; what is longer than the last edge is in none.
    """
    bins = len(edges)  # one more, for what is longer
    bin_of = np.searchsorted(edges[1:], units.intervals, side="right")
    counts = np.bincount(units.unit * bins + bin_of, minlength=len(units.ids) * bins).reshape(-1, bins)
    return 100 * counts[:, :-1] / np.maximum(counts.sum(axis=1, keepdims=True), 1)


def draw_intervals(axes: "Axes", units: Units, cutoff: float) -> None:
    """Draw the distribution of each unit's intervals on a logarithmic axis, with the violations shaded."""
    edges = np.geomspace(1e-4, 20, 81)  # seconds
    named = len(units.ids) <= MOST_NAMED_UNITS
    for index, (name, percent) in enumerate(zip(units.ids, histograms(units, edges), strict=True)):
        many = {"color": "0.4", "alpha": max(0.05, 5 / len(units.ids)), "linewidth": 0.8}
        style = {"color": f"C{index}", "label": name, "linewidth": 1.5} if named else many
        if percent.any():
            axes.stairs(percent, 1000 * edges, **style)
    axes.axvspan(1000 * edges[0], 1000 * cutoff, color="tab:red", alpha=0.12, linewidth=0)
    axes.axvline(1000 * cutoff, color="tab:red", linestyle="--", label=f"cutoff, {1000 * cutoff:g} ms")
    axes.set(xscale="log", xlim=(1000 * edges[0], 1000 * edges[-1]), ylim=(0, None))
    axes.set(xlabel="inter-spike interval (ms)", ylabel="intervals of the unit (% per bin)")
    axes.set_title(f"Inter-spike intervals, {len(units.ids)} unit{'s' * (len(units.ids) > 1)}", loc="left")
    axes.legend(frameon=False, fontsize="small", title="unit" if named else None)


def draw_violations(axes: "Axes", units: Units, fraction: dict[str, float], cutoff: float) -> None:
    """Draw a bar for the violations of each unit, or a point each if there are too many to be named."""
    label = f"intervals shorter than {1000 * cutoff:g} ms (%)"
    percent = {name: 100 * value for name, value in fraction.items()}
    axes.set_title("Refractory violations", loc="left")
    if len(units.ids) <= MOST_NAMED_UNITS:
        colors = [f"C{index}" for index, name in enumerate(units.ids) if name in percent]
        bars = axes.barh(list(percent), list(percent.values()), color=colors)
        axes.bar_label(bars, fmt="%.2f", padding=3)
        axes.set(xlabel=label, ylabel="unit")
        axes.margins(x=0.15)
        axes.invert_yaxis()
        axes.set_xlim(0, None if any(percent.values()) else 1)
    else:
        axes.plot(
            np.arange(1, len(percent) + 1),
            sorted(percent.values()),
            "o",
            color="0.4",
            markersize=3,
            clip_on=False,
        )
        axes.set(xlabel="units, ordered by violations", ylabel=label, ylim=(0, None))
