"""What can be drawn of jobs, and what is left out where there is much."""

import pytest
from support.reports import failure, invalid, job

from analysis_jobs.report import fields
from analysis_jobs.report.fields import DrawableField, before_text, drawable_fields, left_out_text


def test_numbers_among_outputs_and_parameters_that_vary() -> None:
    rows = [
        job(1, parameters={"cutoff": 0.1, "how": "a", "same": 1}, outputs={"rate": 1, "deep": {"x": 2.5}, "note": "n"}),
        job(
            2, parameters={"cutoff": 0.2, "how": "b", "same": 1}, outputs={"rate": 3, "deep": {"x": None}, "note": "n"}
        ),
        failure(3, "oh"),
        invalid(4),
    ]
    rows[2]["parameters"] = {"cutoff": 0.1, "same": 1}
    assert drawable_fields(rows).fields == [
        DrawableField("rate", "output", [1, 3, None, None]),
        DrawableField("deep.x", "output", [2.5, None, None, None]),
        DrawableField("cutoff", "parameter", [0.1, 0.2, 0.1, None]),
        DrawableField("how", "parameter", [0, 1, 2, None], ["a", "b", "not set"]),
    ]


@pytest.mark.parametrize("value", [True, "text", [1, 2], float("nan"), float("inf")])
def test_what_is_no_number_in_some_job_is_not_drawn(value: object) -> None:
    rows = [job(1, outputs={"x": 1, "y": 1}), job(2, outputs={"x": value, "y": 2}), job(3, outputs={"x": 3, "y": 3})]
    assert [field.name for field in drawable_fields(rows).fields if field.role == "output"] == ["y"]


@pytest.mark.parametrize("rows", [[], [job(1)], [job(1, outputs={"a": "x"}), job(2, outputs={})]])
def test_of_less_than_two_numbers_nothing_is_drawn(rows: list[object]) -> None:
    assert drawable_fields(rows).fields == []  # type: ignore[arg-type]


def test_of_many_outputs_those_are_drawn_that_most_jobs_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fields, "MOST_OUTPUTS", 2)
    rows = [job(n, outputs={f"rare_{n}": n, "a": n, **({"b": n} if n else {})}) for n in range(3)]
    found = drawable_fields(rows)
    assert [field.name for field in found.fields if field.role == "output"] == ["a", "b"]
    assert found.left_out == ["rare_0", "rare_1", "rare_2"]


def test_outputs_that_are_the_same_in_all_jobs_come_last() -> None:
    rows = [job(n, outputs={"same": 1, "a": n, "b": n}) for n in range(3)]
    assert [field.name for field in drawable_fields(rows).fields if field.role == "output"] == ["a", "b", "same"]


def test_of_many_jobs_there_are_fewer_outputs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fields, "MOST_NUMBERS", 20)
    rows = [job(n, outputs={"a": 1, "b": 2, "c": 3}) for n in range(10)]
    assert drawable_fields(rows).left_out == ["c"]


def test_a_parameter_that_tells_jobs_apart_is_no_axis() -> None:
    rows = [job(n, parameters={"path": f"/data/{n}"}, outputs={"a": n}) for n in range(fields.MOST_TEXTS + 1)]
    assert [field.name for field in drawable_fields(rows).fields] == ["a"]


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (0, ""),
        (1, "Of earlier launches, as the store has them: the outputs of 1 of 3 jobs."),
        (3, "Of earlier launches, as the store has them: the outputs of all 3 jobs."),
    ],
)
def test_what_was_computed_before_is_said(before: int, said: str) -> None:
    rows = [job(n, decision="done" if n < before else "run") for n in range(3)]
    assert before_text([*rows, job(4, decision="done", outputs=None), failure(5, "oh")]) == said


def test_what_is_left_out_is_said() -> None:
    assert left_out_text([]) == ""
    assert left_out_text([f"x{n}" for n in range(12)]) == (
        "Left out, as there are many: x0, x1, x2, x3, x4, x5, x6, x7, x8, x9 and 2 more. "
        "`analysis-jobs export` writes all outputs as a table."
    )


def test_numbers_that_no_axis_holds() -> None:
    rows = [job(n, parameters={"cutoff": 10.0 ** (300 + n)}, outputs={"x": [1, 2, -1e308][n]}) for n in range(3)]
    output, parameter = drawable_fields(rows).fields
    assert output.values == [1, 2, None]
    assert parameter.levels == ["1e+300", "1e+301", "1e+302"]


def test_other_values_are_other_levels() -> None:
    long = ["/models/" + "a" * 100 + name + "b" * 100 for name in ("one", "two")]
    values = [None, "null", 1, "1", "", "not set", *long]
    rows = [job(n, parameters={"how": value, "n": 1}, outputs={"x": n}) for n, value in enumerate(values)]
    rows.append(job(9, parameters={"n": 1}, outputs={"x": 9}))
    (levels,) = (field.levels for field in drawable_fields(rows).fields if field.role == "parameter")
    assert levels is not None
    assert levels[:6] == ["null", '"null"', "1", '"1"', '""', '"not set"']
    assert levels[8] == "not set"
    assert len(set(levels)) == 9


def test_one_number_or_none_is_two_places() -> None:
    rows = [job(n, parameters={"cutoff": [None, 0.5][n]}, outputs={"x": n}) for n in range(2)]
    assert drawable_fields(rows).fields[1] == DrawableField("cutoff", "parameter", [0, 1], ["null", "0.5"])
