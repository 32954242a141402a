#!/usr/bin/env python
"""Stands before one of the pipeline's scripts on PATH, and waits before jobs whose input asks for it."""

import os
import sys
import time
from pathlib import Path

name = Path(sys.argv[0]).name
wanted = f"hold {Path(name).stem}"
folder = Path(os.environ["HOLD"])
go = folder / f"{wanted} go"
# Of a launch that is to be held later, "reached" is for that stage to say
if not go.exists() and any(wanted in batch.read_text() for batch in Path("batches").glob("*.json")):
    (folder / f"{wanted} reached").touch()
    end = time.monotonic() + 90
    while not go.exists() and time.monotonic() < end:
        time.sleep(0.05)
script = os.path.join(os.environ["SCRIPTS"], name)
os.execv(script, [script, *sys.argv[1:]])
