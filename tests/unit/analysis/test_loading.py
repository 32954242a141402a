"""Loading an analysis: where it may lie, what it must define, and what is said where it cannot be loaded."""

import sys
from pathlib import Path

import pytest
from support.samples import ANALYSIS, write_files

from analysis_jobs.analysis.loading import Analysis, load
from analysis_jobs.analysis.source import locate
from analysis_jobs.errors import InvalidInput

pytestmark = pytest.mark.usefixtures("importing")


def loaded(path: Path | str) -> Analysis:
    return load(locate(str(path)))


def refusal(folder: Path, text: str, name: str = "my_analysis.py") -> str:
    write_files(folder, {name: text})
    with pytest.raises(InvalidInput) as caught:
        loaded(folder / name)
    return str(caught.value)


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


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the import path, where packages are installed."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.setattr(sys, "path", [*sys.path, str(folder)])
    return folder


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


def test_digest_of_an_installed_module(site: Path) -> None:
    write_files(site / "a_lab", {"__init__.py": "", "units.py": "from . import common\nimport loose", "common.py": ""})
    write_files(site, {"loose.py": "", "flat.py": "import loose"})
    # What other distributions installed beside it is no more part of it than numpy is.
    assert {path.name for path in locate("a_lab.units").files} == {"units.py", "common.py", "__init__.py"}
    assert {path.name for path in locate("a_lab").files} == {"units.py", "common.py", "__init__.py"}
    assert {path.name for path in locate("flat").files} == {"flat.py"}


@pytest.mark.parametrize(
    ("analysis", "said"),
    [
        ("nowhere.py", "there is no analysis at 'nowhere.py'; give a Python file, a folder or a module's name"),
        ("no/where", "there is no analysis at 'no/where'; give a Python file"),
        ("no_such_module", "there is no file, folder or installed module called 'no_such_module'; check the name"),
        (
            "no_such.module",
            "the module no_such.module cannot be found: ModuleNotFoundError: No module named 'no_such'; install",
        ),
        ("sys", "there is no file, folder or installed module called 'sys'"),
        ("xml.", "there is no analysis at 'xml.'"),
    ],
)
def test_where_there_is_no_analysis(analysis: str, said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        locate(analysis)
    assert str(caught.value).startswith(said)


@pytest.mark.parametrize(("text", "said"), [("1 / 0", "ZeroDivisionError"), ("raise SystemExit", "SystemExit")])
def test_a_package_that_cannot_be_imported(site: Path, text: str, said: str) -> None:
    write_files(site / "a_lab", {"__init__.py": text, "units.py": ANALYSIS})
    with pytest.raises(InvalidInput, match=rf"^the module a_lab.units cannot be found: {said}: "):
        locate("a_lab.units")


def test_a_namespace_is_no_analysis(site: Path) -> None:
    (site / "a_namespace").mkdir()
    with pytest.raises(InvalidInput, match="no file, folder or installed module called 'a_namespace'"):
        locate("a_namespace")


def test_a_folder_without_analysis(tmp_path: Path) -> None:
    (tmp_path / "lab").mkdir()
    with pytest.raises(InvalidInput, match=r"^the folder lab has no analysis.py; put the analysis into a file"):
        locate(str(tmp_path / "lab"))


def test_a_file_that_is_no_python(tmp_path: Path) -> None:
    write_files(tmp_path, {"notebook.ipynb": "{}"})
    with pytest.raises(InvalidInput, match=r"notebook.ipynb is not a Python file; its name must end in .py"):
        locate(str(tmp_path / "notebook.ipynb"))


SPECIFICATION = "a class derived from GenericModel, with the parameters as fields"
OUTPUTS = "a class derived from GenericModel, with the results as fields"
FUNCTION = "a function run_analysis(job, specification, results)"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            ("class AnalysisSpecification", "class Spec"),
            f"does not define AnalysisSpecification: it must be {SPECIFICATION}",
        ),
        (("class AnalysisOutputs", "class Outputs"), f"does not define AnalysisOutputs: it must be {OUTPUTS}"),
        (
            ("class AnalysisOutputs", "class AnalysisOutput"),
            f"does not define AnalysisOutputs: it must be {OUTPUTS}; did you mean 'AnalysisOutput'?",
        ),
        (
            ("class AnalysisSpecification", "class AnalysisSpecs"),
            f"does not define AnalysisSpecification: it must be {SPECIFICATION}; did you mean 'AnalysisSpecs'?",
        ),
        (("def run_analysis", "def run"), f"does not define run_analysis: it must be {FUNCTION}"),
        (
            ("def run_analysis", "def run_analyses"),
            f"does not define run_analysis: it must be {FUNCTION}; did you mean 'run_analyses'?",
        ),
        (
            ("Specification(GenericModel):", "Specification:"),
            f"defines AnalysisSpecification as <class 'my_analysis.AnalysisSpecification'>: it must be {SPECIFICATION}",
        ),
        (
            ("(job, specification, results)", "(job, specification)"),
            f"defines run_analysis(job, specification): it must take three arguments, {FUNCTION.split(' ', 2)[2]}",
        ),
        (
            ("(job, specification, results)", "(job, *, specification, results)"),
            "defines run_analysis(job, *, specification, results): it must take three arguments, "
            "run_analysis(job, specification, results)",
        ),
        (("def run_analysis", "async def run_analysis"), "defines run_analysis as async: it must be a plain function"),
    ],
)
def test_contract(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    message = refusal(tmp_path, ANALYSIS.replace(*change, 1))
    assert message.startswith("the analysis my_analysis.py ")
    assert message.endswith(said)


@pytest.mark.parametrize(
    ("definition", "said"),
    [
        ("AnalysisOutputs = None", f"does not define AnalysisOutputs: it must be {OUTPUTS}"),
        ("AnalysisOutputs = {'value': 1}", f"defines AnalysisOutputs as {{'value': 1}}: it must be {OUTPUTS}"),
        ("AnalysisOutputs = dict", f"defines AnalysisOutputs as <class 'dict'>: it must be {OUTPUTS}"),
        ("AnalysisOutputs = AnalysisOutputs(value=1)", f"as AnalysisOutputs(value=1.0): it must be {OUTPUTS}"),
        ("run_analysis = 3", "defines run_analysis as 3: it must be a function"),
        ("run_analysis = AnalysisOutputs", "as <class 'my_analysis.AnalysisOutputs'>: it must be a function"),
    ],
)
def test_names_of_the_wrong_kind(tmp_path: Path, definition: str, said: str) -> None:
    assert refusal(tmp_path, f"{ANALYSIS}\n{definition}\n").endswith(said)


def test_all_that_is_missing_is_said_at_once(tmp_path: Path) -> None:
    assert refusal(tmp_path, "") == (
        f"the analysis my_analysis.py does not define AnalysisSpecification: it must be {SPECIFICATION}; "
        f"and does not define AnalysisOutputs: it must be {OUTPUTS}; "
        f"and does not define run_analysis: it must be {FUNCTION}"
    )


@pytest.mark.parametrize(
    "change",
    [
        ("(job, specification, results)", "(job, specification, results, extra=1)"),
        ("(job, specification, results)", "(a, b, c)"),
        ("(job, specification, results)", "(*arguments)"),
        ("import GenericModel,", "import GenericModel as _, "),
    ],
    ids=["one more with a default", "other names", "any number", "AIND's model"],
)
def test_what_keeps_the_contract(tmp_path: Path, change: tuple[str, str]) -> None:
    text = "from aind_data_schema.base import GenericModel\n" + ANALYSIS.replace(*change)
    write_files(tmp_path, {"my_analysis.py": text})
    assert loaded(tmp_path / "my_analysis.py").specification().cutoff == 0.5


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "import no_such_thing",
            "ModuleNotFoundError: No module named 'no_such_thing' (my_analysis.py, line 1); install",
        ),
        ("\n1 / 0", "ZeroDivisionError: division by zero (my_analysis.py, line 2); mend it"),
        ("import sys\nsys.exit(3)", "SystemExit: 3 (my_analysis.py, line 2); mend it"),
        ("import broken_sibling", "KeyError: 'x' (broken_sibling.py, line 1); mend it"),
        ("from json import nothing", "ImportError: cannot import name 'nothing' from 'json'"),
        ("from . import x", "ImportError: attempted relative import with no known parent package"),
    ],
)
def test_import_errors(tmp_path: Path, text: str, said: str) -> None:
    write_files(tmp_path, {"broken_sibling.py": "{}['x']"})
    message = refusal(tmp_path, text)
    assert message.startswith(f"the analysis my_analysis.py cannot be imported: {said}")


def test_what_is_not_installed_is_told_with_the_environment(tmp_path: Path) -> None:
    message = refusal(tmp_path, "import no_such_thing.inside")
    assert message.endswith(f"install no_such_thing into {sys.prefix}, or put it beside the analysis")


def test_what_is_no_python(tmp_path: Path) -> None:
    said = refusal(tmp_path, "def f(:\n")
    assert said.startswith("the analysis my_analysis.py cannot be imported: SyntaxError: invalid syntax")
    assert said.endswith("(my_analysis.py, line 1); mend it")


def test_a_keyboard_interrupt_is_not_caught(tmp_path: Path) -> None:
    write_files(tmp_path, {"my_analysis.py": "raise KeyboardInterrupt"})
    with pytest.raises(KeyboardInterrupt):
        loaded(tmp_path / "my_analysis.py")
