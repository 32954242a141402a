"""The report of a run: one HTML file that needs no network.

Imports within functions are for a quick start.
"""

from dataclasses import replace
from pathlib import Path

from analysis_jobs.report.breaks import breakable
from analysis_jobs.report.columns import STATES
from analysis_jobs.report.facts import facts
from analysis_jobs.report.failures import GROUPS_SHOWN, JOBS_NAMED, failure_groups
from analysis_jobs.report.fields import before_text, drawable_fields, left_out_text
from analysis_jobs.report.gallery import gallery_of
from analysis_jobs.report.libraries import bokeh_script, datatables_script, datatables_style
from analysis_jobs.report.links import Links
from analysis_jobs.report.measures import measures
from analysis_jobs.report.next_step import next_step
from analysis_jobs.report.packing import SEPARATORS, packed
from analysis_jobs.report.row_labels import label_of, with_labels
from analysis_jobs.report.run import Run
from analysis_jobs.report.table import table_of, values_text
from analysis_jobs.report.thumbnails import Images
from analysis_jobs.report.try_command import TryCommand
from analysis_jobs.wording import size_text, visible

# Rows of the table that are there without JavaScript
FIRST_ROWS = 100
STYLE_SHEETS = ("report.css", "table.css", "plots.css", "gallery.css", "print.css")
# In this order, since they are one module
SCRIPTS = (
    "texts.js", "table.js", "details.js", "filters.js",
    "drawing.js", "measures.js", "choice.js", "sentences.js", "kinds.js", "outputs.js",
    "viewer.js", "gallery.js",
)  # fmt: skip


def write_report(run: Run, images: Images, links: Links, path: Path) -> None:
    """Write ``report.html``: what to do next, failures by cause, outputs, figures, all jobs, and the run.

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
    environment.policies["json.dumps_kwargs"] = {"separators": SEPARATORS}
    environment.filters |= {"breakable": breakable, "visible": visible}
    run = replace(run, rows=with_labels(run.rows))
    try_command = TryCommand(run.about, run.rows)
    groups = failure_groups(run.rows)
    taken = measures(run.rows)
    drawn = drawable_fields(run.rows)
    gallery = gallery_of(run.rows, images)
    data = table_of(run.rows, groups, links, try_command)
    data |= {"fields": [vars(field) for field in drawn.fields], "missing": gallery.missing}
    text = environment.get_template("report.html").render(
        run=run,
        states=STATES,
        next_step=next_step(run, groups),
        groups=groups,
        most_groups=GROUPS_SHOWN,
        most_named=JOBS_NAMED,
        label_of=label_of,
        try_command=try_command,
        measures=taken,
        outputs=[field.name for field in drawn.fields if field.role == "output"],
        outputs_before=before_text(run.rows),
        outputs_left_out=left_out_text(drawn.left_out),
        dated=any(row.get("acquired") for row in run.rows),
        subjects=any(row.get("subject") for row in run.rows),
        data=data,
        packed=packed(data),
        first_rows=FIRST_ROWS,
        styles=STYLE_SHEETS,
        scripts=SCRIPTS,
        values_text=values_text,
        size_text=size_text,
        gallery=gallery,
        facts=facts(run),
        datatables_style=datatables_style(),
        datatables_script=datatables_script(),
        bokeh_script=bokeh_script() if taken or drawn.fields else "",
    )
    path.write_text(text, encoding="utf-8", errors="backslashreplace")  # names of files may be no text
