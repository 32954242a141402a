"""All that DEDUPE does: read the analysis and the jobs, decide, and write what the other processes need."""

import json
import logging
import math
from argparse import Namespace
from pathlib import Path

from analysis_jobs.analysis.code_files import pack
from analysis_jobs.analysis.loading import load_exported
from analysis_jobs.analysis.source import locate
from analysis_jobs.bucket.opening import open_bucket
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.parameter_sources import as_written, read_sources
from analysis_jobs.jobs.specification import Parameters
from analysis_jobs.stages.dedupe.about import launch_document
from analysis_jobs.stages.dedupe.batches import write_batches
from analysis_jobs.stages.dedupe.decide import Rules, plan
from analysis_jobs.stages.dedupe.decisions import decided_line
from analysis_jobs.store.opening import open_store
from analysis_jobs.store.processes import launcher_identity
from analysis_jobs.store.states import new_owner


def prepare(options: Namespace) -> None:
    """Decide on every job and write, into the current folder, what the other processes need.

    ``decisions.jsonl`` has a line for each input file and parameter set, ``counts.txt`` their counts in words,
    ``batches/`` the jobs to run, ``code/`` and ``code.tar`` the analysis as it is now, and ``run.json`` what is
    known of the run.

    Parameters
    ----------
    options
        The flags of ``bin/dedupe.py``.

    Raises
    ------
    InvalidInput
        If the analysis, the parameters, the jobs folder, the store or the bucket is unusable. An invalid job file
        is a decision.
    ServiceUnavailable
        If the store or the bucket does not answer.
    """
    logging.basicConfig(format="%(levelname)s: %(message)s")
    # Not that of all libraries: at `debug` those for S3 would write down what they sign requests with.
    logging.getLogger("analysis_jobs").setLevel(options.log_level.upper())
    _check_counts(options)
    source = locate(options.analysis)
    source.export(Path("code"))
    pack(Path("code"), Path("code.tar"))  # before importing leaves its caches there
    loaded = load_exported(Path("code"))  # what jobs will run, which may lack what lies beside the original
    assignments = as_written(options.set, options.command_line)
    sources = read_sources(options.parameters, options.parameters_name, options.jobs, assignments, loaded.specification)
    rules = _rules(options)
    store = open_store(options.store, read_only=not rules.claim, profile=options.write_profile)
    store.check(write=rules.claim)
    if rules.claim:
        open_bucket(options.bucket, options.write_profile).check()
    unfinished = Path("decisions.unfinished")  # with a problem there are no decisions, not a part of them
    with unfinished.open("w") as out:
        parameters = Parameters(loaded.specification)
        identity = source.identity(options.code_version)
        planned = plan(options.jobs, sources, parameters, identity, store, rules, out)
    unfinished.rename("decisions.jsonl")
    write_batches(planned, Path("batches"), options.jobs_per_task, options.group_size)
    Path("run.json").write_text(json.dumps(launch_document(options, source, assignments, planned, rules), indent=2))
    Path("counts.txt").write_text(decided_line(planned.counts))


def _check_counts(options: Namespace) -> None:
    for name in ("jobs_per_task", "group_size", "max_attempts"):
        value = getattr(options, name)
        if value is not None and value < 1:
            raise InvalidInput(f"--{name} is {value}; give 1 or more")
    price = options.price_per_hour
    if price is not None and not 0 < price < math.inf:
        raise InvalidInput(f"--price_per_hour is {price:g}; give what an hour of one ANALYZE task costs, more than 0")


def _rules(options: Namespace) -> Rules:
    return Rules(
        owner=new_owner(options.session, launcher_identity(options.launcher)),
        claim=not (options.plan or options.dry_run),
        claim_hours=options.claim_hours,
        retry_failed=options.retry_failed == "true",
        max_attempts=options.max_attempts,
        older=not options.ignore_older_records,
        code_version=options.code_version,
    )
