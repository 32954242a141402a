"""Where records and job states live, and which launch has claimed a job: one protocol, SQLite and DocDB behind it.

May use nouns and the floors below them, and is the only room that imports sqlite3 and aind-data-access-api. Never
knows what an analysis is, and never looks into a bucket.
"""
