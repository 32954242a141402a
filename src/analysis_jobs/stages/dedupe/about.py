"""What is known of a launch, for records and reports: `run.json`."""

import os
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analysis_jobs.analysis.git import provenance
from analysis_jobs.analysis.source import Source
from analysis_jobs.jobs.parameter_sources import parse_assignments
from analysis_jobs.pipeline import PIPELINE
from analysis_jobs.redaction import redacted, redacted_command
from analysis_jobs.stages.dedupe.decide import Planned, Rules


def launch_document(
    options: Namespace, source: Source, assignments: list[str], planned: Planned, rules: Rules
) -> dict[str, Any]:
    """Return what is known of a launch: what was asked for, by whom, and what is going to run."""
    about = parse_assignments(options.run)
    # Asked of git only where something is to run: a launch with everything done should take no longer for it.
    known = provenance(source.entry.resolve(), _resolved(source)) if planned.jobs else {}
    return {
        "owner": dict(rules.owner),
        "analysis": source.module,
        "entry": source.entry.name,
        "source": {"kind": source.kind, "path": _place(source), "digest": source.digest()},
        "identity": source.identity(options.code_version),
        "code": known,
        "experimenter": about.get("user") or "unknown",
        "run_name": about.get("name", ""),
        "nextflow": about.get("nextflow", ""),
        "launch": _launch(options, about, assignments),
        "command_line": redacted_command(options.command_line),
        "profile": about.get("profile", ""),
        "resumed": about.get("resumed") == "true",
        "price_per_hour": options.price_per_hour,
        **({"code_ocean": about["code_ocean"]} if "code_ocean" in about else {}),
        # Of a pipeline that Nextflow did not fetch by its commit, the image knows it.
        "pipeline": {**PIPELINE, "commit": about.get("commit") or os.environ.get("ANALYSIS_JOBS_COMMIT", "")},
    }


def _place(source: Source) -> str:
    """Return where the analysis was at the launch, as `analysis_jobs.analysis.source.locate` takes it."""
    if source.kind == "module":
        return source.module
    return str((source.entry if source.kind == "file" else source.root).resolve())


def _launch(options: Namespace, about: Mapping[str, Any], assignments: list[str]) -> dict[str, Any]:
    """Return what was asked for, so that a report can say how one of the jobs is run alone."""
    return {
        "started": about.get("started", ""),
        "jobs": _origin(options.jobs),
        "parameters": _origin(options.parameters) if options.parameters else None,
        "set": [redacted(assignment) for assignment in assignments],
    }


def _origin(path: Path) -> str:
    """Return where a staged file or folder came from: Nextflow links to it, or copies it where tasks run elsewhere."""
    for link in (path, *path.parents):
        if link.is_symlink():
            return os.path.normpath(link.parent.absolute() / os.readlink(link) / path.relative_to(link))
    return str(path)


def _resolved(source: Source) -> list[Path]:
    return [path.resolve() for path in source.files]
