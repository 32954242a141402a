"""Job files for the assets of a CSV, a pattern or a query, as the original job dispatcher writes them.

May use keepers and the floors below them. Never knows an analysis, and never asks which jobs are done: DEDUPE does.
"""
