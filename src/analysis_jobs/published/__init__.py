"""Published results as a whole: found, checked, handed on as a crate, and computed again.

May use stages and all rooms below them, and is the only room that imports rocrate. Never changes a
result that is published.
"""
