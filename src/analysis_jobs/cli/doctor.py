"""The command `doctor`: what keeps a launch from running here.

Imports within functions are for a quick start.
"""

import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analysis_jobs.cli.app import RUNNING, app
from analysis_jobs.cli.options import (
    OUT,
    AsJson,
    BucketUrl,
    EnvironmentCache,
    Profile,
    StoreUrl,
    WhichEnvironment,
)
from analysis_jobs.cli.tables import say, say_json
from analysis_jobs.pipeline import PIPELINE_NAME, __version__
from analysis_jobs.wording import plural

if TYPE_CHECKING:
    from analysis_jobs.health.diagnosis import Diagnosis


@app.command(rich_help_panel=RUNNING)
def doctor(
    outdir: Annotated[str, typer.Option(help="--outdir of the launch, a folder or a URL")] = str(OUT),
    store: StoreUrl = None,
    bucket: BucketUrl = None,
    work_dir: Annotated[str | None, typer.Option(help="Nextflow's -work-dir; default NXF_WORK, or work")] = None,
    profile: Annotated[str, typer.Option(help="Nextflow's -profile, such as docker or slurm")] = "standard",
    base_image: Annotated[str, typer.Option(help="as of the pipeline")] = f"{PIPELINE_NAME}:{__version__}",
    analysis_image: Annotated[str | None, typer.Option(help="as of the pipeline; default the base image")] = None,
    apptainer: Annotated[bool, typer.Option("--apptainer", help="as of the pipeline, with --profile slurm")] = False,
    analysis: Annotated[str | None, typer.Option(help="an analysis, which is checked in its environment")] = None,
    environment: WhichEnvironment = None,
    environment_cache: EnvironmentCache = None,
    write_profile: Profile = None,
    read_only: Annotated[bool, typer.Option("--read-only", help="write no probes, which are removed again")] = False,
    pipeline: Annotated[Path | None, typer.Option(help="folder of the pipeline; default the one that is here")] = None,
    as_json: AsJson = False,
) -> None:
    """Look at all that a launch needs here, from Java to the bucket, and say what is wrong and what to do."""
    from analysis_jobs.health.analysis import CHECKING, look_at_analysis
    from analysis_jobs.health.checking import Check
    from analysis_jobs.health.doctor import doctor as diagnoses_of
    from analysis_jobs.health.given import Given

    profiles = frozenset(name.strip() for name in profile.split(",") if name.strip())
    if "codeocean" in profiles and outdir == str(OUT):
        outdir = os.environ.get("RESULTS_PATH") or "/results"
    given = Given(
        outdir=outdir,
        store=store or ("docdb" if "codeocean" in profiles else None),
        bucket=bucket,
        work=work_dir or os.environ.get("NXF_WORK") or "work",
        profiles=profiles,
        base_image=base_image,
        analysis_image=analysis_image,
        apptainer=apptainer,
        write_profile=write_profile,
        read_only=read_only,
        pipeline=pipeline,
    )
    more = []
    if analysis:
        look = partial(look_at_analysis, analysis, environment, environment_cache)
        more.append(Check("analysis", look, CHECKING + 3))
    found = []
    for diagnosis in diagnoses_of(given, more):
        found.append(diagnosis)
        if as_json:
            say_json(diagnosis.as_json())
        else:
            say(f"{diagnosis.level:8} {diagnosis.check}: {diagnosis.message}")
        sys.stdout.flush()  # the next may take a while
    if not as_json:
        say(_summary(found))
    if any(diagnosis.level == "wrong" for diagnosis in found):
        raise typer.Exit(1)


def _summary(found: "list[Diagnosis]") -> str:
    wrong, warnings = (sum(one.level == level for one in found) for level in ("wrong", "warning"))
    told = [f"{wrong} {'thing is' if wrong == 1 else 'things are'} wrong"] if wrong else ["nothing is wrong"]
    return ", ".join([*told, *([plural(warnings, "warning")] if warnings else [])])
