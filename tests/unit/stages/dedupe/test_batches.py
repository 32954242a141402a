"""Batches and groups: which jobs share a task, whatever else is done already."""

import csv
import json
from hashlib import sha256
from pathlib import Path

import pytest

from analysis_jobs.documents import AskedResources
from analysis_jobs.stages.dedupe.asking import asks_of
from analysis_jobs.stages.dedupe.batches import (
    LONGEST_IN_NAME,
    Groups,
    automatic_group_size,
    label_in_name,
    write_batches,
)
from analysis_jobs.stages.dedupe.division import divided
from analysis_jobs.stages.dedupe.planner import Planned, PlannedJob
from analysis_jobs.stages.dedupe.sizes import Sizing
from analysis_jobs.stages.experience import NO_EXPERIENCE

Batches = dict[str, list[str]]


def planned(names: list[str], distinct: int | None = None, folder: str = "") -> Planned:
    keys = [sha256(name.encode()).hexdigest() for name in names]
    jobs = [PlannedJob(key, folder, json.dumps({"key": key})) for key in keys]
    return Planned(jobs=jobs, first={str(number): "" for number in range(len(jobs) if distinct is None else distinct)})


def batches(plan: Planned, folder: Path, jobs_per_task: int = 1, group_size: int | None = None) -> Batches:
    """Write batches and return the keys in each."""
    division = divided(plan, Sizing(jobs_per_task), NO_EXPERIENCE)
    size = group_size or automatic_group_size(len(plan.jobs))
    write_batches(division.batches, plan.labels, folder, Groups(size))
    files = {path.name.partition(".")[0]: json.loads(path.read_text())["jobs"] for path in folder.glob("*.json")}
    return {name: [entry["key"] for entry in entries] for name, entries in files.items()}


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "batches.csv").open(newline="") as file:
        return list(csv.DictReader(file))


NAMES = [f"job {number}" for number in range(100)]


def test_one_job_each(tmp_path: Path) -> None:
    found = batches(planned(NAMES), tmp_path / "batches")
    assert sorted(key for keys in found.values() for key in keys) == sorted(job.key for job in planned(NAMES).jobs)
    assert all(name == keys[0][:16] and len(keys) == 1 for name, keys in found.items())


@pytest.mark.parametrize("jobs_per_task", [2, 7, 25, 100, 1000])
def test_several_in_each(tmp_path: Path, jobs_per_task: int) -> None:
    found = batches(planned(NAMES), tmp_path / "batches", jobs_per_task)
    keys = [key for keys in found.values() for key in keys]
    assert len(keys) == len(set(keys)) == 100
    assert len(found) <= -(-100 // jobs_per_task)
    assert all(keys == sorted(keys) for keys in found.values())


def test_batches_keep_their_members_when_others_are_done(tmp_path: Path) -> None:
    whole = batches(planned(NAMES), tmp_path / "whole", 5)
    done = set(next(iter(whole.values())))
    left = planned(NAMES)
    left.jobs[:] = [job for job in left.jobs if job[0] not in done]
    assert batches(left, tmp_path / "left", 5) == {name: keys for name, keys in whole.items() if keys[0] not in done}


def test_the_order_of_jobs_makes_no_difference(tmp_path: Path) -> None:
    assert batches(planned(NAMES), tmp_path / "1", 5) == batches(planned(NAMES[::-1]), tmp_path / "2", 5)


def test_jobs_of_a_folder_share_a_batch(tmp_path: Path) -> None:
    plan = planned(NAMES[:3])
    plan.jobs.extend(planned(["a", "b"], folder="0").jobs + planned(["c"], folder="0/deep").jobs)
    found = batches(plan, tmp_path / "batches")
    assert sorted(len(keys) for keys in found.values()) == [1, 1, 1, 1, 2]
    assert sorted(job.key for job in plan.jobs if job.folder == "0") in found.values()


def test_nothing_to_run(tmp_path: Path) -> None:
    assert batches(planned([], distinct=10), tmp_path / "batches") == {}
    assert (tmp_path / "batches" / "batches.csv").read_text() == "batch,jobs,group,size,ahead,file\n"


def test_the_file_of_a_single_job_has_its_label(tmp_path: Path) -> None:
    plan = planned(["alone"])
    plan.jobs.extend(planned(["a", "b"], folder="0").jobs)
    plan.labels.update({job.key: f"session_1 · cutoff={number}" for number, job in enumerate(plan.jobs)})
    batches(plan, tmp_path / "batches")
    alone, together = rows(tmp_path / "batches")
    assert alone["file"] == f"{alone['batch']}.session_1__cutoff=0.json"
    assert together["file"] == f"{together['batch']}.json"
    assert all((tmp_path / "batches" / row["file"]).is_file() for row in (alone, together))


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("session_1 · cutoff=0.002 · order=-2", ".session_1__cutoff=0.002__order=-2"),
        ("Zürich \"x\" $(rm -rf ~) `id` 'y'", ".Zurich_x_rm_-rf_id_y"),
        ("../../a/b\\c\u202e", ".a_b_c"),
        ("猫", ""),
        ("", ""),
        ("a" * 300, f".{'a' * LONGEST_IN_NAME}"),
    ],
)
def test_labels_in_names_are_plain(label: str, name: str) -> None:
    assert label_in_name(label) == name


@pytest.mark.parametrize(("group_size", "sizes"), [(1, [1] * 100), (30, [30, 30, 30, 10]), (1000, [100])])
def test_groups(tmp_path: Path, group_size: int, sizes: list[int]) -> None:
    found = batches(planned(NAMES), tmp_path / "batches", group_size=group_size)
    table = rows(tmp_path / "batches")
    assert {row["batch"]: int(row["jobs"]) for row in table} == {name: len(keys) for name, keys in found.items()}
    members = [[row for row in table if row["group"] == str(group)] for group in range(len(sizes))]
    assert [len(group) for group in members] == sizes
    assert all(row["size"] == str(len(group)) for group in members for row in group)


def test_a_batch_is_not_divided_into_groups(tmp_path: Path) -> None:
    plan = planned(NAMES[:5], folder="large")
    plan.jobs.extend(planned(NAMES[5:7]).jobs)
    found = batches(plan, tmp_path / "batches", group_size=2)
    groups: dict[str, int] = {}
    for row in rows(tmp_path / "batches"):
        groups[row["group"]] = groups.get(row["group"], 0) + len(found[row["batch"]])
    assert sorted(groups.values()) == [2, 5]


@pytest.mark.parametrize(
    ("jobs", "size"), [(0, 1), (1, 1), (4, 4), (6, 3), (100, 20), (400, 40), (1600, 80), (2000, 100), (100_000, 100)]
)
def test_automatic_groups(jobs: int, size: int) -> None:
    assert automatic_group_size(jobs) == size


def test_what_tasks_ask_for_is_in_the_table(tmp_path: Path) -> None:
    plan = planned(["a", "b", "c"])
    first = plan.jobs[0].key
    needs: dict[str, AskedResources] = {first: {"memory_bytes": 2**34, "seconds": 700.0}}
    asks = asks_of(NO_EXPERIENCE, ["memory_bytes", "seconds"], needs, dict)
    asking = {name: ask.of for name, ask in asks.items()}
    alone, together = (divided(plan, Sizing(size), NO_EXPERIENCE).batches for size in (1, 3))
    write_batches(alone, plan.labels, tmp_path / "alone", Groups(3), asks=asking)
    assert {row["batch"]: (row["memory_bytes"], row["seconds"]) for row in rows(tmp_path / "alone")} == {
        key[:16]: ("17179869184", "700") if key == first else ("2147483648", "") for key, *_ in plan.jobs
    }
    write_batches(together, plan.labels, tmp_path / "together", Groups(3), asks=asking)
    assert [(row["memory_bytes"], row["seconds"]) for row in rows(tmp_path / "together")] == [("17179869184", "")]
