"""All checks of the doctor, in the order in which they are told."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from analysis_jobs.health.checking import Check, run_checks
from analysis_jobs.health.clock import look_at_clock
from analysis_jobs.health.diagnosis import Diagnosis, Said, broken
from analysis_jobs.health.environment import IMPORTING, look_at_packages, look_at_path, look_at_python
from analysis_jobs.health.folders import look_at_folder
from analysis_jobs.health.given import Given
from analysis_jobs.health.java import look_at_java
from analysis_jobs.health.letters import look_at_letters
from analysis_jobs.health.nextflow import found_nextflow, look_at_nextflow
from analysis_jobs.health.places import look_at_profile
from analysis_jobs.health.proxies import look_at_proxies
from analysis_jobs.health.services import look_at_bucket, look_at_store
from analysis_jobs.health.variables import look_at_variables
from analysis_jobs.health.versions import look_at_versions

# Seconds for what starts programs that start others: Nextflow, or images
_PROGRAMS = 20.0
_LONGER = IMPORTING + 3


def doctor(given: Given, more: Sequence[Check] = ()) -> Iterator[Diagnosis]:
    """Look at all that a launch needs, at the same time, and yield a line for each thing as soon as it is known.

    Nothing is left behind: what is written to see whether it can be is removed again.

    Parameters
    ----------
    given
        Where a launch would go, and how it would run.
    more
        Further checks, which are told last.
    """
    return run_checks([*checks_of(given), *more])


def checks_of(given: Given) -> list[Check]:
    """Return the checks of what is given."""
    return [
        Check("python", look_at_python),
        Check("path", partial(look_at_path, given)),
        Check("versions", partial(look_at_versions, given)),
        Check("nextflow", _nextflow, _PROGRAMS),
        Check("java", _java, _PROGRAMS),
        Check("tasks", partial(look_at_profile, given), 25),
        Check("store", partial(look_at_store, given), silent=broken),
        Check("bucket", partial(look_at_bucket, given), silent=broken),
        Check("clock", partial(look_at_clock, given)),
        *_folders(given),
        Check("locale", look_at_letters),
        Check("variables", partial(look_at_variables, given)),
        Check("proxies", look_at_proxies),
        Check("packages", look_at_packages, _LONGER),  # it takes longest
    ]


def _nextflow() -> Iterator[Said]:
    return look_at_nextflow(found_nextflow())


def _java() -> Iterator[Said]:
    return look_at_java(found_nextflow())


def _folders(given: Given) -> Iterator[Check]:
    for name, path in given.folders.items():
        look: Callable[[], Iterable[Said]] = partial(look_at_folder, name, path, read_only=given.read_only)
        yield Check("folders", look, silent=broken)
