"""Generate small NWB-Zarr sessions, with units and trials, that the examples run on.

    python examples/generate_sessions.py FOLDER --sessions 3 --seed 0

The same seed gives the same data. Sessions that are already there are left alone.
"""

import argparse
import os
import shutil
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from pynwb import NWBFile

FIRST_DAY = datetime(2024, 3, 1, 9, 0, tzinfo=UTC)
DURATION = 600.0  # seconds
REFRACTORY_PERIOD = 0.002  # seconds
# Of each unit: spikes per second, and the fraction of them that are strays of another neuron.
UNITS = ((8.0, 0.0), (5.0, 0.01), (12.0, 0.04), (3.0, 0.15))
N_TRIALS = 60
NO_RESPONSE = 2


def main() -> None:
    """Read the command line, and generate the sessions."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="made if needed")
    parser.add_argument("--sessions", type=int, default=3, help="how many (default: 3)")
    parser.add_argument("--seed", type=int, default=0, help="of the random numbers (default: 0)")
    arguments = parser.parse_args()
    if arguments.sessions < 0 or arguments.seed < 0:
        parser.error("--sessions and --seed must not be negative")
    for path, is_new in generate_sessions(arguments.folder, arguments.sessions, arguments.seed):
        print(f"{'wrote' if is_new else 'kept'} {path}")


def generate_sessions(folder: Path, sessions: int, seed: int = 0) -> Iterator[tuple[Path, bool]]:
    """Write sessions that are not there yet.

    Parameters
    ----------
    folder
        Made if needed.
    sessions
        How many.
    seed
        Of the random numbers; a session depends on it and on its own number only.

    Yields
    ------
    path : Path
        A Zarr store in `folder`.
    is_new : bool
        False if it was there already.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(sessions):
        start = FIRST_DAY + timedelta(days=number)
        path = folder / f"session_{number:03d}_seed_{seed}.nwb"
        is_new = not path.exists()
        if is_new:
            write(path, make_session(path.stem, start, np.random.default_rng([seed, number])))
        yield path, is_new


def make_session(name: str, start: datetime, rng: np.random.Generator) -> "NWBFile":
    """Return a session with sorted units, trials and licks."""
    from pynwb import NWBFile
    from pynwb.file import Subject

    nwb = NWBFile(
        session_description="Generated session: dynamic foraging with sorted units",
        identifier=name,
        session_id=name,
        session_start_time=start,
        file_create_date=start,
    )
    nwb.subject = Subject(subject_id="generated", species="Mus musculus", sex="U", age="P90D")
    add_units(nwb, rng)
    add_trials(nwb, rng)
    return nwb


def add_units(nwb: "NWBFile", rng: np.random.Generator) -> None:
    """Add one unit for each of `UNITS`, and one with a single spike."""
    for rate, strays in UNITS:
        nwb.add_unit(spike_times=spike_train(rate, strays, rng))
    nwb.add_unit(spike_times=rng.uniform(0, DURATION, 1))


def spike_train(rate: float, strays: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return spike times in seconds, ascending: a neuron with a refractory period, and strays at any time."""
    n = int(rate * DURATION)
    # Half of the intervals are short, in bursts.
    mean = np.where(rng.random(n) < 0.5, 0.01, 2 / rate - 0.01 - 2 * REFRACTORY_PERIOD)
    spikes = np.cumsum(REFRACTORY_PERIOD + rng.exponential(mean))
    # Most strays come close to a spike: it is then that a sorter takes them for the same neuron.
    near = rng.choice(spikes, int(strays * n)) + 0.0003 + rng.exponential(0.002, int(strays * n))
    return np.sort(np.concatenate([spikes, near]))


def add_trials(nwb: "NWBFile", rng: np.random.Generator) -> None:
    """Add trials with a go cue, the animal's response, and the licks it is known by."""
    starts = 5 + 9 * np.arange(N_TRIALS) + rng.uniform(0, 1, N_TRIALS)
    go_cues = starts + rng.uniform(1, 2, N_TRIALS)
    responses = rng.choice([0, 1, NO_RESPONSE], N_TRIALS, p=[0.45, 0.45, 0.1])
    nwb.add_trial_column("goCue_start_time", "Time of the go cue, in seconds")
    nwb.add_trial_column("animal_response", "0 left, 1 right, 2 no response")
    for start, cue, response in zip(starts, go_cues, responses, strict=True):
        nwb.add_trial(start_time=start, stop_time=cue + 5, goCue_start_time=cue, animal_response=float(response))
    for side, name in enumerate(("left_lick_time", "right_lick_time")):
        add_licks(nwb, name, lick_times(go_cues[responses == side], side, rng))


def lick_times(go_cues: NDArray[np.float64], side: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return lick times in seconds, ascending: a bout after each go cue, somewhat later on the right."""
    reaction = 0.12 + 0.05 * side + rng.gamma(2, 0.06, len(go_cues))
    bout = np.cumsum(rng.uniform(0.1, 0.16, (len(go_cues), 5)), axis=1)
    return np.sort(((go_cues + reaction)[:, None] + bout - bout[:, :1]).ravel())


def add_licks(nwb: "NWBFile", name: str, times: NDArray[np.float64]) -> None:
    """Add a lick series: only its timestamps, shape (licks,) in seconds, mean anything."""
    from pynwb import TimeSeries

    series = TimeSeries(name=name, data=np.ones(len(times)), unit="second", timestamps=times)
    nwb.add_acquisition(series)


def write(path: Path, nwb: "NWBFile") -> None:
    """Write a session as Zarr, under its name only when it is whole: version 3, or by hdmf-zarr 0.13 version 2."""
    from hdmf_zarr import NWBZarrIO

    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    shutil.rmtree(part, ignore_errors=True)
    with NWBZarrIO(str(part), mode="w") as io, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Consolidated metadata")  # all NWB readers of version 3 know them
        io.write(nwb, cache_spec=False)
    part.rename(path)


if __name__ == "__main__":
    main()
