"""An image for an analysis: the base image, with the code and the environment that it declares."""

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from analysis_jobs.analysis.code_files import copy_files, folder_files
from analysis_jobs.analysis.git import provenance
from analysis_jobs.analysis.source import Source, locate
from analysis_jobs.environments.declaration import Declaration, declared_by
from analysis_jobs.errors import InvalidInput

ENGINES = ("docker", "podman")
_CODE = "/opt/analysis"
_DOCKERFILE = """\
FROM {base}
USER root
COPY analysis/ {code}/
{make}ENV ANALYSIS_CODE_VERSION={version} ANALYSIS_CODE_URL={url}
USER analysis
"""
# The link has a name that tasks are told; the folder one that tells what is in it
_MAKE = """\
RUN prefix=$(analysis-jobs environment make {code}{entry} --environment-cache /opt/environments) \\
    && ln -s "$prefix" /opt/environment && chmod -R a+rX /opt/environments
ENV ANALYSIS_ENVIRONMENT=/opt/environment
"""


def build_image(analysis: str, tag: str, base: str, options: Sequence[str] = ()) -> None:
    """Build the image of an analysis with Docker or podman, whichever is on PATH.

    Parameters
    ----------
    analysis
        A file or folder, as `analysis_jobs.analysis.source.locate` takes it.
    tag
        The image's name.
    base
        The base image, which has the pipeline and uv.
    options
        Of the engine's ``build``.

    Raises
    ------
    InvalidInput
        If there is no engine, or it fails: its own words are on standard error.
    """
    source, engine = locate(analysis), next(filter(None, map(shutil.which, ENGINES)), None)
    if engine is None:
        raise InvalidInput("an image is built by docker or podman, and neither is on PATH: install one")
    if source.kind == "module":
        raise InvalidInput(
            f"an image is built of a file or a folder, and {analysis} is an installed module: give its files"
        )
    with tempfile.TemporaryDirectory() as folder:
        write_context(source, declared_by(analysis), base, Path(folder))
        done = subprocess.run([engine, "build", "--tag", tag, *options, folder], stdout=2)
    if done.returncode:
        raise InvalidInput(f"{Path(engine).name} could not build {tag}; see the messages above")


def write_context(source: Source, declaration: Declaration | None, base: str, folder: Path) -> None:
    """Write what an engine builds the image of: a Dockerfile, and the code with what it declares."""
    files = folder_files(source.root) if source.kind == "folder" else source.files
    copy_files(files, source.root, folder / "analysis")
    for name, text in declaration.texts.items() if declaration and declaration.kind != "script" else ():
        path = folder / "analysis" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for name, wheels in declaration.wheels.items() if declaration else ():
        shutil.copytree(wheels, folder / "analysis" / name, dirs_exist_ok=True)
    entry = f"/{source.entry.name}" if source.kind == "file" else ""
    git = provenance(source.entry.resolve(), [path.resolve() for path in source.files])
    text = _DOCKERFILE.format(
        base=base,
        code=_CODE,
        make=_MAKE.format(code=_CODE, entry=entry) if declaration else "",
        version=f'"{git.get("commit", "")}"',
        url=f'"{git.get("url", "")}"',
    )
    (folder / "Dockerfile").write_text(text)
