"""DEDUPE: read the jobs, decide on each by what the store knows, claim those to run, and write their batches.

`dedupe.py` has the steps in their order, and the other files one of them each.
"""
