"""The rooms of the package are as CONTRIBUTING and the contract of `make lint` have them."""

import ast
import re
import tomllib
from pathlib import Path

import pytest
from support.samples import PROJECT

PACKAGE = PROJECT / "src" / "analysis_jobs"
UNIT_TESTS = PROJECT / "tests" / "unit"
ROOMS = sorted(path.parent for path in PACKAGE.rglob("*/__init__.py"))
MODULES = sorted(PACKAGE.rglob("*.py"))
# Modules without tests of their own, and why
UNTESTED = {
    "documents": "shapes, which mypy checks",
    "records/wanted": "a dataclass",
}
# Files of tests that are of no one module
TOPICS = {
    "base",
    "browse/in_a_browser",
    "bucket/policies",
    "bucket/uploads_to_s3_that_die_or_compete",
    "damage",
    "dispatch/assets_in_s3",
    "earlier",
    "releases",
    "includes",
    "libraries_allowed",
    "names",
    "package",
    "recordings/an_s3_that_falters",
    "recordings/open_nwb_from_s3",
    "report/figures_in_browser",
    "report/in_browser",
    "report/outputs_in_browser",
    "report/reading_in_browser",
    "rooms",
    "scripts",
    "stages/dedupe/bad_files_stop_no_others",
    "stages/dedupe/many_instances",
    "stages/dedupe/services_checked",
    "stages/what_is_recorded",
    "store/docdb_answers",
    "store/rights",
    "upkeep/each_damage_is_put_right",
    "what_is_logged",
    "workers",
}


def floors_of_the_contract() -> dict[str, int]:
    """Return the floor of each room, from 1 at the ground."""
    contracts = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (layers,) = (contract["layers"] for contract in contracts if contract["type"] == "layers")
    numbered = enumerate(reversed(layers), start=1)
    return {room: floor for floor, rooms in numbered for room in re.findall(r"\w+", rooms)}


def floors_of_the_document() -> dict[str, int]:
    rows = re.findall(r"^\| (\d+) \| `(\w+)` \|", (PROJECT / "CONTRIBUTING.md").read_text(), re.MULTILINE)
    return {room: int(floor) for floor, room in rows}


def test_the_document_has_the_floors_of_the_contract() -> None:
    assert floors_of_the_document() == floors_of_the_contract()


def test_every_room_and_file_has_its_floor() -> None:
    there = {path.stem for path in PACKAGE.iterdir() if path.stem not in ("__init__", "__pycache__")}
    assert there == floors_of_the_contract().keys()


def test_the_ground_floor_is_small() -> None:
    assert len(list(PACKAGE.glob("*.py"))) <= 11  # with the face of the package


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.relative_to(PACKAGE).as_posix())
def test_a_room_says_what_it_is_for_and_imports_nothing(room: Path) -> None:
    tree = ast.parse((room / "__init__.py").read_text())
    said = ast.get_docstring(tree) or ""
    assert len(said) > 80
    assert room.parent != PACKAGE or room.name == "cli" or "ever" in said  # what it never does
    assert not [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]


def test_files_that_contributing_names_are_there() -> None:
    text = (PROJECT / "CONTRIBUTING.md").read_text()
    named = set(re.findall(r"`([a-z_]+(?:/[a-z_]+)*/[a-z_]+\.(?:py|js))`", text.partition("## The rooms")[2]))
    places = (PROJECT, PACKAGE)
    assert len(named) > 20
    assert sorted(name for name in named if not any((place / name).is_file() for place in places)) == []


def test_every_module_has_its_tests_and_every_file_of_tests_its_module() -> None:
    modules = {path.relative_to(PACKAGE).with_suffix("").as_posix() for path in PACKAGE.rglob("[!_]*.py")}
    tests = {path.relative_to(UNIT_TESTS).with_suffix("").as_posix() for path in UNIT_TESTS.rglob("test_*.py")}
    of_tests = {name.replace("test_", "", 1) for name in tests}
    assert of_tests - TOPICS == modules - UNTESTED.keys()
    assert of_tests - modules >= TOPICS
    assert UNTESTED.keys() <= modules - of_tests


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_module_says_why_it_imports_within_functions(module: Path) -> None:
    tree = ast.parse(module.read_text())
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    within = [node for each in functions for node in ast.walk(each) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert (
        not within or module.name == "__init__.py" or "Imports within functions are" in (ast.get_docstring(tree) or "")
    )


def test_the_table_of_kinds_names_tests_that_there_are() -> None:
    named = re.findall(
        r"`((?:unit|pipeline|places|chaos)/[\w/]+\.py)(?:::(\w+))?`", (PROJECT / "tests" / "README.md").read_text()
    )
    assert len(named) > 25
    for file, test in named:
        assert f"def {test}" in (PROJECT / "tests" / file).read_text(), (file, test)
