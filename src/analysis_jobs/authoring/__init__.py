"""For who writes an analysis: a new one to start from, a trial on one job, and a check of everything that can be wrong.

May use stages and all rooms below them. Never publishes, records or claims.
"""
