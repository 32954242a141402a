"""Files of requirements: what they include, and what cannot go along."""

from pathlib import Path

import pytest
from support.samples import write_files

from analysis_jobs.environments.requirements import Requirements
from analysis_jobs.errors import InvalidInput


def read_in(folder: Path) -> Requirements:
    read = Requirements("requirements.txt", folder)
    read.read("requirements.txt")
    return read


def test_what_is_included_is_looked_up_beside_the_file_that_does(tmp_path: Path) -> None:
    files = {
        "requirements.txt": '-r base/base.txt\n-r \\\n    cont.txt  # why\n-r "with blank.txt"\n-rshort.txt\n'
        "--constraint=c.txt\n# -r none.txt\n--requirement requirements.txt\n",
        "base/base.txt": "-r common.txt\n-c ../c.txt\nnumpy==2 \\\n  --hash=sha256:1 \\\n  --hash=sha256:2\n",
        "base/common.txt": "pandas\n",
        "cont.txt": "# no end \\\nscipy\n",
        "with blank.txt": "",
        "short.txt": "",
        "c.txt": "numpy<3",
    }
    read = read_in(write_files(tmp_path, files))
    assert set(read.texts) == set(files)
    assert read.texts["requirements.txt"].split("\n")[1] == "-r cont.txt  # why"
    assert read.texts["base/base.txt"].split("\n")[2].split() == ["numpy==2", "--hash=sha256:1", "--hash=sha256:2"]
    assert read.texts["cont.txt"] == files["cont.txt"]


def test_folders_of_wheels_come_along(tmp_path: Path) -> None:
    files = {
        "requirements.txt": "-f wheels\n--find-links 'with blank'\n-f https://host/wheels\n-f /opt/w\n-r base/b.txt",
        "base/b.txt": "-f ./more\n",
    }
    for name in ("wheels", "with blank", "base/more"):
        (tmp_path / name).mkdir(parents=True)
    read = read_in(write_files(tmp_path, files))
    assert read.wheels == {name: tmp_path / name for name in ("wheels", "with blank", "base/more")}


@pytest.mark.parametrize(
    "line",
    [
        "numpy",
        "numpy>=2; sys_platform == 'linux'",
        "x @ https://host/x-1-py3-none-any.whl",
        "x@git+https://host/x@main#subdirectory=a/b",
        "git+https://host/x",
        "numpy --hash=sha256:1/2",
        "--index-url https://host/simple",
        "x[a,b]==1  # of ./lib",
    ],
)
def test_what_all_machines_can_get_is_taken(tmp_path: Path, line: str) -> None:
    read = read_in(write_files(tmp_path, {"requirements.txt": line}))
    assert read.texts == {"requirements.txt": line}


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("-r ../x.txt", "requirements.txt includes '../x.txt', which is not in its folder"),
        ("-r https://host/r.txt", "requirements.txt includes 'https://host/r.txt', which is not in its folder"),
        ("-r none.txt", "requirements.txt includes 'none.txt', which is not in its folder"),
        ("-f ../wheels", "requirements.txt has '-f ../wheels', and there is no such folder beside it"),
        ("-e ./lib", "requirements.txt has '-e ./lib', which is on this machine alone"),
        ("--editable=lib", "requirements.txt has '--editable=lib', which is on this machine alone"),
        ("lib @ ./lib", "requirements.txt has 'lib @ ./lib', which is on this machine alone"),
        ("lib@../lib", "requirements.txt has 'lib@../lib', which is on this machine alone"),
        ("wheels/x-1-py3-none-any.whl", "wheels/x-1-py3-none-any.whl', which is on this machine alone"),
        ("x-1.tar.gz", "requirements.txt has 'x-1.tar.gz', which is on this machine alone"),
        (".", "requirements.txt has '.', which is on this machine alone"),
    ],
)
def test_what_is_here_alone_is_refused(tmp_path: Path, line: str, problem: str) -> None:
    with pytest.raises(InvalidInput) as error:
        read_in(write_files(tmp_path, {"requirements.txt": line}))
    assert problem in str(error.value)
