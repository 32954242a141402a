"""What the check finds in the source of an analysis: its names, what it imports, paths and files."""

from pathlib import Path

import pytest
from support.checks import LEGACY, NAMED, found
from support.samples import write_files

from analysis_jobs.authoring import check_source
from analysis_jobs.authoring.check import check_analysis

pytestmark = pytest.mark.usefixtures("importing")


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
    assert message.endswith("; it is an analysis of aind-analysis-wrapper; docs/migrating.md says how to move it here")


def test_another_wrong_signature_is_no_legacy_one(tmp_path: Path) -> None:
    (message,) = found(tmp_path, NAMED.replace("(job, specification, results)", "(job, specification)"))
    assert message.endswith("it must take three arguments, run_analysis(job, specification, results)")


def test_without_an_import_the_names_are_looked_for(tmp_path: Path) -> None:
    text = "import no_such\nfrom elsewhere import run_analysis\nAnalysisOutputs, X = no_such.x\n"
    said = found(tmp_path, text, **{"elsewhere.py": ""})
    assert len(said) == 2
    assert said[1].startswith("wrong: the analysis does not define AnalysisSpecification: it must be a class derived")


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
            "'table.csv' does not go to the jobs: of a single file, only the modules that it impo",
        ),
        ("x = 'sub/table.csv'", "'sub/table.csv' does not go to the jobs"),
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
