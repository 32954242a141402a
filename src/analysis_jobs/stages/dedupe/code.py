"""The code of a launch: taken out of its pack, copied for the jobs, and archived to be published."""

import logging
from pathlib import Path

from analysis_jobs.analysis.archive import ArchivedCode, archive_of, code_of
from analysis_jobs.analysis.code_files import pack
from analysis_jobs.analysis.source import Source, locate
from analysis_jobs.jobs.packed import packed_files
from analysis_jobs.redaction.text import secret_in

log = logging.getLogger(__name__)

# The remark of the file that the launch named; none has it where a folder was named
_NAMED = "analysis"


# What ANALYZE runs of it before its Python: see `analysis_jobs.environments.choice.AnalysisEnvironment.script`
SCRIPT = "environment.sh"


def export_code(analysis: str, script: str = "") -> Source:
    """Copy an analysis into ``code/``, and pack that into ``code.tar``, for the jobs.

    Parameters
    ----------
    analysis
        As `analysis_jobs.analysis.source.locate` takes it.
    script
        What a shell does to run in its environment; an empty text for the one that is active.

    Returns
    -------
    Source
        What was copied.

    Raises
    ------
    InvalidInput
        If there is no analysis, or it is not valid Python.
    """
    source = locate(analysis)
    source.export(Path("code"))
    if script:
        Path("code", SCRIPT).write_text(script)
    pack(Path("code"), Path("code.tar"))  # before importing leaves its caches there
    return source


def archive_code(source: Source, target: Path, *, wanted: bool) -> None:
    """Write what of the code is published beside the results: its archive, or an empty file for nothing.

    Nothing is published where it is not wanted, or where a secret stands in the code.
    """
    target.write_bytes(b"")  # also where nothing is published, so that Nextflow has something to hand on
    if not wanted:
        return
    code = code_of(source)
    if found := _secret_of(code):
        log.warning(
            "the code is not published with the results, as %s holds %s; take it out of the code, or launch with "
            "--publish_code false",
            *found,
        )
        return
    target.write_bytes(archive_of(code))


def _secret_of(code: ArchivedCode) -> tuple[str, str] | None:
    for name, content in code.files.items():
        if found := secret_in(content.decode(errors="replace"), name) or secret_in(name, "the name of a file"):
            return found
    return None


def unpacked(packed: Path, target: Path) -> Path:
    """Write the files of a packed analysis below a folder, and return the path of the analysis there."""
    target = target.absolute()  # of a name alone an installed module would be looked for
    analysis = target
    for file in packed_files(packed):
        path = target / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.read())
        if analysis == target or file.remark == _NAMED:
            analysis = path if file.remark == _NAMED else target / file.name.partition("/")[0]
    return analysis
