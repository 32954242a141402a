"""Random kills, races, damages and outages of real launches for some minutes, and the promises checked at the end.

The same seed gives the same plans; when a process gets how far differs, so a failure may need several
tries to be seen again.
"""

import argparse
import secrets
import shutil
import signal
import sys
import tempfile
import time
import traceback
from contextlib import closing
from itertools import count
from pathlib import Path

from fakes.mongo import UnavailableError
from support.lab import Lab, launch_environment

from chaos.places import LocalPlace, Place, RemotePlace
from chaos.plan import Round, draw_round
from chaos.round import RoundInLab, forget, keep
from chaos.services import Services
from chaos.story import BrokenPromise, Story


def main() -> int:
    """Run rounds until the time is over or a promise is broken, and return the exit status."""
    options = _options()
    again = f"make chaos SEED={options.seed}"
    _say(f"chaos: seed {options.seed}, {options.minutes:g} minutes; again: {again} MINUTES={options.minutes:g}")
    if shutil.which("nextflow") is None:
        _say("nextflow is not on PATH: make setup, then . .venv/bin/activate")
        return 2
    base = Path(tempfile.mkdtemp(prefix="chaos-", dir=options.labs))
    is_broken = False
    try:
        with closing(Services()) as services:
            is_broken = not _rounds(options, base, services, again)
    except UnavailableError as error:
        _say(str(error))
        return 2
    finally:
        if not is_broken:
            shutil.rmtree(base)
    return 1 if is_broken else 0


def _rounds(options: argparse.Namespace, base: Path, services: Services, again: str) -> bool:
    """Go through rounds until the time is over or a promise is broken; return whether every one was kept."""
    (base / "nextflow_home").mkdir()
    environment = launch_environment(base / "nextflow_home")
    end = time.monotonic() + 60 * options.minutes
    for number in count(options.round or 1):
        plan = draw_round(options.seed, number)
        if not _round(plan, Lab(base / f"round {number}", environment), services, f"{again} ROUND={number}"):
            return False
        if options.round or time.monotonic() > end:
            break
    _say(f"every promise was kept in {number - (options.round or 1) + 1} rounds")
    return True


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("--seed", type=int, help="that of a run before; drawn, and printed, without it")
    parser.add_argument("--minutes", type=float, default=10, help="rounds begin until then (10)")
    parser.add_argument("--round", type=int, help="only this one of the seed")
    parser.add_argument(
        "--labs", type=Path, help="folder for the labs, of which a broken one stays (that for temporary files)"
    )
    options = parser.parse_args()
    if options.seed is None:
        options.seed = secrets.randbelow(10**6)
    return options


def _round(plan: Round, lab: Lab, services: Services, again: str) -> bool:
    """Go through a round, and say what came of it; return whether every promise was kept."""
    story = Story()
    place: Place = LocalPlace(lab) if plan.place == "local" else RemotePlace(lab, services)
    _say(f"round {plan.number}: {plan}")
    try:
        RoundInLab(plan, lab, place, services, story).go()
    except BrokenPromise as broken:
        keep(plan, place, lab, story, broken)
        _say(f"\nBROKEN:\n{broken}")
    except Exception:
        keep(plan, place, lab, story, BrokenPromise(traceback.format_exc()))
        _say(f"\nthe chaos itself failed:\n{traceback.format_exc()}")
    else:
        story.say("every promise was kept")
        forget(lab)
        return True
    _say(f"\nthe lab: {lab.folder}\nthis round again: {again}")
    return False


def _say(text: str) -> None:
    print(text, flush=True)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    # Also where it was started with signals ignored, as in the background, which all launches would inherit
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        _say("interrupted: all that was started is ended")
        sys.exit(130)
