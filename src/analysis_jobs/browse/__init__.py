"""A web application on this machine, by which people look at jobs and their results: found, compared and exported.

May use the report, the results and all rooms below them, and is the only room that imports starlette and uvicorn. Never
writes to store or bucket, never takes a text of theirs for markup, and loads nothing from the network.
"""
