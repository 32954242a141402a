"""What this pipeline is called, which version of it this is, and by what the folders that it writes are known."""

import re
from collections.abc import Collection
from pathlib import Path

__version__ = "0.1.0"

PIPELINE_NAME = "aind-analysis-jobs"
PIPELINE_URL = "https://github.com/AllenNeuralDynamics/aind-analysis-jobs"
# Of an installed package: what pyproject.toml puts there of a checkout
PROJECT_FOLDER = "project"

# What a folder holds that a task of Nextflow ran in
_TASK = {".command.run", ".command.sh", ".command.begin"}
# What the folder of --outdir holds
_OUTDIR = {"jobs.tsv", "decisions.jsonl", "records.sqlite"}
_RECORD, _CRATE = "metadata.nd.json", "ro-crate-metadata.json"
# Files that come together where a job ran, and where its results are published
_PAIRS = ({"manifest.json", "analysis.log"}, {"outcome.json", "analysis.log"}, {"run.json", "batches"})
_TASK_GROUP, _TASK_FOLDER = re.compile("[0-9a-f]{2}"), re.compile("[0-9a-f]{30}")
_KEY = re.compile("[0-9a-f]{64}")


class NoPipeline(FileNotFoundError):
    """The pipeline is not beside this package; the message says what to do."""


def project_folder() -> Path:
    """Return the folder with main.nf and all that it needs: in this package where it is installed, else the checkout.

    Raises
    ------
    NoPipeline
        If there is neither, as where only the Python files of this package were copied.
    """
    package = Path(__file__).parent
    folders = (package / PROJECT_FOLDER, package.parents[1])
    for folder in folders:
        if (folder / "main.nf").is_file():
            return folder
    raise NoPipeline(f"{folders[0]}, which has the pipeline, is not there: install the package again")


def is_result(names: Collection[str]) -> bool:
    """Return whether a folder with such files has results of a job."""
    return _RECORD in names or _CRATE in names or any(pair <= set(names) for pair in _PAIRS)


def is_written_by_us(folder: Path, names: Collection[str]) -> bool:
    """Return whether a folder is one of the pipeline's own: of --outdir, a bucket, a work folder, a task, results.

    Parameters
    ----------
    folder
        The folder.
    names
        Of the files and folders in it.
    """
    if is_result(names) or not _TASK.isdisjoint(names) or not _OUTDIR.isdisjoint(names):
        return True
    # A dispatcher's folders may be called 10 as well, and other folders as a SHA-256 is written.
    return any(
        (_KEY.fullmatch(name) and (folder / name / "manifest.json").is_file())
        or (_TASK_GROUP.fullmatch(name) and _holds_tasks(folder / name))
        for name in names
    )


def _holds_tasks(group: Path) -> bool:
    try:
        return any(_TASK_FOLDER.fullmatch(path.name) for path in group.iterdir())
    except OSError:  # no folder, or one that may not be read
        return False
