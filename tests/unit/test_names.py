"""Names that stand in several places are the same in all: parameters, reserved files, versions."""

import ast
import json
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.samples import PROJECT

import analysis_jobs

PAGE = PROJECT / "docs" / "parameters.md"
README = PROJECT / "README.md"


def of_config() -> dict[str, Any]:
    """Return the parameters in nextflow.config with their defaults."""
    (block,) = re.findall(r"^params \{\n(.*?)^\}", (PROJECT / "nextflow.config").read_text(), re.DOTALL | re.MULTILINE)
    lines = [line.partition("//")[0].partition("=") for line in block.splitlines()]
    values = {name.strip(): value.strip() for name, equals, value in lines if equals}
    return {name: {} if value == "[:]" else json.loads(value.replace("'", '"')) for name, value in values.items()}


def of_schema() -> dict[str, dict[str, Any]]:
    """Return the parameters in nextflow_schema.json with what it says of them."""
    groups = json.loads((PROJECT / "nextflow_schema.json").read_text())["$defs"]
    return {name: about for group in groups.values() for name, about in group["properties"].items()}


def tabled(document: Path) -> dict[str, list[str]]:
    """Return the parameters in a document's tables, with the other columns."""
    rows = re.findall(r"^\| *`--(\w+)[^`]*` *\|(.*)\|$", document.read_text(), re.MULTILINE)
    assert rows, f"{document} has no table of parameters: rows like | `--jobs` | | Folder of job files |"
    return {name: [column.strip() for column in columns.split("|")] for name, columns in rows}


def test_config_and_schema_have_the_same_parameters() -> None:
    assert of_config().keys() == of_schema().keys()


def test_config_and_schema_have_the_same_defaults() -> None:
    # nf-core's lint reads a default of an object as a text, and refuses that
    none = {"object": {}}
    assert of_config() == {name: about.get("default", none.get(about["type"])) for name, about in of_schema().items()}


def test_the_page_has_the_same_parameters_by_the_same_themes() -> None:
    groups = json.loads((PROJECT / "nextflow_schema.json").read_text())["$defs"].values()
    wanted = [line for group in groups for line in (f"## {group['title']}", *group["properties"])]
    found = re.findall(r"^(## .*)$|^\| *`--(\w+)", PAGE.read_text(), re.MULTILINE)
    assert [title or name for title, name in found][: len(wanted)] == wanted


@pytest.mark.parametrize("document", [PAGE, README], ids=["parameters.md", "README.md"])
def test_documents_have_the_same_defaults(document: Path) -> None:
    for name, (default, *_) in tabled(document).items():
        value = of_schema()[name].get("default")
        if value not in (None, {}):
            assert default.strip("`") == (value if isinstance(value, str) else json.dumps(value)), name


def test_the_page_names_the_profiles_that_parameters_are_for() -> None:
    code = (PROJECT / "functions" / "elsewhere.nf").read_text()
    (everywhere,) = re.findall(r"def inImages = '(.*)'", code)
    uses = re.findall(r"^ +(\w+): \[.*, (?:'(.*)'|inImages)\],$", code, re.MULTILINE)
    wanted = {name: profiles(use or everywhere) for name, use in uses}
    assert wanted, "functions/elsewhere.nf says nothing of profiles in the form that is read here"
    assert {name: profiles(more[0]) for name, (_, _, *more) in tabled(PAGE).items() if more} == wanted


def profiles(text: str) -> set[str]:
    """Return the profiles that a text names, with or without -profile before them, and what they need beside."""
    names = re.findall(r"\b(docker|awsbatch|slurm(?: with)?(?: --apptainer)?)", text)
    return {name.replace(" with", "") for name in names}


def test_the_readme_has_the_eight_that_everybody_needs() -> None:
    named, page = tabled(README), tabled(PAGE)
    assert len(named) == 8
    assert named.keys() <= page.keys()


def test_every_parameter_is_described() -> None:
    for name, about in of_schema().items():
        assert about["type"], name
        assert about["description"][0].isupper(), name
        assert not about["description"].endswith("."), name


def test_the_schema_requires_what_has_no_default() -> None:
    groups = json.loads((PROJECT / "nextflow_schema.json").read_text())["$defs"]
    required = {name for group in groups.values() for name in group.get("required", ())}
    assert required == {"jobs", "analysis"}
    assert all(of_config()[name] is None for name in required)


def test_versions() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    (nextflow,) = re.findall(r"^ +version += '(.*)'$", (PROJECT / "nextflow.config").read_text(), re.MULTILINE)
    assert analysis_jobs.__version__ == project["version"] == nextflow
    assert of_config()["base_image"].endswith(f":{nextflow}")


def test_no_document_has_an_older_version_of_the_images() -> None:
    """Where a reader copies the name of an image, or the version of what is installed, it is that of this version."""
    named = re.compile(r"(?:aind-analysis-jobs|isi-violations):(\d[\w.]*)|^version=(\S+)$", re.MULTILINE)
    installs = PROJECT / "codeocean" / "capsule" / "environment" / "postInstall"
    files = [README, *PROJECT.glob("docs/*.md"), installs]
    found = {path: ["".join(pair) for pair in named.findall(path.read_text())] for path in files}
    assert found[PROJECT / "docs" / "places.md"]
    assert found[installs]
    assert {version for each in found.values() for version in each} == {analysis_jobs.__version__}


@pytest.mark.parametrize("folder", ["src", "bin", "tests/unit"])
def test_no_machine_is_named(folder: str) -> None:
    names = re.compile("/" + r"(work|tmp/lab|home/\w+)/")
    for path in (PROJECT / folder).rglob("*.py"):
        assert not names.search(path.read_text()), path


def public_names(path: Path) -> Iterator[str]:
    """Yield what a module defines for others; its logger is its own."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        for target in node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]:
            if isinstance(target, ast.Name):
                yield target.id


def test_no_two_public_names_are_alike() -> None:
    """But for a command, which is called as the function of the package that it calls."""
    package = PROJECT / "src" / "analysis_jobs"
    homes = defaultdict(list)
    for path in package.rglob("*.py"):
        room = path.relative_to(package).parts[0]
        for name in public_names(path):
            if not name.startswith("_") and name != "log":
                homes[name].append("command" if room == "cli" else str(path.relative_to(package)))
    alike = {name: places for name, places in homes.items() if len(set(places) - {"command"}) > 1}
    assert alike == {}
    assert {name for name, places in homes.items() if len(places) > 1} == {
        "adopt",
        "compare",
        "dispatch",
        "doctor",
        "fsck",
        "gather",
        "notify",
        "release",
        "rerun",
        "restore",
    }
