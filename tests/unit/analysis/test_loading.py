"""Loading an analysis: where it may lie, what it must define, and what is said where it cannot be loaded."""

import sys
from pathlib import Path

import pytest
from support.analyses import loaded, refusal
from support.samples import ANALYSIS, write_files

pytestmark = pytest.mark.usefixtures("importing")


def test_a_file(tmp_path: Path) -> None:
    write_files(tmp_path, {"my_analysis.py": "from sibling import X\n" + ANALYSIS, "sibling.py": "X = 1"})
    analysis = loaded(tmp_path / "my_analysis.py")
    assert analysis.name == "my_analysis"
    assert analysis.run(None, analysis.specification(), None) == analysis.outputs(value=0.5)


def test_a_folder(tmp_path: Path) -> None:
    write_files(tmp_path / "lab", {"analysis.py": "from sibling import X\n" + ANALYSIS, "sibling.py": "X = 1"})
    assert loaded(tmp_path / "lab").name == "analysis"


PACKAGE = {
    "__init__.py": "",
    "analysis.py": "from .sub import X\nfrom my_lab.sub import X as Y\nimport sub\n" + ANALYSIS,
    "sub.py": "X = 1",
}


def test_a_package_with_analysis_py(tmp_path: Path) -> None:
    write_files(tmp_path / "my_lab", PACKAGE)
    assert loaded(tmp_path / "my_lab").name == "my_lab.analysis"


def test_a_package_that_defines_the_names_itself(tmp_path: Path) -> None:
    write_files(tmp_path / "my_lab", {"__init__.py": "from .sub import X\n" + ANALYSIS, "sub.py": "X = 1"})
    assert loaded(tmp_path / "my_lab").name == "my_lab"


@pytest.mark.parametrize(
    ("folder", "name"),
    [("json", "analysis_json"), ("v1.2", "analysis_v1_2"), ("my-lab", "analysis_my_lab"), ("os", "analysis_os")],
)
def test_a_package_called_as_a_module_or_as_none(tmp_path: Path, folder: str, name: str) -> None:
    files = {"__init__.py": "", "analysis.py": "from .sub import X\n" + ANALYSIS, "sub.py": "X=1"}
    write_files(tmp_path / folder, files)
    assert loaded(tmp_path / folder).name == f"{name}.analysis"


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("json.py", "analysis_json"),
        ("statistics.py", "analysis_statistics"),
        ("pydantic.py", "analysis_pydantic"),
        ("isi-violations v2.py", "analysis_isi_violations_v2"),
        ("2p.py", "analysis_2p"),
        ("übung.py", "übung"),
    ],
)
def test_a_file_called_as_a_module_or_as_none(tmp_path: Path, file: str, name: str) -> None:
    before = {module: sys.modules.get(module) for module in ("json", "statistics", "pydantic")}
    write_files(tmp_path, {file: ANALYSIS})
    assert loaded(tmp_path / file).name == name
    assert before == {module: sys.modules.get(module) for module in before}


@pytest.mark.parametrize("name", ["a_lab", "a_lab.units", "a_lab.deep.units"])
def test_an_installed_module(site: Path, name: str) -> None:
    write_files(
        site / "a_lab",
        {
            "__init__.py": ANALYSIS,
            "units.py": "from a_lab.common import X\n" + ANALYSIS,
            "deep/__init__.py": "",
            "deep/units.py": "from ..common import X\n" + ANALYSIS,
            "common.py": "X = 1",
            "statistics.py": "raise RuntimeError('not to be found as the module of Python')",
        },
    )
    assert loaded(name).name == name
    assert sys.path[0] == str(site)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "import no_such_thing",
            "ModuleNotFoundError: No module named 'no_such_thing' (my_analysis.py, line 1); install",
        ),
        ("\n1 / 0", "ZeroDivisionError: division by zero (my_analysis.py, line 2); fix it"),
        ("import sys\nsys.exit(3)", "SystemExit: 3 (my_analysis.py, line 2); fix it"),
        ("import os\nos._exit(3)", "SystemExit: os._exit(3) (my_analysis.py, line 2); fix it"),
        ("import os\nif not os.fork():\n    os._exit(3)\n1 / 0", "ZeroDivisionError: division by zero"),
        ("import broken_sibling", "KeyError: 'x' (broken_sibling.py, line 1); fix it"),
        ("from json import nothing", "ImportError: cannot import name 'nothing' from 'json'"),
        ("from . import x", "ImportError: attempted relative import with no known parent package"),
    ],
)
def test_import_errors(tmp_path: Path, text: str, said: str) -> None:
    write_files(tmp_path, {"broken_sibling.py": "{}['x']"})
    message = refusal(tmp_path, text)
    assert message.startswith(f"the analysis my_analysis.py cannot be imported: {said}")
    assert str(tmp_path) not in message  # of a copy


def test_what_is_not_installed_is_told_with_the_environment(tmp_path: Path) -> None:
    message = refusal(tmp_path, "import no_such_thing.inside")
    assert message.endswith(f"install no_such_thing into {sys.prefix}, or put it beside the analysis")


def test_what_is_no_python(tmp_path: Path) -> None:
    said = refusal(tmp_path, "def f(:\n")
    assert said.startswith("the analysis my_analysis.py cannot be imported: SyntaxError: invalid syntax")
    assert said.endswith("(my_analysis.py, line 1); fix it")


def test_what_is_imported_does_not_see_the_secrets_of_git_and_code_ocean(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("GITHUB_TOKEN", "GIT_ACCESS_TOKEN", "CODEOCEAN_API_TOKEN", "DANDI_API_KEY", "CODEOCEAN_EMAIL")
    for name in names:
        monkeypatch.setenv(name, "planted")
    write_files(
        tmp_path, {"units.py": f"import os\nSEEN = [name for name in {names} if name in os.environ]\n{ANALYSIS}"}
    )
    assert loaded(tmp_path / "units.py").module.SEEN == ["DANDI_API_KEY", "CODEOCEAN_EMAIL"]


def test_a_keyboard_interrupt_is_not_caught(tmp_path: Path) -> None:
    write_files(tmp_path, {"my_analysis.py": "raise KeyboardInterrupt"})
    with pytest.raises(KeyboardInterrupt):
        loaded(tmp_path / "my_analysis.py")


# Models with names of their own

OWN = """
from __future__ import annotations
from typing import TYPE_CHECKING, Annotated, Optional
from analysis_jobs import GenericModel, Job

if TYPE_CHECKING:
    from pathlib import Path

class UnitFilter(GenericModel):
    cutoff: float = 0.5

class UnitCounts(GenericModel):
    value: float

class Another(GenericModel):
    x: int = 0

def run_analysis(job: Job, specification: UnitFilter, results: Path) -> UnitCounts:
    return UnitCounts(value=specification.cutoff)
"""


@pytest.mark.parametrize(
    "change",
    [
        ("", ""),
        ("from __future__ import annotations", "from pathlib import Path"),
        ("-> UnitCounts", "-> Optional['UnitCounts']"),
        ("-> UnitCounts", "-> UnitCounts | None"),
        ("specification: UnitFilter", "parameters: Annotated[UnitFilter, 'a word']"),
        ("specification: UnitFilter", "specification: 'UnitFilter'"),
        ("class Another", "Settings = UnitFilter\nclass Another"),
        ("class Another", "AnalysisSpecification = UnitFilter\nclass Another"),
    ],
    ids=["as texts", "as classes", "optional", "or None", "annotated", "one as a text", "an alias", "one usual name"],
)
def test_models_are_found_by_the_annotations(tmp_path: Path, change: tuple[str, str]) -> None:
    text = OWN.replace(*change).replace("(job: Job, parameters:", "(job: Job, specification:")
    write_files(tmp_path, {"my_analysis.py": text})
    analysis = loaded(tmp_path / "my_analysis.py")
    assert (analysis.specification.__name__, analysis.outputs.__name__) == ("UnitFilter", "UnitCounts")
    assert analysis.run(None, analysis.specification(), None).value == 0.5


def test_the_usual_names_come_first(tmp_path: Path) -> None:
    write_files(tmp_path, {"my_analysis.py": OWN + "\nAnalysisSpecification = AnalysisOutputs = Another\n"})
    analysis = loaded(tmp_path / "my_analysis.py")
    assert analysis.specification is analysis.outputs
    assert analysis.specification.__name__ == "Another"


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ((": UnitFilter", ""), "AnalysisSpecification"),
        ((": UnitFilter", ": GenericModel"), "AnalysisSpecification"),
        ((": UnitFilter", ": UnitFilter | Another"), "AnalysisSpecification"),
        (("-> UnitCounts", "-> dict"), "AnalysisOutputs"),
        (("-> UnitCounts", "-> Nowhere"), "AnalysisOutputs"),
        (("-> UnitCounts", ""), "AnalysisOutputs"),
    ],
)
def test_annotations_that_name_no_model(tmp_path: Path, change: tuple[str, str], missing: str) -> None:
    said = refusal(tmp_path, OWN.replace(*change))
    assert said.startswith(f"the analysis my_analysis.py does not define {missing}: it must be a class derived from")
    assert "; and " not in said
