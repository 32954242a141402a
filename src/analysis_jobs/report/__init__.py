"""What is told of a run when it has ended: jobs.tsv, the closing line, and report.html.

May use keepers, nouns and the ground floor, and is the only room that imports jinja2, PIL, bokeh and itables. Never
decides anything: it tells what stages have settled, and one job's odd file never fails it.
"""
