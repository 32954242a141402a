"""The report of a run: one HTML file that needs no network.

Imports within functions are for a quick start.
"""

from pathlib import Path

from analysis_jobs.report.account import STATES
from analysis_jobs.report.facts import facts
from analysis_jobs.report.failures import FILES_NAMED, GROUPS_SHOWN, failure_groups
from analysis_jobs.report.libraries import bokeh_script, datatables_script, datatables_style
from analysis_jobs.report.links import Links
from analysis_jobs.report.measures import measures
from analysis_jobs.report.next_step import next_step
from analysis_jobs.report.run import Run
from analysis_jobs.report.table import table_of, values_text
from analysis_jobs.report.thumbnails import Images
from analysis_jobs.report.try_command import TryCommand
from analysis_jobs.wording import size_text

# Rows of the table that are there without JavaScript
FIRST_ROWS = 100


def write_report(run: Run, images: Images, links: Links, path: Path) -> None:
    """Write ``report.html``: counts, what to do next, failures by cause, plots, all jobs, images and the run.

    Parameters
    ----------
    run
        The rows and all that is known of the run.
    images
        Pictures of results.
    links
        Where results are, as seen from the report.
    path
        The file. Nothing in it that came from outside is markup, and it loads nothing.
    """
    from jinja2 import Environment, PackageLoader, select_autoescape

    environment = Environment(
        loader=PackageLoader("analysis_jobs.report", "templates"),
        autoescape=select_autoescape(),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["json.dumps_kwargs"] = {"separators": (",", ":")}
    try_command = TryCommand(run.about, run.rows)
    groups = failure_groups(run.rows)
    taken = measures(run.rows)
    text = environment.get_template("report.html").render(
        run=run,
        states=STATES,
        next_step=next_step(run, groups),
        groups=groups,
        most_groups=GROUPS_SHOWN,
        most_named=FILES_NAMED,
        try_command=try_command,
        measures=taken,
        table=table_of(run.rows, groups, links, try_command),
        first_rows=FIRST_ROWS,
        values_text=values_text,
        size_text=size_text,
        images=images,
        facts=facts(run),
        datatables_style=datatables_style(),
        datatables_script=datatables_script(),
        bokeh_script=bokeh_script() if taken else "",
    )
    path.write_text(text, encoding="utf-8", errors="backslashreplace")  # names of files may be no text
