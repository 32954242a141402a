"""`analysis-jobs check`: everything that is wrong with an analysis, at once."""

import importlib
import json
import sys
from pathlib import Path

import pytest
from support.samples import ANALYSIS, run_command, write_files

from analysis_jobs.authoring import check_source
from analysis_jobs.authoring.check import AnalysisCheck, check_analysis
from analysis_jobs.errors import InvalidInput

pytestmark = pytest.mark.usefixtures("importing")

# Before the tests, each of which forgets what it imported: numpy refuses to be imported again
LASTING = [importlib.import_module(name) for name in ("numpy", "aind_data_schema.base")]

NAMED = ANALYSIS.replace("    cutoff", '    analysis_name: str = "x"\n    cutoff')
LEGACY = "def run_analysis(analysis_dispatch_inputs, **parameters):\n    pass\n"


def report(folder: Path, text: str, parameters: str = "", **files: str) -> AnalysisCheck:
    write_files(folder, {"my_analysis.py": text, **files})
    if parameters:
        write_files(folder, {"p.json": parameters})
    return check_analysis(str(folder / "my_analysis.py"), folder / "p.json" if parameters else None)


def found(folder: Path, text: str, parameters: str = "", **files: str) -> list[str]:
    return [f"{one.level}: {one.message}" for one in report(folder, text, parameters, **files).findings]


def test_what_is_fine(tmp_path: Path) -> None:
    from analysis_jobs.analysis.source import locate

    text = "import sibling\n" + NAMED
    seen = report(tmp_path, text, '{"cutoff": 1}', **{"sibling.py": "X = 1", "other.py": "import nothing_of_it"})
    assert (seen.findings, seen.wrong) == ([], [])
    assert seen.files == ["my_analysis.py", "sibling.py"]
    assert seen.digest == locate(str(tmp_path / "my_analysis.py")).digest()
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


# The contract


def test_all_names_that_are_missing(tmp_path: Path) -> None:
    messages = found(tmp_path, "def run_analyses(): pass")
    assert [message.partition(":")[0] for message in messages] == ["wrong"] * 3
    assert (
        "does not define run_analysis: it must be a function run_analysis(job, specification, results)" in messages[2]
    )
    assert messages[2].endswith("did you mean 'run_analyses'?")


@pytest.mark.parametrize(
    "signature",
    ["analysis_dispatch_inputs, **parameters", "inputs, **parameters", "analysis_dispatch_inputs, parameters"],
)
@pytest.mark.parametrize("missing", ["", "import no_such_thing\n"], ids=["imported", "not imported"])
def test_a_legacy_function_is_recognised(tmp_path: Path, signature: str, missing: str) -> None:
    text = missing + NAMED + LEGACY.replace("analysis_dispatch_inputs, **parameters", signature)
    said = f"wrong: the analysis defines run_analysis({signature}): it must take three arguments, run_analysis(job, spe"
    (message,) = (one for one in found(tmp_path, text) if "defines" in one)
    assert message.startswith(said)
    assert message.endswith("; it is one of aind-analysis-wrapper, and docs/migrating.md says how it moves over")


def test_another_wrong_signature_is_no_legacy_one(tmp_path: Path) -> None:
    (message,) = found(tmp_path, NAMED.replace("(job, specification, results)", "(job, specification)"))
    assert message.endswith("it must take three arguments, run_analysis(job, specification, results)")


# What cannot be imported


def test_every_missing_module_is_named_once_with_its_place(tmp_path: Path) -> None:
    text = "import no_such\nfrom no_other.inside import x\nimport sibling, os.path\ntry:\n    import optional\n"
    text += (
        "except ImportError:\n    pass\nfrom typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import types_only\n"
    )
    sibling = "import no_such\ndef f():\n    import late_and_missing\n"
    remedy = f"is not installed in {sys.prefix}; install it, or put it beside"
    assert found(tmp_path, text + NAMED, **{"sibling.py": sibling}) == [
        f"wrong: my_analysis.py, line 1: the module no_such {remedy}",
        f"wrong: my_analysis.py, line 2: the module no_other {remedy}",
        f"wrong: sibling.py, line 3: the module late_and_missing {remedy}",
    ]


def test_without_an_import_the_names_are_looked_for(tmp_path: Path) -> None:
    text = "import no_such\nfrom elsewhere import run_analysis\nAnalysisOutputs, X = no_such.x\n"
    said = found(tmp_path, text, **{"elsewhere.py": ""})
    assert len(said) == 2
    assert said[1].startswith("wrong: the analysis does not define AnalysisSpecification: it must be a class derived")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "1 / 0",
            "the analysis my_analysis.py cannot be imported: ZeroDivisionError: division by zero (my_analysis.py",
        ),
        ("import broken", "the analysis my_analysis.py cannot be imported: KeyError: 'x' (broken.py, line 1); mend it"),
        ("from json import nothing", "the analysis my_analysis.py cannot be imported: ImportError: cannot import name"),
    ],
)
def test_an_import_that_fails(tmp_path: Path, text: str, said: str) -> None:
    (message,) = found(tmp_path, NAMED + text, **{"broken.py": "{}['x']"})
    assert message.startswith(f"wrong: {said}")
    assert report(tmp_path, NAMED + text).import_seconds is None


def test_what_is_no_python(tmp_path: Path) -> None:
    (message,) = found(tmp_path, "def f(:")
    assert message.startswith("wrong: my_analysis.py, line 1 is not valid Python: invalid syntax")


def test_of_a_folder_every_file_that_is_no_python(tmp_path: Path) -> None:
    write_files(tmp_path, {"analysis.py": NAMED, "a.py": "(", "b.py": ")"})
    messages = [one.message for one in check_analysis(str(tmp_path)).findings]
    assert [message.partition(" is not")[0] for message in messages] == ["a.py, line 1", "b.py, line 1"]


def test_what_the_copy_lacks_is_found(tmp_path: Path) -> None:
    """Jobs load a copy of what belongs to the analysis; here it reads a file beside itself."""
    text = "from pathlib import Path\nPath(__file__).with_name('table' + '.csv').read_text()\n" + NAMED
    (message,) = found(tmp_path, text, **{"table.csv": "1"})
    assert message.startswith("wrong: the analysis my_analysis.py cannot be imported: FileNotFoundError")


# The models


def field(text: str, model: str = "AnalysisSpecification") -> str:
    old = "    cutoff: float = 0.5" if model == "AnalysisSpecification" else "    value: float"
    imports = "from pathlib import Path\nfrom pydantic import BaseModel, ConfigDict, Field, PlainSerializer\n"
    return (
        imports + "import numpy as np\nfrom typing import Annotated, Any\n" + NAMED.replace(old, f"{old}\n    {text}")
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "n: int = 'x'",
            "the default of n is 'x': Input should be a valid integer, unable to parse string as an intege",
        ),
        ("n: int = Field(default=-1, ge=0)", "the default of n is -1: Input should be greater than or equal to 0"),
        (
            "n: float = float('inf')",
            "the default of n is no JSON: n is inf; use texts, numbers, lists, objects or None",
        ),
        (
            "n: Any = object()",
            "the default of n cannot be written as JSON: Unable to serialize unknown type: <class 'ob",
        ),
        ("n: int = Field(default_factory=lambda: 1 / 0)", "the default of n cannot be made: ZeroDivisionError: div"),
    ],
)
def test_defaults_that_are_wrong(tmp_path: Path, text: str, said: str) -> None:
    (message,) = found(tmp_path, field(text))
    assert message.startswith(f"wrong: {said}")


def test_a_default_that_is_made_of_another(tmp_path: Path) -> None:
    text = field("n: float = Field(default_factory=lambda given: given['cutoff'])")
    assert found(tmp_path, text) == []
    assert report(tmp_path, text).parameters[-1]["default"] == "made by a function"


WHOLE = """
    @pydantic.model_validator(mode="before")
    def _check(cls, values):
        assert "both" in values, "give both"
        return values
"""


def test_defaults_that_do_not_go_together(tmp_path: Path) -> None:
    text = "import pydantic\n" + NAMED.replace("    cutoff: float = 0.5", f"    cutoff: float = 0.5\n{WHOLE}")
    (message,) = found(tmp_path, text)
    assert message.startswith("wrong: AnalysisSpecification refuses its own defaults, {}: Assertion failed, give both")


def test_what_is_required_may_mend_the_whole(tmp_path: Path) -> None:
    text = "import pydantic\n" + NAMED.replace("    cutoff: float = 0.5", f"    cutoff: float\n{WHOLE}")
    assert found(tmp_path, text) == []


def test_every_default_that_is_wrong(tmp_path: Path) -> None:
    assert len(found(tmp_path, field("n: int = 'x'\n    m: int = 'y'\n    k: float = float('nan')"))) == 3


@pytest.mark.parametrize(
    "text", ["n: Path = Path('x')", "n: int", "n: dict[str, int] = {}", "n: set[int] = {1}", "n: float | None = None"]
)
def test_fields_that_are_right(tmp_path: Path, text: str) -> None:
    assert found(tmp_path, field(text)) == []
    assert found(tmp_path, field(text, "AnalysisOutputs")) == []


ARRAYS = "model_config = ConfigDict(arbitrary_types_allowed=True)\n    "


def test_every_output_that_json_cannot_hold(tmp_path: Path) -> None:
    messages = found(tmp_path, field(f"{ARRAYS}a: np.ndarray\n    b: list[np.ndarray]\n    c: int", "AnalysisOutputs"))
    remedy = "which JSON cannot hold; declare numbers, texts, lists or objects, and write arrays to files"
    assert messages == [
        f"wrong: the output a is declared as ndarray, {remedy}",
        f"wrong: the output b is declared as list[numpy.ndarray], {remedy}",
    ]


def test_an_output_that_writes_itself_is_right(tmp_path: Path) -> None:
    kind = "Annotated[np.ndarray, PlainSerializer(lambda a: a.tolist(), return_type=list)]"
    assert found(tmp_path, field(f"{ARRAYS}a: {kind}", "AnalysisOutputs")) == []


def test_a_model_without_analysis_name(tmp_path: Path) -> None:
    (message,) = found(tmp_path, ANALYSIS)
    assert message.startswith("warning: AnalysisSpecification has no analysis_name, by which results are found; add")


@pytest.mark.parametrize(
    ("base", "fate"),
    [("BaseModel", "drops"), ("aind_data_schema.base.GenericModel", "keeps")],
    ids=["pydantic", "aind"],
)
def test_models_that_take_any_name(tmp_path: Path, base: str, fate: str) -> None:
    text = "import aind_data_schema.base\nfrom pydantic import BaseModel\n" + NAMED.replace(
        "(GenericModel)", f"({base})"
    )
    remedy = "in silence; derive it from analysis_jobs.GenericModel, or set extra='forbid'"
    assert found(tmp_path, text) == [
        "warning: AnalysisSpecification takes a misspelt parameter in silence, which only the pipeline refuses; "
        "derive it from analysis_jobs.GenericModel, or set extra='forbid'",
        f"warning: AnalysisOutputs {fate} a misspelt output {remedy}",
    ]
    assert report(tmp_path, text).wrong == []


# The parameters file


def test_everything_in_a_parameters_file(tmp_path: Path) -> None:
    text = field("n: int = 1\n    must: int")
    sets = [{"cutoff": "a", "q": 1}, {"n": "b"}, {"n": 2}]
    given = json.dumps({"fixed_parameters": {"cutof": 1, "other": 2, "n": "z"}, "distributed_parameters": sets})
    number = "Input should be a valid number, unable to parse string as a number; mend it"
    integer = "Input should be a valid integer, unable to parse string as an integer; mend it"
    assert found(tmp_path, text, given) == [
        "wrong: p.json: 'cutof' (given as 1) is not a parameter of the analysis; did you mean 'cutoff'?",
        "wrong: p.json: 'other' (given as 2) is not a parameter of the analysis; known are: "
        "analysis_name, cutoff, must, n",
        f"wrong: p.json: n is 'z': {integer}",
        "wrong: p.json, set 0: 'q' (given as 1) is not a parameter of the analysis; known are: "
        "analysis_name, cutoff, must, n",
        f"wrong: p.json, set 0: cutoff is 'a': {number}",
        f"wrong: p.json, set 1: n is 'b': {integer}",
        "warning: p.json: must has no default and no value; give it here, with --set, or in the jobs",
    ]


VALIDATED = NAMED.replace(
    "    cutoff: float = 0.5",
    "    cutoff: float = 0.5\n    top: float = 0.1\n"
    + """
    @pydantic.model_validator(mode="after")
    def _check(self):
        assert self.cutoff < self.top, "cutoff must be below top"
        return self
""",
)


def test_what_concerns_a_set_as_a_whole(tmp_path: Path) -> None:
    given = '{"fixed_parameters": {"top": 0.3}, "distributed_parameters": [{"cutoff": 0.2}, {"cutoff": 0.4}]}'
    messages = [one for one in found(tmp_path, "import pydantic\n" + VALIDATED, given) if "p.json" in one]
    (message,) = messages
    assert message.startswith("wrong: p.json, set 1: the whole is {")
    assert "cutoff must be below top" in message


def test_a_misspelt_name_deep_inside(tmp_path: Path) -> None:
    text = "from pydantic import BaseModel\nclass Filter(BaseModel):\n    order: int = 1\n" + NAMED
    text = text.replace("    cutoff", "    filter: Filter = Filter()\n    cutoff")
    (message,) = found(tmp_path, text, '{"filter": {"ordr": 2}}')
    assert "p.json: 'ordr' (given as 2) is not a parameter of the analysis; did you mean 'order'?" in message


@pytest.mark.parametrize(
    ("given", "said"), [("[1]", "p.json: distributed parameters are [1]"), ("{", "p.json is not JSON")]
)
def test_no_parameters_file(tmp_path: Path, given: str, said: str) -> None:
    (message,) = found(tmp_path, NAMED, given)
    assert message.startswith(f"wrong: {said}")


# What the source tells


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("open('/results/x.json', 'w')", "'/results/x.json' is not where results are kept; write into the folder that"),
        ("f'/results/{1}.json'", "'/results/' is not where results are kept"),
        ("x = '/data/session'", "'/data/session' may not be there where jobs run; make it an input of the job, or a p"),
        ("x = '/mnt/table.csv'", "'/mnt/table.csv' may not be there where jobs run"),
        ("x = 'C:\\\\\\\\data\\\\\\\\x'", "'C:\\\\\\\\data\\\\\\\\x' may not be there where jobs run"),
        (
            "open('table.csv')",
            "'table.csv' does not come along to the jobs, as of a file only the modules that it impo",
        ),
        ("x = 'sub/table.csv'", "'sub/table.csv' does not come along to the jobs"),
    ],
)
def test_paths_in_the_source(tmp_path: Path, code: str, said: str) -> None:
    text = f"{NAMED}\ndef late():\n    {code}\n"
    (message,) = found(tmp_path, text, **{"table.csv": "", "sub/table.csv": ""})
    assert message.startswith(f"warning: my_analysis.py, line {len(text.splitlines())}: {said}")


def test_paths_that_trouble_nobody(tmp_path: Path) -> None:
    code = (
        "x = ['/', '/dataset/x', 'table.csv.gz', 'my_analysis.py', '', '..', 'data', 'a\\0b', '/units/spike_times']\n"
    )
    assert found(tmp_path, NAMED + code, **{"data/x": ""}) == []


def test_of_a_folder_files_come_along_but_are_not_where_jobs_run(tmp_path: Path) -> None:
    code = (
        "\ndef late():\n    from pathlib import Path\n    open(Path(__file__).with_name('a.csv'))\n    open('b.csv')\n"
    )
    write_files(tmp_path, {"analysis.py": NAMED + code, "a.csv": "", "b.csv": ""})
    (finding,) = check_analysis(str(tmp_path)).findings
    assert finding.message.endswith(
        "'b.csv' is looked for in the results folder, where jobs run; write Path(__file__).with_name('b.csv')"
    )


def test_of_a_folder_large_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_source, "LARGE_FILE", 2_000)
    write_files(tmp_path, {"analysis.py": NAMED, "data.bin": "x" * 2_500, "small.bin": "x"})
    (finding,) = check_analysis(str(tmp_path)).findings
    assert (finding.level, finding.message) == (
        "warning",
        "data.bin has 2.5 kB and goes to every job; keep data elsewhere, as an input",
    )


def test_a_folder_that_is_too_large_is_checked_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from analysis_jobs.analysis import code_files

    monkeypatch.setattr(code_files, "LARGEST_FOLDER", 2_000)
    write_files(tmp_path, {"analysis.py": NAMED + "run_analysis = 3\n", "data.bin": "x" * 2_500})
    messages = [one.message for one in check_analysis(str(tmp_path)).findings]
    assert [message.partition(";")[0] for message in messages] == [
        f"{tmp_path.name} holds 2.8 kB beside the analysis, and all of it would go to every job",
        "the analysis defines run_analysis as 3: it must be a function",
    ]


def test_what_an_import_leaves_open(tmp_path: Path) -> None:
    text = (
        NAMED + "import logging, re, sqlite3\nlogger = logging.getLogger()\nCONNECTION = sqlite3.connect(':memory:')\n"
    )
    assert found(tmp_path, text + "METHODS = {'f': lambda x: x}\nPATTERN = re.compile('x')\n") == [
        "warning: CONNECTION (Connection) is opened at the import, and the processes of jobs cannot share it; "
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
    assert lines[11].startswith("imported in ")


def test_the_command_lists_all_and_ends_with_2(tmp_path: Path) -> None:
    write_files(tmp_path, {"units.py": "import no_such\nimport no_other\n" + NAMED})
    ended = run_command("check", "units.py", cwd=tmp_path)
    assert ended.returncode == 2
    lines = ended.stdout.splitlines()
    assert [line.partition(":")[0] for line in lines[:2]] == ["wrong", "wrong"]
    assert lines[2:4] == [
        "its models and parameters were not looked at, as it cannot be imported",
        "units.py: 2 things are wrong",
    ]


def test_the_command_as_json(tmp_path: Path) -> None:
    write_files(tmp_path, {"units.py": "print('said')\n" + ANALYSIS + "AnalysisOutputs = 1"})
    ended = run_command("check", "units.py", "--json", cwd=tmp_path)
    seen = json.loads(ended.stdout)
    assert (ended.returncode, ended.stderr) == (2, "said\n")
    assert [finding["level"] for finding in seen["findings"]] == ["wrong", "warning"]
    assert seen["files"] == ["units.py"]
