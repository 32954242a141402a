"""ANALYZE: run the user's code on the jobs of a batch, each in a process and a folder of its own.

The only room that runs an analysis, and one that has no credentials to write anywhere.
"""
