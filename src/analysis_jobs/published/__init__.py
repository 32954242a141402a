"""Published results as a whole: found, handed on as a crate, and computed again.

May use stages and all rooms below them, and is the only room that imports rocrate. Never changes the results of a job,
nor its record.
"""
