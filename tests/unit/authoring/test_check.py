"""`analysis-jobs check`: everything that is wrong with an analysis, at once."""

import importlib
import json
import sys
from pathlib import Path

import pytest
from support.checks import NAMED, found, report
from support.samples import ANALYSIS, run_command, write_files

from analysis_jobs.authoring.check import check_analysis
from analysis_jobs.errors import InvalidInput

pytestmark = pytest.mark.usefixtures("importing")

# Before the tests, each of which forgets what it imported: numpy refuses to be imported again
LASTING = [importlib.import_module(name) for name in ("numpy", "aind_data_schema.base")]


def test_what_is_fine(tmp_path: Path) -> None:
    from analysis_jobs.analysis.source import locate

    text = "import sibling\n" + NAMED
    seen = report(tmp_path, text, '{"cutoff": 1}', **{"sibling.py": "X = 1", "other.py": "import nothing_of_it"})
    assert (seen.findings, seen.wrong) == ([], [])
    assert seen.files == ["my_analysis.py", "sibling.py"]
    source = locate(str(tmp_path / "my_analysis.py"))
    assert (f"sha256:{seen.digest}", f"syntax:{seen.syntax}") == (source.identity(), source.identity(by="syntax"))
    assert seen.import_seconds is not None
    assert seen.outputs == [{"name": "value", "type": "float", "description": ""}]
    assert seen.parameters == [
        {"name": "analysis_name", "type": "str", "description": "", "default": "x"},
        {"name": "cutoff", "type": "float", "description": "", "default": 0.5},
    ]


def test_a_table_of_parameters_of_all_kinds(tmp_path: Path) -> None:
    fields = """
    analysis_name: str = "x"
    many: list[dict[str, int]] = Field(default_factory=list, description="Many
        of them")
    maybe: float | None = None
    needed: Literal["a", "b"]
    aliased: int = Field(default=1, alias="given_as")
""".replace("Many\n        of them", "Many of them")
    text = "from typing import Literal\nfrom pydantic import Field\n" + ANALYSIS.replace(
        "    cutoff: float = 0.5", fields
    )
    assert [tuple(one.values()) for one in report(tmp_path, text).parameters] == [
        ("analysis_name", "str", "", "x"),
        ("many", "list[dict[str, int]]", "Many of them", []),
        ("maybe", "float | None", "", None),
        ("needed", "Literal['a', 'b']", ""),
        ("given_as", "int", "", 1),
    ]


def test_no_analysis_at_all(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="there is no analysis at"):
        check_analysis(str(tmp_path / "nothing.py"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "1 / 0",
            "the analysis my_analysis.py cannot be imported: ZeroDivisionError: division by zero (my_analysis.py",
        ),
        ("import broken", "the analysis my_analysis.py cannot be imported: KeyError: 'x' (broken.py, line 1); fix it"),
        ("from json import nothing", "the analysis my_analysis.py cannot be imported: ImportError: cannot import name"),
    ],
)
def test_an_import_that_fails(tmp_path: Path, text: str, said: str) -> None:
    (message,) = found(tmp_path, NAMED + text, **{"broken.py": "{}['x']"})
    assert message.startswith(f"wrong: {said}")
    assert report(tmp_path, NAMED + text).import_seconds is None


def test_what_an_import_leaves_open(tmp_path: Path) -> None:
    text = (
        NAMED + "import logging, re, sqlite3\nlogger = logging.getLogger()\nCONNECTION = sqlite3.connect(':memory:')\n"
    )
    text += "CONNECTION.close()\n"  # of this process, which does not end here
    assert found(tmp_path, text + "METHODS = {'f': lambda x: x}\nPATTERN = re.compile('x')\n") == [
        "warning: CONNECTION (Connection) is opened at import, and the processes of jobs cannot share it; "
        "open it in run_analysis"
    ]


def test_threads_that_an_import_starts(tmp_path: Path) -> None:
    text = "import threading\nSTOP = threading.Event()\n"
    text += "threading.Thread(target=STOP.wait, name='ticker', daemon=True).start()\n" + NAMED
    assert found(tmp_path, text) == [
        "warning: its import starts threads (ticker), which jobs do not have; start them in run_analysis"
    ]
    sys.modules["my_analysis"].STOP.set()


def test_an_installed_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"__init__.py": "", "units.py": "from a_lab.sub import X\n" + NAMED, "sub.py": "X = 1\nimport no_such"}
    write_files(tmp_path / "a_lab", files)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    seen = check_analysis("a_lab.units")
    assert seen.files == ["a_lab/__init__.py", "a_lab/sub.py", "a_lab/units.py"]
    (finding,) = seen.findings
    assert finding.message.startswith("a_lab/sub.py, line 2: the module no_such is not installed")


@pytest.mark.parametrize("made", ["numpy.random.default_rng(0)", "random.Random()", "[numpy.random.RandomState()]"])
def test_generators_made_at_the_import(tmp_path: Path, made: str) -> None:
    (message,) = found(tmp_path, f"import random, numpy\n{NAMED}\nRNG = {made}\n")
    assert message.startswith("warning: my_analysis.RNG")
    assert message.endswith(
        "is made at import, and gives all jobs of a task the same random numbers; make it in run_analysis, from a "
        "seed that is a parameter"
    )


# What tries to end the check otherwise than with findings
ODD = {
    "BaseException at import": ("class Stop(BaseException): pass\nraise Stop('x')", "Stop: x"),
    "an error without a message": ("class E(Exception):\n    def __str__(self): 1 / 0\nraise E", "cannot be read"),
    "skipped by pytest": ("import pytest\npytest.skip('no', allow_module_level=True)", "Skipped"),
    "exit in a default": (NAMED + "from pydantic import Field\nimport sys\nclass AnalysisSpecification(GenericModel):\n"
                          "    analysis_name: str = Field(default_factory=lambda: sys.exit(3))\n", "SystemExit: 3"),
    "no fields": (f"""{NAMED}
class Meta(type(AnalysisSpecification)):
    @property
    def model_fields(cls): raise KeyError('x')

class AnalysisSpecification(AnalysisSpecification, metaclass=Meta): pass
""", "KeyError"),
    "nested deeply": ("(" * 5000 + ")" * 5000, "is not valid Python"),
    "a long sum": (NAMED + "X = lambda: " + "+".join(["1"] * 20_000), ""),
}  # fmt: skip


@pytest.mark.parametrize("case", ODD)
def test_nothing_ends_it_in_a_traceback(tmp_path: Path, case: str) -> None:
    text, said = ODD[case]
    write_files(tmp_path, {"units.py": text})
    ended = run_command("check", "units.py", cwd=tmp_path)
    assert "Traceback" not in ended.stderr + ended.stdout
    assert said in ended.stdout + ended.stderr
    assert ended.returncode in (0, 2)


def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    (tmp_path / "units.py").symlink_to("/proc/self/mem")  # which nobody can read from its start
    ended = run_command("check", "units.py", cwd=tmp_path)
    assert (ended.returncode, "Traceback" in ended.stderr) == (2, False)
    assert run_command("check", "x" * 5_000, cwd=tmp_path).returncode == 2


# The command


def test_what_the_command_says(tmp_path: Path) -> None:
    write_files(tmp_path, {"units.py": "print('said')\n" + NAMED})
    ended = run_command("check", "units.py", cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    lines = ended.stdout.splitlines()
    assert lines[:5] == [
        "said",
        "units.py is fine",
        "parameters",
        "name\ttype\tdefault\tdescription",
        'analysis_name\tstr\t"x"\t',
    ]
    assert lines[5] == "cutoff\tfloat\t0.5\t"
    assert lines[6:9] == ["outputs", "name\ttype\tdefault\tdescription", "value\tfloat\trequired\t"]
    assert lines[9].startswith("code: sha256:")
    assert lines[10] == "  units.py"
    assert lines[11].startswith("editing them makes jobs run again, even if only a comment or docstring changes")
    assert lines[12].startswith("with --code_identity syntax, the code is syntax:")
    assert lines[13] == "then editing comments or docstrings makes no job run again"
    assert lines[14].startswith("imported in ")


def test_the_command_lists_all_and_ends_with_2(tmp_path: Path) -> None:
    write_files(tmp_path, {"units.py": "import no_such\nimport no_other\n" + NAMED})
    ended = run_command("check", "units.py", cwd=tmp_path)
    assert ended.returncode == 2
    lines = ended.stdout.splitlines()
    assert [line.partition(":")[0] for line in lines[:2]] == ["wrong", "wrong"]
    assert lines[2:4] == [
        "its models and parameters were not checked, because it cannot be imported",
        "units.py: 2 things are wrong",
    ]


def test_the_command_as_json(tmp_path: Path) -> None:
    write_files(tmp_path, {"units.py": "print('said')\n" + ANALYSIS + "AnalysisOutputs = 1"})
    ended = run_command("check", "units.py", "--json", cwd=tmp_path)
    seen = json.loads(ended.stdout)
    assert (ended.returncode, ended.stderr) == (2, "said\n")
    assert [finding["level"] for finding in seen["findings"]] == ["wrong", "warning"]
    assert seen["files"] == ["units.py"]


OWN_NAMES = """
from analysis_jobs import GenericModel
class Cutoffs(GenericModel):
    analysis_name: str = "x"
    cutoff: float = 0.5
class Counts(GenericModel):
    value: float
def run_analysis(job, specification: Cutoffs, results) -> Counts:
    return Counts(value=1)
"""


def test_models_of_other_names_are_known_by_the_annotations(tmp_path: Path) -> None:
    seen = report(tmp_path, OWN_NAMES)
    assert seen.findings == []
    assert [one["name"] for one in (*seen.parameters, *seen.outputs)] == ["analysis_name", "cutoff", "value"]


def test_models_of_other_names_where_the_import_fails(tmp_path: Path) -> None:
    assert len(found(tmp_path, "import no_such_thing\n" + OWN_NAMES)) == 1
    messages = found(tmp_path, "import no_such_thing\n" + OWN_NAMES.replace("-> Counts", "-> dict"))
    assert [message for message in messages if "does not define AnalysisOutputs" in message]
