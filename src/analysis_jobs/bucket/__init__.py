"""Where results are published: one protocol, a folder and S3 behind it, and where results are after a bucket was moved.

May use nouns and the floors below them, and is the only room that writes with obstore. Never knows what an analysis
is, nor whether a job has a record.
"""
