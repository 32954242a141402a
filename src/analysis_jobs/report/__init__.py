"""What is told of a run when it has ended: jobs.tsv, the closing line, and report.html.

May use keepers and the floors below them, and is the only room that imports PIL and markupsafe. Never decides
anything: it tells what stages have settled, and one job's odd file never fails it.
"""
