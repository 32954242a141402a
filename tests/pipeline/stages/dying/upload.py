#!/usr/bin/env python
"""Stands before the pipeline's upload.py on PATH, and dies in the middle of a job's second file."""

import os
import runpy
import signal
import sys
from pathlib import Path

from analysis_jobs.bucket import local_copying

copy = local_copying._copy
died = Path(os.environ["HOLD"], "died once")


def dying_copy(source: Path, target: Path) -> str:
    content = source.read_bytes()
    once = b"die once" in content and not died.exists()
    if source.name == "2.bin" and (once or b"die always" in content):
        if once:
            died.touch()
        target.write_bytes(content[: len(content) // 2])
        os.kill(os.getpid(), signal.SIGKILL)
    return copy(source, target)


local_copying._copy = dying_copy
sys.argv[0] = os.path.join(os.environ["SCRIPTS"], "upload.py")
runpy.run_path(sys.argv[0], run_name="__main__")
