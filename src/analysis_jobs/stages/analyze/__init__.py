"""ANALYZE: run the user's code on the jobs of a batch, each in a process and a folder of its own.

May use what stages may. The only room that runs an analysis, and one that never has credentials to write anywhere.
"""
