"""The installation: tools/install-nextflow and the launcher, run for real among fake commands."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
INSTALL = PROJECT / "tools" / "install-nextflow"
# All of the system that the scripts may use; each test adds fakes of the rest
SYSTEM = ("bash", "cat", "chmod", "cp", "dirname", "env", "find", "grep", "ln", "mkdir", "mktemp", "mv", "printf")
SYSTEM += ("readlink", "rm", "sh", "xargs")
MACOS_JAVA = Path("/usr/libexec/java_home").exists()

FAKE_JAVA = """
[ "$1" = -version ] && { echo asked >>"$SEEN.asked"; echo 'openjdk version "21.0.2"' >&2; exit; }
printf '%s\\0' "$@" >"$SEEN.arguments"
env -0 >"$SEEN.environment"
[ -p "$SEEN.fifo" ] && echo $$ >"$SEEN.fifo"
exit ${FAKE_STATUS:-0}
"""
FAKE_MVN = """
for argument; do case $argument in -DoutputDirectory=*) folder=${argument#*=};; esac; done
mkdir -p "$folder"
echo jar >"$folder/nextflow-24.10.0.jar"
"""


class Machine:
    """A folder that stands for a machine: its PATH, its JDKs, and the .venv of a checkout."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.path = folder / "some path"
        self.venv = folder / "check out" / ".venv"
        self.nextflow = self.venv / "bin" / "nextflow"
        self.path.mkdir()
        for name in SYSTEM:
            (self.path / name).symlink_to(shutil.which(name))

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

    def install(self, **variables: str) -> subprocess.CompletedProcess[str]:
        return self.run(INSTALL, self.venv, **variables)

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
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.fixture
def installed(machine: Machine) -> Machine:
    """A machine with Java and Maven where install-nextflow was run."""
    (machine.path / "java").symlink_to(machine.jdk())
    machine.fake("mvn", FAKE_MVN)
    done = machine.install()
    assert (done.returncode, done.stderr) == (0, "")
    return machine


def one_sentence(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 1
    assert done.stdout == ""
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


def test_install_from_maven(installed: Machine):
    assert not installed.nextflow.is_symlink()
    assert os.access(installed.nextflow, os.X_OK)
    assert sorted(file.name for file in (installed.venv / "share").iterdir()) == ["nextflow"]
    assert (installed.venv / "share" / "nextflow").stat().st_mode & 0o777 == 0o755


def test_maven_does_not_write_through_an_old_link(installed: Machine):
    installed.nextflow.unlink()
    theirs = installed.fake("nextflow", "echo nextflow version 22.10.0.1")
    installed.nextflow.symlink_to(theirs)
    before = theirs.read_text()
    assert installed.install().returncode == 0
    assert theirs.read_text() == before
    assert not installed.nextflow.is_symlink()


def test_maven_fails(installed: Machine):
    installed.fake("mvn", "echo '[INFO] Scanning'; echo '[ERROR] unknown host'; exit 1")
    before = installed.nextflow.read_text()
    said = one_sentence(installed.install())
    assert "Nextflow 24.10.0" in said
    assert "[ERROR] unknown host" in said
    assert installed.nextflow.read_text() == before
    assert sorted(file.name for file in (installed.venv / "share").iterdir()) == ["nextflow"]


def test_official_installer_without_maven(machine: Machine):
    machine.jdk()
    machine.fake("curl", """echo 'echo "nextflow $NXF_VER" >nextflow'""")
    assert machine.install(JAVA_HOME=str(machine.folder / "jdk")).returncode == 0
    assert machine.nextflow.read_text() == "nextflow 24.10.0\n"
    machine.fake("curl", "exit 6")
    assert "apt-get install maven" in one_sentence(machine.install(JAVA_HOME=str(machine.folder / "jdk")))


def test_neither_maven_nor_curl(machine: Machine):
    machine.jdk()
    assert "apt-get install maven" in one_sentence(machine.install(JAVA_HOME=str(machine.folder / "jdk")))


# Java, for install-nextflow and the launcher


@pytest.mark.skipif(MACOS_JAVA, reason="macOS finds its own Java")
def test_no_java(installed: Machine):
    (installed.path / "java").unlink()
    for command in ([INSTALL, installed.venv], [installed.nextflow, "-v"]):
        said = one_sentence(installed.run(*command))
        assert "Java 17 or newer, and there is none: " in said
        assert "apt-get install openjdk-17-jre-headless" in said


@pytest.mark.parametrize("version", ["11.0.22", "1.8.0_402", "16"])
def test_java_too_old(installed: Machine, version: str):
    java = installed.jdk("old", version)
    for command in ([INSTALL, installed.venv], [installed.nextflow, "-v"]):
        said = one_sentence(installed.run(*command, JAVA_HOME=str(installed.folder / "old")))
        assert f"{java} is version {version.split('.')[0]}: " in said


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
    assert str(installed.venv / "share" / "nextflow" / "lib" / "*") in installed.seen()[0]


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


def test_a_locale_that_lacks_the_letters_of_a_path(installed: Machine):
    installed.fake("locale", "echo ISO-8859-15")
    done = installed.run(installed.nextflow, "run", "main.nf", "--jobs", "é", LANG="de_DE@euro")
    assert "The locale (de_DE@euro) lacks letters that a path here has: launch with LC_ALL=C.UTF-8" in done.stderr
    assert done.returncode == 1
    assert installed.run(installed.nextflow, "run", "main.nf", "--jobs", "e", LANG="de_DE@euro").returncode == 0


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


def test_ci_installs_what_is_missing(machine: Machine):
    run = machine.venv.parent / ".ci" / "run"
    run.parent.mkdir(parents=True)
    shutil.copy(PROJECT / ".ci" / "run", run)
    data = machine.folder / "shared" / "data"
    data.mkdir(parents=True)
    machine.fake("id", "echo 0")
    machine.fake("python3", "exit 1")
    make = machine.fake("make", 'echo "$1 with $REAL_DATA"')
    machine.fake("apt-get", f'[ $1 = install ] && echo "$@"; mv "{make}.absent" "{make}" 2>/dev/null; true')
    make.rename(f"{make}.absent")

    done = machine.run(run)
    asked, *made = done.stdout.splitlines()
    assert done.returncode == 0
    # A disk of other names is for machines that can mount one
    assert asked.removesuffix(" ntfs-3g").endswith(" make python3 python3-venv openjdk-17-jre-headless maven chromium")
    assert made == [f"{target} with {data}" for target in ("lint", "docs", "test", "chaos", "nf-test")]

    machine.fake("python3", "exit 0")
    machine.fake("java", "exit 0")
    machine.fake("nextflow", "exit 0")
    machine.fake("google-chrome", "exit 0")  # as good as Chromium
    machine.fake("lowntfs-3g", "exit 0")
    assert machine.run(run).stdout.splitlines() == made


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
    "what lies beside the checkout": r"\.\.[/]shared\b",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_names(what: str):
    pattern = re.compile(FORBIDDEN[what].encode())
    allowed = PROJECT / ".ci" / "run" if what == "what lies beside the checkout" else None
    found = [
        f"{file.relative_to(PROJECT)}: {match.group().decode()}"
        for file in project_files()
        if file != allowed
        for match in pattern.finditer(file.read_bytes())
    ]
    assert found == []
