"""All that SUMMARIZE does: account for every job, and write the table, the report and the counts."""

import json
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from analysis_jobs.jobs.outcome import Outcome
from analysis_jobs.report.account import OF_OUTCOME, WITHOUT_RESULT, closing_line, final_rows, plan_lines, write_table
from analysis_jobs.stages.files import read_lines


def summarize(
    decisions: Path,
    settled: Path | None,
    run: Path | None,
    *,
    bucket: str | None = None,
    profile: str | None = None,
    outdir: str | None = None,
    dry_run: bool = False,
) -> None:
    """Write ``jobs.tsv``, ``report.html`` and ``failed.txt`` into the current folder, and print the counts.

    Parameters
    ----------
    decisions
        ``decisions.jsonl`` of DEDUPE.
    settled
        Folder of the files that RECORD wrote; None for a plan: then only its decisions are printed.
    run
        ``run.json`` of DEDUPE.
    bucket, profile
        Where the results are, for the images of the report, and the AWS profile to read them with; None for no images.
    outdir
        Where the report will lie, for its links to results.
    dry_run
        Whether nothing was published.
    """
    if settled is None:
        planned = list(read_lines(decisions))
        print(plan_lines(planned))
        _count_failed(one["decision"] for one in planned)
        return
    from analysis_jobs.report.links import Links
    from analysis_jobs.report.report import write_report
    from analysis_jobs.report.run import Run
    from analysis_jobs.report.thumbnails import published_images

    outcomes, environments = _read_settled(settled)
    rows = final_rows(read_lines(decisions), outcomes, dry_run=dry_run)
    line = closing_line(rows, dry_run=dry_run)
    write_table(rows, Path("jobs.tsv"))
    links = Links(outdir, bucket)
    about = json.loads(run.read_text()) if run else {}
    images = published_images(rows, bucket, profile, links)
    write_report(Run(rows, line, about, environments, datetime.now(UTC), dry_run), images, links, Path("report.html"))
    _count_failed(row["state"] for row in rows)
    print(line)


def _read_settled(folder: Path) -> tuple[dict[str, Outcome], Counter[str]]:
    """Return of each outcome what the account needs, by key, and how many jobs ran in which environment, as JSON."""
    outcomes, environments = {}, Counter[str]()
    for path in sorted(folder.glob("*")):
        for outcome in read_lines(path):
            outcomes[outcome["key"]] = {name: outcome[name] for name in OF_OUTCOME if name in outcome}
            if "environment" in outcome:  # some ten kilobytes, nearly always the same
                environments[json.dumps(outcome["environment"], sort_keys=True)] += 1
    return outcomes, environments


def _count_failed(states: Iterable[str]) -> None:
    Path("failed.txt").write_text(str(sum(state in WITHOUT_RESULT for state in states)))
