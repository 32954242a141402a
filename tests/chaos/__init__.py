"""Random kills, races, damages and outages of real launches, and what the pipeline promises seen to at the end.

`python -m chaos --help`, or `make chaos`, says how to run it.
"""
