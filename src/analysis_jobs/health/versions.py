"""Whether the pipeline and this package are of one version: tasks of the one call the other."""

import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from analysis_jobs.health.diagnosis import Said, broken, doubtful, fine
from analysis_jobs.health.given import Given
from analysis_jobs.pipeline import PIPELINE_NAME, NoPipeline, __version__, project_folder

_CONFIG = "nextflow.config"
_MANIFEST = re.compile(r"^manifest\s*\{(.*?)^\}", re.DOTALL | re.MULTILINE)
_FIELD = re.compile(r"^\s*(name|version)\s*=\s*['\"]([^'\"]+)['\"]", re.MULTILINE)


def look_at_versions(given: Given) -> Iterator[Said]:
    """Compare the version of this package with that of its metadata, and of the pipeline that is here."""
    try:
        installed = version(PIPELINE_NAME)
    except PackageNotFoundError:
        installed = __version__
    if installed != __version__:
        yield doubtful(
            f"{PIPELINE_NAME} was installed as version {installed}, and its files are of {__version__}; install it "
            "again (make setup, or pip install)"
        )
    place = pipeline_place(given.pipeline)
    found = pipeline_version(place) if place else None
    if found is None:
        if given.pipeline:
            yield broken(
                f"{given.pipeline} is not a folder of the pipeline, as it has no {_CONFIG} of it; give another one"
            )
        else:
            yield fine(f"package {__version__}; no pipeline is here to compare it with")
    elif found != __version__:
        yield broken(
            f"the pipeline in {place} is of version {found}, and the package of {__version__}; install the package "
            "of that version, or launch the pipeline with -r"
        )
    else:
        yield fine(f"package and pipeline are both {found}, the latter in {place}")


def pipeline_place(named: Path | None) -> Path | None:
    """Return the folder of the pipeline: the one that is named, the current one, or that of this package."""
    places = [named] if named else [Path.cwd(), *_own_pipeline()]
    return next((place for place in places if pipeline_version(place)), None)


def _own_pipeline() -> list[Path]:
    try:
        return [project_folder()]
    except NoPipeline:
        return []


def pipeline_version(place: Path) -> str | None:
    """Return the version that a folder of the pipeline says; None of any other folder."""
    config = place / _CONFIG
    if not config.is_file():
        return None
    manifest = _MANIFEST.search(config.read_text(errors="replace"))
    fields = dict(_FIELD.findall(manifest[1])) if manifest else {}
    return fields.get("version") if fields.get("name", "").endswith(f"/{PIPELINE_NAME}") else None
