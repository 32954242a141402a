"""What is known of a launch, for records and reports: `run.json`."""

import os
from collections.abc import Sequence
from typing import Any

from analysis_jobs.analysis.git import provenance
from analysis_jobs.analysis.source import Source, locate
from analysis_jobs.documents import Asked, GitState, LaunchDocument, SourcePlace
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.parameter_sources import parse_assignments
from analysis_jobs.pipeline import PIPELINE_NAME, PIPELINE_URL, __version__
from analysis_jobs.recordings.pickles import pickles_allowed
from analysis_jobs.redaction.text import redacted_command, redacted_values
from analysis_jobs.stages.dedupe.launch import Launch


def launch_document(launch: Launch, source: Source, assignments: Sequence[str], *, to_run: bool) -> LaunchDocument:
    """Return what is known of a launch: what was asked for, by whom, and what is going to run.

    Parameters
    ----------
    launch
        The launch.
    source
        The analysis.
    assignments
        ``name=value`` of ``--set``, as they were written.
    to_run
        Whether any job is to run. Only then git is asked where the code comes from: a launch with everything done
        should take no longer for it.
    """
    about = parse_assignments(launch.about)
    document: LaunchDocument = {
        "owner": launch.rules.owner,
        "analysis": source.module,
        "entry": source.entry.name,
        "source": _source_place(launch, source),
        "identity": source.identity(launch.code_version, launch.code_identity),
        "code": _git_state(launch, source) if to_run else {},
        "experimenter": about.get("user") or "unknown",
        "run_name": about.get("name", ""),
        "nextflow": about.get("nextflow", ""),
        "launch": _asked(launch, about.get("started", ""), assignments),
        "command_line": redacted_command(launch.command_line),
        "profile": about.get("profile", ""),
        "resumed": about.get("resumed") == "true",
        "price_per_hour": launch.price_per_hour,
        # Of a pipeline that Nextflow did not fetch by its commit, the image knows it.
        "pipeline": {
            "name": PIPELINE_NAME,
            "url": PIPELINE_URL,
            "version": __version__,
            "commit": about.get("commit") or os.environ.get("ANALYSIS_JOBS_COMMIT", ""),
        },
    }
    if launch.learnt:
        document["learnt"] = list(launch.learnt)
    if launch.dry_run:
        document["dry_run"] = True
    if "code_ocean" in about:
        document["code_ocean"] = about["code_ocean"]
    return redacted_values(document)


def _source_place(launch: Launch, source: Source) -> SourcePlace:
    """Return where the analysis was at the launch, as `analysis_jobs.analysis.source.locate` takes it."""
    path = source.entry if source.kind == "file" else source.root
    place = source.module if source.kind == "module" else launch.analysis_place or str(path.resolve())
    return {"kind": source.kind, "path": place, "digest": source.digest()}


def _git_state(launch: Launch, source: Source) -> GitState:
    """Return what git knows of the files that were packed, where they are seen from here and still are as packed."""
    if launch.code:
        try:
            original = locate(launch.analysis_place)
        except InvalidInput:
            return {}
        if original.digest() != source.digest():
            return {}
        source = original
    return provenance(source.entry.resolve(), [path.resolve() for path in source.files])


def _asked(launch: Launch, started: Any, assignments: Sequence[str]) -> Asked:
    asked: Asked = {
        "started": started,
        "jobs": launch.jobs_place or str(launch.jobs),
        "parameters": launch.parameters_place or (str(launch.parameters) if launch.parameters else None),
        "set": list(assignments),
    }
    if pickles_allowed():
        asked["allow_pickle"] = True
    return asked
