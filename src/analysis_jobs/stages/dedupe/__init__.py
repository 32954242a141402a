"""DEDUPE: read the jobs, decide on each by what the store knows, claim those to run, and write their batches.

May use what stages may. `planner.py` has the steps in their order: `candidates.py` reads, merges, validates and keys,
`rules.py` decides, and `batches.py` writes. Never runs an analysis.
"""
