"""Published results as a whole: found, checked, handed on as a crate, and computed again.

May use stages and all rooms below them, and is the only room that imports rocrate. Never changes the results of a job:
fsck only puts back or takes away what stands beside them.
"""
