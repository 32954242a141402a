"""The command `compare`: what came out of the jobs of two sides.

Imports within functions are for a quick start.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from analysis_jobs.cli.app import USING, app
from analysis_jobs.cli.filters import Input, Name, Parameter, Since, Tag, Until, filter_terms
from analysis_jobs.cli.options import OUT, AsJson, Outdir, StoreUrl, exit_if_damaged, open_store_of
from analysis_jobs.cli.tables import SHORT_KEY, on_terminal, say, say_aside, say_json, show_table
from analysis_jobs.json_values import plain_text
from analysis_jobs.results.differences import MISSING, Tolerance
from analysis_jobs.results.sides import PARAMETER, SIDE_TERMS, side_of, split_term
from analysis_jobs.wording import plural

if TYPE_CHECKING:
    from analysis_jobs.results.compared import ComparedJobs, ComparedOutput, OutputSummary
    from analysis_jobs.results.pairing import JobPair

SUMMARY_COLUMNS = ("output", "pairs", "equal", "different", "median difference", "largest difference", "of")
VALUE_COLUMNS = ("output", "label", "A", "B", "difference", "note")
MISSING_COLUMNS = ("no result", "why", "key in A", "key in B")
_SAYS = f"{', '.join(SIDE_TERMS)}, or {PARAMETER}NAME"


@app.command(rich_help_panel=USING)
def compare(
    a: Annotated[
        list[str], typer.Option("--a", help=f"the jobs of side A: {_SAYS}; may be repeated", metavar="TERM=VALUE")
    ],
    b: Annotated[list[str], typer.Option("--b", help="the jobs of side B, in the same form", metavar="TERM=VALUE")],
    name: Name = None,
    tag: Tag = None,
    parameter: Parameter = None,
    inputs: Input = None,
    since: Since = None,
    until: Until = None,
    may_differ: Annotated[
        list[str] | None,
        typer.Option(help="parameter that may differ between the sides; may be repeated", metavar="NAME"),
    ] = None,
    rtol: Annotated[float, typer.Option(min=0, help="relative difference (to A) up to which numbers are equal")] = 0.0,
    atol: Annotated[
        float, typer.Option(min=0, help="absolute difference up to which numbers are equal; added to --rtol")
    ] = 0.0,
    fail_if_different: Annotated[
        bool, typer.Option("--fail-if-different", help="end with status 1 if an output differs or a job has no partner")
    ] = False,
    most: Annotated[int, typer.Option(min=0, help="how many differing values of each output to show")] = 5,
    out: Annotated[
        Path | None, typer.Option(help="write all pairs as a table, .parquet or .csv", metavar="FILE")
    ] = None,
    as_json: AsJson = False,
    outdir: Outdir = OUT,
    store: StoreUrl = None,
) -> None:
    """Compare the outputs of jobs with the same inputs: two parameter sets, versions of the code, tags or launches."""
    from analysis_jobs.results.compared import compare_jobs

    of_both = filter_terms(name, tag, parameter, inputs, since, until)
    sides = [
        side_of([*(split_term(text, option) for text in texts), *of_both], option)
        for option, texts in (("--a", a), ("--b", b))
    ]
    if out:
        from analysis_jobs.results.table_files import check_table_name

        check_table_name(out)
    opened = open_store_of(outdir, store, read_only=True)
    compared = compare_jobs(opened, *sides, may_differ=may_differ or (), within=Tolerance(rtol, atol))
    if as_json:
        say_json(_as_json(compared))
    else:
        _show(compared, most)
    if out:
        _write(compared, out)
    exit_if_damaged(opened)
    if fail_if_different and (compared.different or compared.missing or not compared.compared):
        raise typer.Exit(1)


def _write(compared: "ComparedJobs", out: Path) -> None:
    from analysis_jobs.results.compare import compared_table
    from analysis_jobs.results.table_files import write_table

    table = compared_table(compared)
    write_table(table, out)
    say_aside(f"{plural(len(table), 'row')} in {out}")


def _show(compared: "ComparedJobs", most: int) -> None:
    for side, of, jobs in zip("AB", (compared.a, compared.b), compared.pairing.jobs, strict=True):
        say(f"{side}: {of.text}: {plural(jobs, 'job')}")
    for sentence in _sentences(compared):
        say(sentence)
    summaries = compared.summaries()
    if summaries:
        show_table(SUMMARY_COLUMNS, map(_summary_row, summaries), flexible=("output", "of"))
    _show_differences(summaries, most)
    if compared.missing:
        show_table(MISSING_COLUMNS, map(_missing_row, compared.missing), flexible=("no result", "why"))


def _show_differences(summaries: Sequence["OutputSummary"], most: int) -> None:
    unlike = [output for each in summaries for output in (*each.largest[:most], *each.no_numbers[:most])]
    if unlike:
        others = f", then at most {most} without a number" if any(each.no_numbers for each in summaries) else ""
        say(f"the largest differences, at most {most} of each output{others}; --out FILE.csv has all pairs")
        show_table(VALUE_COLUMNS, map(_value_row, unlike), flexible=("output", "label", "A", "B", "note"))


def _sentences(compared: "ComparedJobs") -> Iterator[str]:
    """Yield what is to be known of the numbers: what is compared, and all that was left out."""
    pairs, different, within = len(compared.compared), len(compared.different), str(compared.within)
    tolerance = f" within {within}" if within else ""
    yield f"{plural(pairs, 'pair')}: {pairs - different:,} equal in all outputs{tolerance}, {different:,} different"
    if compared.missing:
        yield f"not compared: {plural(len(compared.missing), 'job')} without a result on one side or both, named below"
    if not pairs and any(None in (pair.a, pair.b) for pair in compared.missing):
        yield "--may-differ NAME pairs jobs that differ in that parameter too"
    if same := compared.pairing.same:
        yield f"left out: {plural(same, 'pair')} whose two jobs have the same result"
    if older := compared.pairing.older:
        yield f"left out: {plural(older, 'result')} that a newer one of the same side has replaced"
    for side, count in zip("AB", compared.adopted(), strict=True):
        if count:
            yield f"{plural(count, 'result')} in {side} of other code, adopted"


def _summary_row(summary: "OutputSummary") -> tuple[object, ...]:
    first = next(iter(summary.largest), None)
    return (
        summary.name,
        summary.pairs,
        summary.equal,
        summary.different,
        _number(summary.median_difference),
        _number(first.difference) if first else "",
        first.pair.label if first else "",
    )


def _value_row(output: "ComparedOutput") -> tuple[object, ...]:
    a, b = ("" if value is MISSING else plain_text(value) for value in (output.a, output.b))
    return output.name, output.pair.label, a, b, _number(output.difference), output.note


def _missing_row(pair: "JobPair") -> tuple[object, ...]:
    length = SHORT_KEY if on_terminal() else None
    return pair.label, pair.missing, *(line.key[:length] if line else "" for line in (pair.a, pair.b))


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _as_json(compared: "ComparedJobs") -> dict[str, Any]:
    adopted = compared.adopted()
    sides = {
        name: {"said": side.text, "jobs": jobs, "adopted": of_other_code}
        for name, side, jobs, of_other_code in zip(
            "ab", (compared.a, compared.b), compared.pairing.jobs, adopted, strict=True
        )
    }
    return {
        **sides,
        "rtol": compared.within.relative,
        "atol": compared.within.absolute,
        "pairs": len(compared.compared),
        "different": len(compared.different),
        "same": compared.pairing.same,
        "older": compared.pairing.older,
        "outputs": {summary.name: _summary_json(summary) for summary in compared.summaries()},
        "missing": [{**_pair_json(pair), "reason": pair.missing} for pair in compared.missing],
        "values": [_value_json(output) for output in compared.outputs],
    }


def _summary_json(summary: "OutputSummary") -> dict[str, Any]:
    counts = {name: getattr(summary, name) for name in ("pairs", "equal", "only_a", "only_b", "median_difference")}
    largest = next(iter(summary.largest), None)
    return {**counts, "largest": _value_json(largest) if largest else None}


def _pair_json(pair: "JobPair") -> dict[str, Any]:
    keys = {f"{name}_key": line.key if line else None for name, line in (("a", pair.a), ("b", pair.b))}
    line = pair.either
    return {"label": pair.label, "subject": line.subject, "acquired": line.acquired, "inputs": line.inputs, **keys}


def _value_json(output: "ComparedOutput") -> dict[str, Any]:
    values = {name: value for name, value in (("a", output.a), ("b", output.b)) if value is not MISSING}
    told = {name: getattr(output, name) for name in ("difference", "relative", "equal", "note")}
    return {**_pair_json(output.pair), "output": output.name, **values, **told}
