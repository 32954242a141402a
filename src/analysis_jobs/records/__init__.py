"""The record of a finished job, a document of aind-data-schema: built from what was published, and read again.

May use the floors below nouns, and is the only room that imports aind-data-schema, or its successor biodata-schema.
Never asks a service: who has a record gives it, who wants one stored takes it.
"""
