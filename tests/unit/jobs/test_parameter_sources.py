"""Where parameters come from: the forms of their file, fanning out, and which source wins."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import AliasChoices, BaseModel, Field
from support.samples import decide, job_text, write_files

from analysis_jobs import GenericModel, Job
from analysis_jobs.documents import Values
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.job_files import distributed_in
from analysis_jobs.jobs.parameter_sources import (
    ParameterSources,
    parse_assignments,
    read_sources,
)
from analysis_jobs.jobs.words import NoWord, Word


class Filter(BaseModel):
    order: int = 1
    cutoff: float = 2.0


class Specification(GenericModel):
    a: int = Field(default=0, validation_alias=AliasChoices("a", "alpha"))
    b: int = 0
    c: int = 0
    nested: dict[str, int] = {}
    filter: Filter | None = None


def job(**more: Any) -> Job:
    return Job.model_validate({"s3_location": ["in"], **more})


def sources(
    folder: Path, parameters: Any = None, *, jobs: dict[str, Any] | None = None, assign: tuple[str, ...] = ()
) -> ParameterSources:
    """Read a parameters file of this content, with these files in the jobs folder."""
    write_files(folder / "jobs", {name: json.dumps(content) for name, content in (jobs or {"x": 0}).items()})
    path = folder / "p.json"
    if parameters is not None:
        path.write_text(json.dumps(parameters))
    given, beside = path if parameters is not None else None, distributed_in(folder / "jobs")
    return read_sources(given, "my/p.json", beside, parse_assignments(assign), Specification)


SETS = [{"a": 1}, {"a": 2}]


def test_file_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"my/p\.json does not exist; check the path"):
        read_sources(tmp_path / "p.json", "my/p.json", (), {}, Specification)


def test_later_sources_win(tmp_path: Path) -> None:
    dispatched = {"parameters": {"a": 1, "b": 1, "c": 1, "nested": {"x": 1}}}
    found = sources(tmp_path, {"b": 2, "c": 2, "nested": {"x": 2, "y": 2}}, assign=("c=3", "nested.x=3"))
    assert found.job_parameters(job(analysis_code=dispatched)) == [{"a": 1, "b": 2, "c": 3, "nested": {"x": 3, "y": 2}}]
    own = job(analysis_code=dispatched, distributed_parameters={"c": 4, "nested": {"z": 4}})
    assert found.job_parameters(own) == [{"a": 1, "b": 2, "c": 4, "nested": {"x": 3, "y": 2, "z": 4}}]


def test_defaults_come_before_all(tmp_path: Path) -> None:
    jobs = write_files(tmp_path / "jobs", {"a.json": job_text("in", distributed_parameters={"b": 5})})
    (line,) = decide(jobs, sources=ParameterSources(fixed={"a": 1}), specification=Specification).planned.jobs
    assert json.loads(line[2])["parts"]["parameters"] == {
        "a": 1,
        "b": 5,
        "c": 0,
        "nested": {},
        "filter": None,
    }


def test_jobs_without_sets_of_their_own_fan_out(tmp_path: Path) -> None:
    found = sources(tmp_path, {"fixed_parameters": {"b": 7}, "distributed_parameters": SETS}, assign=("c=3",))
    assert found.job_parameters(job()) == [{"a": 1, "b": 7, "c": 3}, {"a": 2, "b": 7, "c": 3}]
    assert found.job_parameters(job(distributed_parameters={})) == found.job_parameters(job())
    assert found.job_parameters(job(distributed_parameters={"c": 9})) == [{"b": 7, "c": 9}]


def test_an_empty_list_fans_out_over_nothing(tmp_path: Path) -> None:
    assert sources(tmp_path, []).job_parameters(job()) == [{}]


def test_a_line_for_every_file_and_set(tmp_path: Path) -> None:
    jobs = write_files(
        tmp_path / "jobs",
        {"1.json": job_text("x"), "2.json": job_text("y"), "3.json": job_text("x", distributed_parameters={"a": 2})},
    )
    decided = decide(jobs, sources=ParameterSources(distributed=tuple(SETS)), specification=Specification)
    assert [(line["file"], line["decision"]) for line in decided.lines] == [
        ("1.json", "run"),
        ("1.json", "run"),
        ("2.json", "run"),
        ("2.json", "run"),
        ("3.json", "repeat"),
    ]


def test_jobs_without_sets_of_their_own_fan_out_over_a_grid(tmp_path: Path) -> None:
    content = {"fixed_parameters": {"b": 7, "filter": {"cutoff": 1.5}}, "grid": {"a": [1, 2], "filter.order": [3, 4]}}
    found = sources(tmp_path, content, assign=("c=3",))
    assert found.job_parameters(job()) == [
        {"b": 7, "c": 3, "a": a, "filter": {"cutoff": 1.5, "order": order}} for a in (1, 2) for order in (3, 4)
    ]
    assert found.job_parameters(job(distributed_parameters={"c": 9})) == [{"b": 7, "filter": {"cutoff": 1.5}, "c": 9}]


def test_a_grid_has_the_keys_of_the_sets_that_it_stands_for(tmp_path: Path) -> None:
    jobs = write_files(tmp_path / "in", {"1.json": job_text("x"), "2.json": job_text("y")})
    grid = sources(tmp_path / "grid", {"grid": {"a": [1, 2, 1], "filter.order": [3, 4]}})
    sets = [{"filter": {"order": order}, "a": a} for order in (4, 3) for a in (2, 1)]
    decided = [
        decide(jobs, sources=each, specification=Specification) for each in (grid, sources(tmp_path / "list", sets))
    ]
    of_grid, of_list = ({job[0] for job in each.planned.jobs} for each in decided)
    assert of_grid == of_list
    assert decided[0].planned.counts == {"run": 8, "repeat": 4}  # 1 stands in the list twice


def test_a_grid_goes_with_the_sets_in_the_jobs_folder(tmp_path: Path) -> None:
    found = sources(tmp_path, {"grid": {"b": [5, 6]}}, jobs={"distributed_parameters.json": SETS})
    assert list(found.distributed) == [{"a": a, "b": b} for a in (1, 2) for b in (5, 6)]


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        (
            {"grid": {"bb": [1]}},
            "my/p.json, grid.bb: 'bb' (given as [1]) is not a parameter of the analysis; did you mean 'b'?",
        ),
        (
            {"grid": {"filter.ordr": [2]}},
            "my/p.json, grid.filter.ordr: 'ordr' (given as [2]) is not a parameter of the analysis; "
            "did you mean 'order'?",
        ),
        (
            {"distributed_parameters": [{"alpha": 1}], "grid": {"a": [1]}},
            "my/p.json: 'alpha' and 'a' are one parameter of the analysis; give it by one name",
        ),
    ],
)
def test_a_grid_that_the_analysis_does_not_take(tmp_path: Path, parameters: Any, said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        sources(tmp_path, parameters)
    assert str(caught.value) == said


def test_a_grid_of_an_analysis_with_a_parameter_of_that_name(tmp_path: Path) -> None:
    class WithGrid(GenericModel):
        grid: dict[str, list[int]] = {}
        a: int = 0

    def read(content: Any) -> ParameterSources:
        (tmp_path / "p.json").write_text(json.dumps(content))
        return read_sources(tmp_path / "p.json", "p.json", (), {}, WithGrid)

    assert read({"grid": {"x": [1, 2]}}) == ParameterSources(fixed={"grid": {"x": [1, 2]}})
    assert read({"fixed_parameters": {}, "grid": {"a": [1]}}) == ParameterSources(distributed=({"a": 1},))


def test_what_a_grid_sets_cannot_be_set(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"^--set\.filter\.order 1 would change nothing: .* or by the grid"):
        sources(tmp_path, {"grid": {"filter.order": [1]}}, assign=("filter.order=1",)).refuse_without_effect([job()])


@pytest.mark.parametrize("name", ["distributed_parameters.json", "distributed_paramters.json"])
def test_distributed_parameters_in_the_jobs_folder(tmp_path: Path, name: str) -> None:
    found = sources(tmp_path, {"b": 1}, jobs={name: SETS})
    assert found.job_parameters(job()) == [{"b": 1, "a": 1}, {"b": 1, "a": 2}]


@pytest.mark.parametrize(
    ("parameters", "names", "said"),
    [
        (SETS, ["distributed_parameters.json"], "both my/p.json and distributed_parameters.json"),
        ({"distributed_parameters": []}, ["distributed_paramters.json"], "both my/p.json and distributed_paramters"),
        (
            None,
            ["distributed_parameters.json", "distributed_paramters.json"],
            "both distributed_parameters.json and distributed_paramters.json",
        ),
    ],
)
def test_two_sources_of_distributed_parameters(tmp_path: Path, parameters: Any, names: list[str], said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        sources(tmp_path, parameters, jobs=dict.fromkeys(names, SETS))
    assert str(caught.value) == f"{said.removesuffix('.json')}.json hold distributed parameters; keep one of them"


def test_distributed_parameters_that_are_a_broken_link(tmp_path: Path) -> None:
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "distributed_parameters.json").symlink_to("gone")
    with pytest.raises(InvalidInput, match=r"^distributed_parameters.json is a broken link to 'gone'"):
        sources(tmp_path)


@pytest.mark.parametrize(
    ("parameters", "jobs", "assign", "where"),
    [
        ({"aa": 1}, {}, (), "my/p.json"),
        ([{"a": 1}, {"aa": 1}], {}, (), "my/p.json"),
        (None, {"distributed_parameters.json": [{"aa": 1}]}, (), "distributed_parameters.json"),
        (None, {}, ("aa=1",), "--set"),
    ],
)
def test_unknown_names_are_told_with_where_they_are(
    tmp_path: Path, parameters: Any, jobs: dict[str, Any], assign: tuple[str, ...], where: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        sources(tmp_path, parameters, jobs=jobs, assign=assign)
    value = "'1'" if assign else "1"
    assert (
        str(caught.value) == f"{where}: 'aa' (given as {value}) is not a parameter of the analysis; did you mean 'a'?"
    )


def test_assignments_nest() -> None:
    given = ["a=1", "b.c=2", "b.d.e=x=y", "empty="]
    assert parse_assignments(given) == {"a": "1", "b": {"c": "2", "d": {"e": "x=y"}}, "empty": ""}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["a"], "--set was given 'a'; write --set NAME=VALUE"),
        (["=1"], "--set was given '=1'; write --set NAME=VALUE"),
        (["a.=1"], "--set was given 'a.=1'; write --set NAME=VALUE"),
        ([".a=1"], "--set was given '.a=1'; write --set NAME=VALUE"),
        (["a=1", "a.b=2"], "--set.a.b changes a value in 'a', which is set to '1' as well"),
        (["a=\udcff"], "--set was given 'a=\\udcff', which is not UTF-8; write it as UTF-8"),
    ],
)
def test_assignments_that_are_wrong(given: list[str], said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_assignments(given)
    assert str(caught.value) == said


def test_objects_merge_by_name_wherever_they_come_from(tmp_path: Path) -> None:
    dispatched = {"parameters": {"nested": {"dispatched": 1, "all": 1}}}
    content = {
        "fixed_parameters": {"nested": {"fixed": 2, "all": 2}},
        "distributed_parameters": [{"nested": {"all": 4}}],
    }
    found = sources(tmp_path, content, assign=("nested.assigned=3",))
    assert found.job_parameters(job(analysis_code=dispatched)) == [
        {"nested": {"dispatched": 1, "fixed": 2, "assigned": 3, "all": 4}}
    ]


@pytest.mark.parametrize(
    ("distributed", "jobs", "assign", "without"),
    [
        (SETS, [{}], ("a=3",), "a"),
        (SETS, [{}, {"b": 1}], ("a=3",), ""),
        ([{"a": 1}, {"b": 1}], [{}], ("a=3",), ""),
        ([], [{"a": 1}, {"a": 2}], ("b=3", "a=3"), "a"),
        ([], [{"a": 1}, {"a": 2}], ("a=3",), "a"),
        ([], [{"nested": {"x": 1}}], ("nested.x=3",), "nested.x"),
        ([], [{"nested": {"x": 1}}], ("nested.y=3",), ""),
        ([], [{"nested": {"x": 1}}], ('nested={"x": 3}',), "nested.x"),
        ([], [{"nested": None}], ("nested.x=3",), "nested.x"),
        ([], [], ("a=3",), ""),
    ],
)
def test_what_every_job_sets_itself_cannot_be_set(
    tmp_path: Path, distributed: Any, jobs: list[dict[str, Any]], assign: tuple[str, ...], without: str
) -> None:
    found = sources(tmp_path, {"distributed_parameters": distributed}, assign=assign)
    each = [job(distributed_parameters=own) for own in jobs]
    if not without:
        found.refuse_without_effect(each)
        return
    with pytest.raises(InvalidInput) as caught:
        found.refuse_without_effect(each)
    assert str(caught.value).startswith(f"--set.{without} 3 would change nothing: every job sets ")


class Switches(GenericModel):
    on: bool = False
    count: int = 0
    share: float = 0
    label: str = ""
    options: dict[str, Any] = {}


@pytest.mark.parametrize("name", ["count", "share", "label"])
def test_a_parameter_without_a_value(name: str) -> None:
    with pytest.raises(InvalidInput, match=rf"^--set\.{name} has no value; write --set\.{name} VALUE$"):
        read_sources(None, "", [], {name: NoWord("true")}, Switches)


@pytest.mark.parametrize(
    "given", [{"on": NoWord("true")}, {"options": {"on": NoWord("true")}}, {"label": Word("true")}]
)
def test_a_switch_needs_no_value(given: Values) -> None:
    found = read_sources(None, "", [], given, Switches).assigned
    assert found in ({"on": True}, {"options": {"on": True}}, {"label": "true"})


def test_which_names_of_set_a_job_has_another_value_for() -> None:
    sources = ParameterSources(assigned={"a": 1, "b": {"c": 2, "d": 3}})
    assert sources.overridden({"a": 1, "b": {"c": 5, "d": 3}, "e": 1}) == ("b.c",)
    assert sources.overridden({"a": 1, "b": 7}) == ("b.c", "b.d")
    assert ParameterSources().overridden({"a": 1}) == ()
