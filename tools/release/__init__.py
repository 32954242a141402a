"""Makes a release of this project: its version, its section of the changelog, a tag, and what is published of it.

`python -m release 0.2.0` with tools/ on PYTHONPATH; `make release VERSION=0.2.0` does that.
"""
