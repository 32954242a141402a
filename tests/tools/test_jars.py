"""Files of Maven Central by lists: fetched, held against their digests, tried again; and how a list comes about."""

import hashlib
import importlib.util
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType

import pytest

PROJECT = Path(__file__).parents[2]
FETCH = PROJECT / "tools" / "jars" / "fetch.py"
LISTS = [*(PROJECT / "tools" / "jars").glob("*.txt"), PROJECT / "tests" / "fakes" / "mongo_server" / "jars.txt"]
JAR = "org/a/b/1/b-1.jar"
OURS = PROJECT / ".venv" / "share" / "nextflow" / "joined"


def write_list(path: Path, files: Mapping[str, bytes]) -> Path:
    """Write a list of files with these contents."""
    lines = (f"{hashlib.sha256(content).hexdigest()} {name}" for name, content in files.items())
    path.write_text("\n".join(["# Written by a test", *lines, ""]))
    return path


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"jars_{name}", FETCH.with_name(f"{name}.py"))
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Central(ThreadingHTTPServer):
    """Answers each request with the next of `answers` for its path: a body, a status, or a body that breaks off."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.answers: dict[str, list[bytes | int | str]] = {}
        self.asked: list[str] = []

    def handle_error(self, *_) -> None:
        pass


class Answer(BaseHTTPRequestHandler):
    server: Central

    def do_GET(self) -> None:
        path = self.path.removeprefix("/maven/")
        self.server.asked.append(path)
        answers = self.server.answers[path]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, int):
            return self.send_error(answer)
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer) * (2 if isinstance(answer, str) else 1)))
        self.end_headers()
        self.wfile.write(answer.encode() if isinstance(answer, str) else answer)

    def log_message(self, *_) -> None:
        pass


@pytest.fixture
def central() -> Iterator[Central]:
    with Central() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def fetch(central: Central, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module, which fetches from `central`, and pauses only a moment."""
    monkeypatch.setenv("MAVEN_MIRROR", f"http://127.0.0.1:{central.server_port}/maven")
    module = script("fetch")
    monkeypatch.setattr(module, "PAUSES", (0, 0, 0))
    return module


def fetched(fetch: ModuleType, folder: Path, files: Mapping[str, bytes]) -> dict[str, bytes]:
    listing = write_list(folder / "list.txt", files)
    fetch.fetch_all(fetch.read_list(listing.read_text()), folder / "lib")
    return {file.name: file.read_bytes() for file in (folder / "lib").iterdir()}


def test_all_of_a_list_is_fetched(fetch: ModuleType, central: Central, tmp_path: Path):
    files = {f"org/a/n{number}/1/n{number}-1.jar": b"x" * number for number in range(30)}
    central.answers = {name: [content] for name, content in files.items()}
    assert fetched(fetch, tmp_path, files) == {name.rpartition("/")[2]: content for name, content in files.items()}
    assert sorted(central.asked) == sorted(files)
    fetched(fetch, tmp_path, files)
    assert len(central.asked) == len(files), "what is there is not fetched again"


def test_what_is_damaged_is_fetched_again(fetch: ModuleType, central: Central, tmp_path: Path):
    central.answers = {JAR: [b"good"]}
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "b-1.jar").write_bytes(b"goo")
    assert fetched(fetch, tmp_path, {JAR: b"good"}) == {"b-1.jar": b"good"}


@pytest.mark.parametrize("trouble", [500, 503, 429, "breaks off", b"bad", b""])
def test_trouble_that_passes(fetch: ModuleType, central: Central, tmp_path: Path, trouble: bytes | int | str):
    central.answers = {JAR: [trouble, trouble, b"good"]}
    assert fetched(fetch, tmp_path, {JAR: b"good"}) == {"b-1.jar": b"good"}


@pytest.mark.parametrize(
    ("trouble", "asked", "said"),
    [
        (503, 4, r"b-1.jar could not be fetched from 127.0.0.1 \(HTTP Error 503: .*\): see that .*MAVEN_MIRROR="),
        (404, 1, "HTTP Error 404"),
        (407, 1, "HTTP Error 407"),
        ("breaks off", 4, "IncompleteRead"),
        (
            b"bad",
            4,
            "b-1.jar, as 127.0.0.1 sends it, is not the expected file: its SHA-256 is [0-9a-f]{64}, and ",
        ),
    ],
)
def test_trouble_that_stays_leaves_nothing(
    fetch: ModuleType, central: Central, tmp_path: Path, trouble: bytes | int | str, asked: int, said: str
):
    central.answers = {JAR: [trouble]}
    with pytest.raises(fetch.FetchError, match=said):
        fetched(fetch, tmp_path, {JAR: b"good"})
    assert central.asked == [JAR] * asked
    assert list((tmp_path / "lib").iterdir()) == []


def test_one_sentence_and_no_password(tmp_path: Path):
    listing = write_list(tmp_path / "list.txt", {JAR: b"good"})
    program = "import runpy, time; time.sleep = lambda _: None; runpy.run_path(sys.argv[0], run_name='__main__')"
    command = [
        sys.executable,
        "-c",
        f"import sys; sys.argv[:] = sys.argv[1:]; {program}",
        FETCH,
        listing,
        tmp_path / "lib",
    ]
    mirror = {"MAVEN_MIRROR": "https://me:PASSWORD@127.0.0.1:9/maven"}
    done = subprocess.run(command, env=mirror, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith("b-1.jar could not be fetched from 127.0.0.1 (")
    assert "PASSWORD" not in done.stderr


SERVICE, EXTENSION = "META-INF/services/a.Service", "META-INF/services/org.codehaus.groovy.runtime.ExtensionModule"


@pytest.fixture
def joined(tmp_path: Path) -> Path:
    """Of jars: two that go together, one for each reason not to, and what is none."""
    jars: dict[str, dict[str, str]] = {
        "a": {"a.class": "a", "both": "same", SERVICE: "a.Impl", EXTENSION: "of a", "META-INF/LICENSE.txt": "of a"},
        "b": {
            "b.class": "b",
            "both": "same",
            SERVICE: "b.Impl",
            "META-INF/LICENSE.txt": "of b",
            "module-info.class": "b",
        },
        "extension": {EXTENSION: "another"},
        "other": {"both": "another", SERVICE: "not joined"},
        "signed": {"s.class": "s", "META-INF/SIGNER.SF": ""},
    }
    folder = tmp_path / "lib"
    folder.mkdir()
    for name, files in jars.items():
        with zipfile.ZipFile(folder / f"{name}.jar", "w") as jar:
            about = {"META-INF/MANIFEST.MF": f"Name: {name}", "META-INF/INDEX.LIST": name}
            for path, content in {**about, **files}.items():
                jar.writestr(path, content)
    (folder / "torn.jar").write_bytes(b"PK")
    with zipfile.ZipFile(folder / "large.jar", "w") as jar:
        jar.writestr("l.class", bytes(1_000_000))
    script("join").join(folder, tmp_path / "joined")
    return tmp_path / "joined"


def test_jars_are_joined(joined: Path):
    with zipfile.ZipFile(joined / "joined.jar") as jar:
        content = {name: jar.read(name).decode() for name in jar.namelist()}
        assert jar.testzip() is None
    assert len(content) == len(set(content))
    assert content.pop("META-INF/MANIFEST.MF").startswith("Manifest-Version: 1.0\r\nMulti-Release: true\r\n")
    assert content == {
        "a.class": "a", "b.class": "b", "both": "same", SERVICE: "a.Impl\nb.Impl", EXTENSION: "of a",
        "META-INF/a/LICENSE.txt": "of a", "META-INF/b/LICENSE.txt": "of b",
    }  # fmt: skip


def test_what_cannot_be_joined_is_linked(joined: Path):
    links = sorted(path.name for path in joined.iterdir() if path.is_symlink())
    assert links == ["extension.jar", "large.jar", "other.jar", "signed.jar", "torn.jar"]
    joined.parent.rename(joined.parent.with_name("moved"))
    assert (joined.parent.with_name("moved") / "joined" / "signed.jar").exists()


@pytest.mark.skipif(not OURS.exists(), reason="Nextflow is the one that was on PATH")
def test_java_starts_with_few_jars():
    assert len(list(OURS.iterdir())) < 15


@pytest.mark.parametrize("listing", LISTS, ids=lambda path: path.name)
def test_a_list_has_digests_paths_and_what_was_asked_for(listing: Path):
    text = listing.read_text()
    files = script("fetch").read_list(text)
    assert all(len(file.digest) == 64 and file.path.endswith(".jar") for file in files)
    assert len({file.name for file in files}) == len(files)
    for kind, asked in script("lock")._ASKED.findall(text):
        if kind == "wants":
            group, name, version = asked.split(":")
            assert f"{group.replace('.', '/')}/{name}/{version}/{name}-{version}.jar" in text


def test_what_maven_is_asked_for():
    head = "# wants a.b:c:1\n# about it\n# wants d:e:2\n# without x:y\n# aligns g:bom:3\n"
    pom = script("lock").pom(head)
    without = "<exclusions><exclusion><groupId>x</groupId><artifactId>y</artifactId></exclusion></exclusions>"
    assert pom.count(without) == 2
    assert "<groupId>a.b</groupId><artifactId>c</artifactId><version>1</version><exclusions>" in pom
    assert "<version>3</version><type>pom</type><scope>import</scope>" in pom
