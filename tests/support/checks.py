"""Analyses with something wrong, and what the check finds."""

from pathlib import Path

from analysis_jobs.authoring.check import AnalysisCheck, check_analysis
from support.samples import ANALYSIS, write_files

NAMED = ANALYSIS.replace("    cutoff", '    analysis_name: str = "x"\n    cutoff')
LEGACY = "def run_analysis(analysis_dispatch_inputs, **parameters):\n    pass\n"


def report(folder: Path, text: str, parameters: str = "", **files: str) -> AnalysisCheck:
    write_files(folder, {"my_analysis.py": text, **files})
    if parameters:
        write_files(folder, {"p.json": parameters})
    return check_analysis(str(folder / "my_analysis.py"), folder / "p.json" if parameters else None)


def found(folder: Path, text: str, parameters: str = "", **files: str) -> list[str]:
    return [f"{one.level}: {one.message}" for one in report(folder, text, parameters, **files).findings]


def field(text: str, model: str = "AnalysisSpecification") -> str:
    old = "    cutoff: float = 0.5" if model == "AnalysisSpecification" else "    value: float"
    imports = "from pathlib import Path\nfrom pydantic import *\n"
    return (
        imports + "import numpy as np\nfrom typing import Annotated, Any\n" + NAMED.replace(old, f"{old}\n    {text}")
    )
