"""The code of a launch: taken out of its pack, and copied for the jobs."""

from pathlib import Path

from analysis_jobs.analysis.code_files import pack
from analysis_jobs.analysis.source import Source, locate
from analysis_jobs.jobs.packed import packed_files

# The remark of the file that the launch named; none has it where a folder was named
_NAMED = "analysis"


def export_code(analysis: str, packed: Path | None) -> Source:
    """Copy an analysis into ``code/``, and pack that into ``code.tar``, for the jobs.

    Parameters
    ----------
    analysis
        As `analysis_jobs.analysis.source.locate` takes it.
    packed
        The file that the launch packed the analysis into, or None of one that lies here.

    Returns
    -------
    Source
        What was copied.

    Raises
    ------
    InvalidInput
        If there is no analysis, or it is not valid Python.
    """
    source = locate(str(unpacked(packed, Path("analysis"))) if packed else analysis)
    source.export(Path("code"))
    pack(Path("code"), Path("code.tar"))  # before importing leaves its caches there
    return source


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
