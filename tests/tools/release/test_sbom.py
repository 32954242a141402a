"""Bills of materials: what a lock pins, with versions, digests and package URLs."""

import json
from pathlib import Path

import pytest
from release.refusal import Refused
from release.repository import Repository
from release.sbom import MARKER, jars, pins, write_sbom

NUMPY = "pkg:pypi/numpy@2.0"
NEXTFLOW = "pkg:maven/io.nextflow/nextflow@24.10.0"
FILES = ["requirements.lock", "tools/jars/nextflow-24.10.0.txt"]


def written(small: Repository, out: Path) -> dict:
    write_sbom(small.folder, FILES, out, small.commit(), small.commit_seconds())
    return json.loads(out.read_text())


def test_it_has_all_that_is_pinned(small: Repository, tmp_path: Path) -> None:
    bom = written(small, tmp_path / "a.cdx.json")
    assert (bom["bomFormat"], bom["specVersion"]) == ("CycloneDX", "1.6")
    parts = {part["purl"]: part for part in bom["components"]}
    assert parts.keys() == {NUMPY, NEXTFLOW}
    assert (parts[NUMPY]["name"], parts[NUMPY]["version"]) == ("numpy", "2.0")
    assert parts[NUMPY]["hashes"] == [{"alg": "SHA-256", "content": "a" * 64}]
    assert parts[NUMPY]["properties"] == [{"name": MARKER, "value": 'python_version >= "3.12"'}]
    assert (parts[NEXTFLOW]["group"], parts[NEXTFLOW]["name"]) == ("io.nextflow", "nextflow")
    assert parts[NEXTFLOW]["hashes"] == [{"alg": "SHA-256", "content": "b" * 64}]


def test_it_says_what_it_is_of(small: Repository, tmp_path: Path) -> None:
    bom = written(small, tmp_path / "a.cdx.json")
    about = bom["metadata"]["component"]
    assert about["purl"] == "pkg:pypi/aind-analysis-jobs@0.1.0"
    assert about["licenses"] == [{"license": {"id": "MIT"}}]
    assert about["properties"] == [{"name": "aind-analysis-jobs:commit", "value": small.commit()}]
    assert about["externalReferences"] == [{"type": "vcs", "url": "https://example.com/source"}]
    (needed,) = (line["dependsOn"] for line in bom["dependencies"] if line["ref"] == about["bom-ref"])
    assert sorted(needed) == sorted([NUMPY, NEXTFLOW])


def test_it_is_the_same_whenever_it_is_written(small: Repository, tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    first, again = tmp_path / "a.cdx.json", tmp_path / "again" / "a.cdx.json"
    assert written(small, first) == written(small, again)
    assert first.read_bytes() == again.read_bytes()
    other = written(small, tmp_path / "b.cdx.json")
    assert other["serialNumber"] != written(small, first)["serialNumber"]


def test_two_versions_of_one_package_are_both_there(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text(
        "zarr==2.18.7 ; python_version < '3.12' \\\n"
        f"    --hash=sha256:{'1' * 64} \\\n    --hash=sha256:{'2' * 64}\n"
        f"zarr==3.4.0 ; python_version >= '3.12' \\\n    --hash=sha256:{'3' * 64}\n"
    )
    old, new = pins(lock)
    assert [(part.version, len(part.hashes)) for part in (old, new)] == [("2.18.7", 2), ("3.4.0", 1)]


@pytest.mark.parametrize("line", ["numpy>=2", "numpy", "numpy==2.*,!=2.1"])
def test_what_pins_nothing_is_refused(tmp_path: Path, line: str) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text(f"{line}\n")
    with pytest.raises(Refused, match=r"requirements.lock pins no version of numpy: write it again with `make lock`"):
        list(pins(lock))


def test_our_own_locks_and_list_can_be_read(whole: Repository) -> None:
    for name in ("requirements.lock", "containers/requirements.lock", "requirements-dev.lock"):
        parts = list(pins(whole.folder / name))
        assert len(parts) > 20
        assert all(part.hashes for part in parts)
    assert any(part.name == "nextflow" for part in jars(whole.folder / "tools" / "jars" / "nextflow-24.10.0.txt"))
