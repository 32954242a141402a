"""What goes into a launch, packed by the content of it: the same files as Python finds, and a name for each content."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.bad_job_files import BAD, IN_THE_PARAMETERS
from support.lab import PROJECT, Lab
from support.samples import ANALYSIS, job_text, write_files

from analysis_jobs.analysis.code_files import folder_files, imported_files
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.job import read_job
from analysis_jobs.jobs.job_files import find_job_files
from analysis_jobs.jobs.packed import packed_files
from analysis_jobs.stages.dedupe.code import unpacked

pytestmark = pytest.mark.nextflow

KEY = "0123456789abcdef" * 4
TASK = "0123456789abcdef0123456789abcd"

SCRIPT = """
include {{ codeFiles }} from '{functions}/code_files'
include {{ packedCode; packedJobs; packedParameters }} from '{functions}/inputs'

workflow {{
    def asked = new groovy.json.JsonSlurper().parse(file('asked.json'))
    def told = [
        jobs: asked.jobs.collect {{ folder -> packedJobs(file(folder)).toString() }},
        code: asked.code.collect {{ analysis -> packedCode(analysis).toString() }},
        parameters: packedParameters('p.json').toString(),
    ]
    println groovy.json.JsonOutput.toJson(told)
}}
"""


def names_that_are_no_words(folder: Path) -> None:
    for name in (
        "a b.json",
        "ü é.json",
        "%41.json",
        "$HOME `x` \"y\" 'z'.json",
        "semi;colon/+plus.json",
        "日本/x.json",
    ):
        write_files(folder, {name: job_text(name)})
    (folder / os.fsdecode(b"\xff\xfe.json")).write_text(job_text("no UTF-8"))


def folders_of_our_own(folder: Path) -> None:
    write_files(
        folder,
        {
            "a.json": job_text("a"),
            "OUT/jobs.tsv": "",
            "OUT/decision.json": "{}",
            f"work/0f/{TASK}/.command.run": "",
            f"work/0f/{TASK}/x.json": "{}",
            f"bucket/{KEY}/manifest.json": "{}",
            f"bucket/{KEY}/analysis.log": "",
            "10/x.json": job_text("x"),
            "results/metadata.nd.json": "{}",
            "task/outcome.json": "{}",
            "task/analysis.log": "",
            f"keys/{KEY}/x.json": job_text("y"),
        },
    )


def links(folder: Path) -> None:
    write_files(folder, {"elsewhere/deep/x.json": job_text("x"), "jobs/a.json": job_text("a"), "jobs/sub/b.json": "{}"})
    jobs = folder / "jobs"
    (jobs / "linked").symlink_to(folder / "elsewhere")
    (jobs / "link.json").symlink_to(folder / "elsewhere" / "deep" / "x.json")
    (jobs / "sub" / "up").symlink_to(jobs)
    (jobs / "sub" / "up.json").symlink_to(jobs)


def folders_named_like_files(folder: Path) -> None:
    write_files(folder, {"full.json/a.json": "{}", "empty.json/.hidden/notes.txt": "", ".hidden.json/b.json": "{}"})
    (folder / "bare.json").mkdir()
    (folder / "bare").mkdir()


def beside_jobs(folder: Path) -> None:
    names = ("distributed_parameters.json", "notes.txt", ".DS_Store", "._a.json", "a.json.tmp", "b/notes", "a.json")
    write_files(folder, dict.fromkeys(names, "{}"))


def wrong_files(folder: Path) -> None:
    folder.mkdir()
    for kind, (write, _, _) in BAD.items():
        if kind not in IN_THE_PARAMETERS:
            write(folder / f"{kind}.json")


JOBS: dict[str, Callable[[Path], None]] = {
    "names": names_that_are_no_words,
    "own": folders_of_our_own,
    "links": links,
    "folders": folders_named_like_files,
    "beside": beside_jobs,
    "wrong": wrong_files,
    "empty": lambda folder: folder.mkdir(),
}

TASK_OF_OURS = f"work/0f/{TASK}/code/source/old.py"
MODULES = {
    **dict.fromkeys(("a.py", "b.py", "c/__init__.py", "c/d.py", "c/e.py", "f/g.py", "h.py", "i.py", "unused.py"), ""),
    "test_x.py": "",
    "data.csv": "1",
    ".env": "SECRET=1",
    ".git/config": "",
    ".venv/lib/a.py": "",
    "venv/b.py": "",
    "__pycache__/a.py": "",
    TASK_OF_OURS: "",
    "OUT/jobs.tsv": "",
    "OUT/x.py": "",
    "work/.packs/code.zip": "",
}
IMPORTS = {
    "none": "x = 1\n",
    "plain": "import a\nimport b as z, h\n",
    "dotted": "import c.d\n",
    "from": "from c import d, e as z\n",
    "in parentheses": "from c import (  # both\n    d,\n    e,  # the last\n)\n",
    "continued": "from c \\\n    import d\nimport a, \\\n  b\n",
    "in one line": "x = 1; import a; from c import d\nif x: import b\n",
    "within": "def f():\n    import a\n    try:\n        from f import g\n    except ImportError: import h\n",
    "relative": "from . import a\nfrom .c import d\nfrom.h import x\n",
    "a star": "from c import *\n",
    "Windows": "import a\r\nfrom c import (\r\n  d,\r\n  e)\r\n",
    "libraries": "import os, numpy as np\nfrom pathlib import Path\nfrom nowhere.at import all\n",
    "a module without a package": "import f.g\n",
    "after a byte order mark": "\ufeffimport a\n",
    "after a hash in a text": 's = "#"; import a\nif s == "#": import b\n',
    "blanks around dots": "import c . d\nfrom c . e import x\n",
    "a parenthesis in a comment": "from c import (  # both (d)\n    d,\n    e,\n)\n",
    "in a comment": "# import unused\nx = 1  # import unused\n",
    "Unicode": "import größe\n",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packs")
    for name, make in JOBS.items():
        make(folder / "jobs" / name)
    for name, text in IMPORTS.items():
        write_files(folder / "code" / name, {**MODULES, "größe.py": "import i\n", "my analysis.py": text})
        (folder / "code" / name / "linked").symlink_to(folder / "jobs")
    write_files(folder, {"p.json": '{"value": 1}'})
    return folder


@pytest.fixture(scope="module")
def told(folder: Path, environment: dict[str, str]) -> dict[str, Any]:
    asked = {
        "jobs": [str(folder / "jobs" / name / ("jobs" if name == "links" else "")) for name in JOBS],
        "code": [
            *(str(folder / "code" / name / "my analysis.py") for name in IMPORTS),
            *(str(folder / "code" / name) for name in IMPORTS),
        ],
    }
    write_files(folder, {"asked.json": json.dumps(asked), "main.nf": SCRIPT.format(functions=PROJECT / "functions")})
    ended = subprocess.run(
        ["nextflow", "-q", "run", "main.nf"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout
    found: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("name", JOBS)
def test_the_pack_has_the_files_of_the_folder(folder: Path, told: dict[str, Any], name: str) -> None:
    pack = find_job_files(Path(told["jobs"][list(JOBS).index(name)]))
    found = find_job_files(folder / "jobs" / name / ("jobs" if name == "links" else ""))
    for kind in ("files", "distributed"):
        assert [file.name for file in getattr(pack, kind)] == [file.name for file in getattr(found, kind)]
    assert sorted(pack.ignored) == sorted(found.ignored)
    assert sorted(pack.left_out) == sorted(found.left_out)
    for packed, file in zip(pack.files, found.files, strict=True):
        assert read_or_refusal(packed) == read_or_refusal(file)


def read_or_refusal(file: Any) -> object:
    try:
        return read_job(file.path, file.name)
    except InvalidInput as error:
        return str(error)


@pytest.mark.parametrize("name", IMPORTS)
def test_of_a_file_its_imports_are_packed(folder: Path, told: dict[str, Any], name: str, tmp_path: Path) -> None:
    analysis = folder / "code" / name / "my analysis.py"
    pack = Path(told["code"][list(IMPORTS).index(name)])
    expected = {path.relative_to(folder / "code").as_posix() for path in imported_files(analysis, analysis.parent)}
    assert {file.name for file in packed_files(pack)} == expected
    assert unpacked(pack, tmp_path / "here") == tmp_path / "here" / name / "my analysis.py"
    assert (tmp_path / "here" / name / "my analysis.py").read_bytes() == analysis.read_bytes()


@pytest.mark.parametrize("name", IMPORTS)
def test_of_a_folder_all_but_what_is_hidden_is_packed(folder: Path, told: dict[str, Any], name: str) -> None:
    pack = Path(told["code"][len(IMPORTS) + list(IMPORTS).index(name)])
    expected = {path.relative_to(folder / "code").as_posix() for path in folder_files(folder / "code" / name)}
    assert {file.name for file in packed_files(pack)} == expected
    names = {file.name.removeprefix(f"{name}/") for file in packed_files(pack)}
    assert not names & {".env", "venv/b.py", TASK_OF_OURS, "OUT/x.py", "work/.packs/code.zip"}


class Refused:
    """Launches that are refused before anything runs."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        lab.job("a")

    def __call__(self, *arguments: str, **options: str) -> str:
        ended = self.lab.run(*arguments, **options)
        assert ended.returncode == 1
        assert not ended.tasks
        return ended.said


@pytest.fixture(scope="module")
def refused(new_lab: Callable[[str], Lab]) -> Refused:
    return Refused(new_lab("refused"))


def test_data_beside_an_analysis_is_refused_with_what_is_large(refused: Refused) -> None:
    folder = refused.lab.folder
    write_files(folder, {"big/analysis.py": ANALYSIS, "big/data/x.bin": "", "big/more/y.bin": ""})
    for name, size in (("data/x.bin", 150_000_000), ("more/y.bin", 20_000_000)):
        with (folder / "big" / name).open("wb") as file:
            file.truncate(size)
    said = refused(analysis="big")
    assert "--analysis big has 3 files (162.1 MB), which would go to every job: data 143.1 MB, more 19.1 MB, " in said


def test_what_is_no_analysis_is_refused_by_its_name(refused: Refused) -> None:
    write_files(refused.lab.folder, {"empty/.hidden": "", "recording.nwb": "x"})
    assert "--analysis empty is a folder without a file: give the folder that has" in refused(analysis="empty")
    assert "--analysis recording.nwb is not a Python file" in refused(analysis="recording.nwb")
    os.mkfifo(refused.lab.folder / "pipe.py")
    assert "--analysis pipe.py is a pipe or a device, not a file" in refused(analysis="pipe.py")


def test_a_work_folder_that_cannot_be_written_to_is_named(refused: Refused) -> None:
    refused.lab.use("plain.py")
    write_files(refused.lab.folder, {"taken/.packs": "a file where a folder is to be"})
    said = refused("-work-dir", "taken")
    assert f"The work folder {refused.lab.folder}/taken cannot be written to: there is a file of that name" in said


def test_what_a_launch_leaves_in_the_folder_of_the_analysis_is_none_of_it(new_lab: Callable[[str], Lab]) -> None:
    """Or each launch would have another code, and compute everything again."""
    lab = new_lab("at-home")
    lab.use("plain.py")
    lab.job("a")
    first, again = (lab.run(analysis=".", jobs=".") for _ in range(2))
    assert (first.returncode, again.returncode) == (0, 0), again.said
    assert again.tasks == {"DEDUPE": 1, "SUMMARIZE": 1}
    packs = (lab.folder / "work" / ".packs").glob("code-*.zip")
    tops = {file.name.split("/")[1] for pack in packs for file in packed_files(pack)}
    assert tops <= {path.name for path in lab.folder.iterdir()} - {"OUT", "work"}


def test_a_job_file_alone_is_a_jobs_folder(new_lab: Callable[[str], Lab]) -> None:
    lab = new_lab("one-file")
    lab.use("plain.py")
    lab.job("a")
    lab.job("b")
    (lab.folder / "link").symlink_to("jobs/a.json")
    for jobs, name in (("jobs/a.json", "a.json"), ("link", "link")):
        ended = lab.run(jobs=jobs, plan=True)
        assert ended.returncode == 0, ended.said
        decisions = (lab.out / "decisions.jsonl").read_text().splitlines()
        assert [json.loads(line)["file"] for line in decisions] == [name]
