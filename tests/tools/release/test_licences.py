"""Licences of what is pinned: as the packages and jars that are installed here name them."""

import json
import subprocess
import sys
import zipfile
from email.message import Message
from importlib.metadata import metadata
from pathlib import Path

import pytest
from release.dist import INSTALLED, licences_said
from release.licences import NAME, declared, in_jars, installed, read_licences, write_licences
from release.repository import Repository
from release.sbom import components, write_sbom
from support.samples import PROJECT

NUMPY = "pkg:pypi/numpy@2.0"
HERE = [Path(path) for path in sys.path if Path(path).name == "site-packages"]
JARS = PROJECT / ".venv" / "share" / "nextflow" / "lib"
GSON = "pkg:maven/com.google.code.gson/gson@2.10.1"
STALE = f"{NAME} is not what is installed: `make licences` writes it again"


def about(**fields: str | list[str]) -> Message:
    message = Message()
    for name, values in fields.items():
        for value in [values] if isinstance(values, str) else values:
            message[name.replace("_", "-")] = value
    return message


@pytest.mark.parametrize(
    ("name", "licences"),
    [
        ("aiohttp", ["Apache-2.0 AND MIT"]),  # License-Expression
        ("requests", ["Apache-2.0"]),  # License
        ("arcp", ["Apache-2.0"]),  # License, in an author's words
        ("obstore", ["MIT"]),  # a classifier alone
        ("pathspec", ["MPL-2.0"]),
        ("itables", ["MIT"]),  # License is the text of it
        ("s3fs", ["BSD License"]),  # which of them is not said
        ("python-dateutil", ["BSD License", "Apache Software License"]),  # "Dual License"
        ("remfile", []),
    ],
)
def test_packages_that_are_installed(name: str, licences: list[str]) -> None:
    assert declared(metadata(name)) == licences


@pytest.mark.parametrize(
    ("fields", "licences"),
    [
        ({}, []),
        ({"License": "UNKNOWN"}, []),
        ({"License": ""}, []),
        ({"License": "Our own"}, ["Our own"]),
        ({"License": "Do what you want\nbut keep these lines"}, []),
        ({"License": "mit"}, ["MIT"]),
        ({"License": "MIT OR Apache-2.0"}, ["MIT OR Apache-2.0"]),
        ({"License_Expression": "ISC", "License": "MIT"}, ["ISC"]),
        ({"Classifier": "License :: OSI Approved"}, []),
        ({"Classifier": ["Topic :: Software", "License :: Public Domain"]}, ["Public Domain"]),
    ],
)
def test_metadata(fields: dict, licences: list[str]) -> None:
    assert declared(about(**fields)) == licences


def test_a_jar_that_is_installed() -> None:
    if not JARS.is_dir():
        pytest.skip("Nextflow was not installed from Maven Central")
    assert in_jars(JARS, [GSON, "pkg:maven/com.google.code.gson/gson@0.0"]) == {GSON: ["Apache-2.0"]}


@pytest.mark.parametrize(
    ("files", "licences"),
    [
        ({}, None),
        ({"META-INF/MANIFEST.MF": "Manifest-Version: 1.0\n"}, None),
        (
            # As a jar breaks lines
            {
                "META-INF/MANIFEST.MF": "Bundle-License: http://www.eclipse.org/legal/e\r\n pl-v10.html, "
                "https://example.com/own.html\r\n"
            },
            ["EPL-1.0", "https://example.com/own.html"],
        ),
        ({"META-INF/MANIFEST.MF": 'Bundle-License: "Apache 2.0";link="https://example.com"\n'}, ["Apache-2.0"]),
        (
            {
                "META-INF/MANIFEST.MF": "Bundle-License: MIT\n",
                "META-INF/maven/org.a/b/pom.xml": '<project xmlns="urn:pom"><licenses><license>'
                "<name>The Apache Software License,\n Version 2.0</name></license></licenses></project>",
            },
            ["Apache-2.0"],
        ),
        ({"META-INF/maven/org.other/b/pom.xml": "<project><licenses/></project>"}, None),  # of what is packed into it
    ],
)
def test_jars(tmp_path: Path, files: dict[str, str], licences: list[str] | None) -> None:
    with zipfile.ZipFile(tmp_path / "b-1.0.jar", "w") as jar:
        for name, text in files.items():
            jar.writestr(name, text)
    url = "pkg:maven/org.a/b@1.0"
    assert in_jars(tmp_path, [url]) == ({url: licences} if licences else {})


def test_what_is_installed_elsewhere_keeps_its_line(small: Repository) -> None:
    urls = [NUMPY, "pkg:pypi/new@1", "pkg:pypi/old@1"]
    (small.folder / "tools" / "release").mkdir(parents=True)
    assert write_licences(small.folder, urls, {NUMPY: ["MIT"], "pkg:pypi/old@1": ["ISC"]}) == ["pkg:pypi/new@1"]
    assert write_licences(small.folder, [NUMPY], {}) == []
    assert read_licences(small.folder) == {NUMPY: ["MIT"]}


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (["MIT"], [{"license": {"id": "MIT"}}]),
        (["MIT OR Apache-2.0"], [{"expression": "MIT OR Apache-2.0"}]),
        (["BSD License", "Apache-2.0"], [{"license": {"id": "Apache-2.0"}}, {"license": {"name": "BSD License"}}]),
        ([], None),
    ],
)
def test_a_bill_of_materials_has_them(small: Repository, tmp_path: Path, names: list[str], shown: list | None) -> None:
    (small.folder / "tools" / "release").mkdir(parents=True)
    write_licences(small.folder, [NUMPY], {NUMPY: names})
    out = tmp_path / "a.cdx.json"
    parts = write_sbom(small.folder, ["requirements.lock"], out, small.commit(), small.commit_seconds())
    (part,) = json.loads(out.read_text())["components"]
    assert part.get("licenses") == shown
    known, unknown = (1, "") if names else (0, "; of 1 it is not known")
    assert licences_said("a", parts) == f"a: the licences of {known} packages and jars{unknown}"


def test_our_own_are_what_is_installed() -> None:
    """And of each Python package that is pinned one is known."""
    ours, here = read_licences(PROJECT), installed(HERE)
    if JARS.is_dir():
        here |= in_jars(JARS, ours)
    pinned = {str(part.purl) for files in INSTALLED.values() for part in components(PROJECT, files)}
    assert ours == {**ours, **{url: names for url, names in here.items() if url in pinned}}, STALE
    assert ours.keys() <= pinned, STALE
    assert [url for url in sorted(pinned - ours.keys()) if url.startswith("pkg:pypi/")] == [], STALE


@pytest.mark.slow
def test_our_own_bill_is_the_same_in_each_process(tmp_path: Path) -> None:
    """Whatever the order of its sets; to write it is to hold it against the schema."""
    code = (
        "import sys; from pathlib import Path\n"
        "from release.dist import INSTALLED; from release.sbom import write_sbom\n"
        "write_sbom(Path(sys.argv[1]), INSTALLED[''], Path(sys.argv[2]), 'commit', 0)"
    )
    out, texts = tmp_path / "a.cdx.json", set()
    for seed in ("1", "2"):
        environment = {"PYTHONPATH": str(PROJECT / "tools"), "PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-c", code, str(PROJECT), str(out)], env=environment, check=True)
        texts.add(out.read_bytes())
    (text,) = texts
    licensed = {part["purl"]: part.get("licenses") for part in json.loads(text)["components"]}
    assert licensed[GSON] == [{"license": {"id": "Apache-2.0"}}]
    assert sum(map(bool, licensed.values())) > len(licensed) * 0.8
