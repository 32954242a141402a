"""Two hundred instances of a stage at once, half of them with the same job: each job is claimed by one."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

from fakes.docdb import DocDBServer
from support.samples import ANALYSIS, job_text, write_files

INSTANCES = 200
# Each a process of its own, which has imported what the script imports; all of them start at the same time
PROGRAM = """
import os, sys
from pathlib import Path

import analysis_jobs.store.docdb_client
from analysis_jobs.stages.dedupe.dedupe import dedupe
from analysis_jobs.stages.dedupe.launch import Launch

folder, count = Path(sys.argv[1]), int(sys.argv[2])
ready, begin = os.pipe()
children = []
for number in range(count):
    if child := os.fork():
        children.append(child)
        continue
    status = 1
    try:
        os.close(begin)
        os.read(ready, 1)  # ends when the parent closes its end
        place = folder / "instances" / str(number)
        place.mkdir(parents=True)
        os.chdir(place)
        about = {"store": "docdb", "bucket": str(folder / "bucket"), "session": f"session-{number}"}
        dedupe(Launch(jobs=folder / "jobs" / str(number), analysis=str(folder / "analysis.py"), **about))
        status = 0
    finally:
        os._exit(status)
os.close(begin)
sys.exit(sum(os.waitpid(child, 0)[1] != 0 for child in children))
"""


def test_each_job_is_claimed_by_one(docdb: DocDBServer, tmp_path: Path) -> None:
    docdb.empty()
    for number in range(INSTANCES):
        jobs = {"own.json": job_text(f"own {number}"), **({"same.json": job_text("same")} if number % 2 else {})}
        write_files(tmp_path / "jobs" / str(number), jobs)
    write_files(tmp_path, {"analysis.py": ANALYSIS})
    (tmp_path / "bucket").mkdir()
    environment = {**os.environ, **docdb.environment, "DOCDB_COLLECTION": "instances"}
    command = [sys.executable, "-c", PROGRAM, str(tmp_path), str(INSTANCES)]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    lines = [
        json.loads(line)
        for path in (tmp_path / "instances").glob("*/decisions.jsonl")
        for line in path.read_text().splitlines()
    ]
    own = Counter(line["decision"] for line in lines if line["file"] == "own.json")
    same = Counter(line["decision"] for line in lines if line["file"] == "same.json")
    assert own == {"run": INSTANCES}
    assert same == {"run": 1, "claimed": INSTANCES // 2 - 1}
    states = list(docdb.collection("instances_jobs").find())
    assert Counter(state["state"] for state in states) == {"pending": INSTANCES + 1}
