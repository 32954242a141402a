"""The command as people and shells meet it: terminals, pipes, interruptions, completion, hostile texts, logs."""

from pathlib import Path

from support.samples import run_python

from analysis_jobs.store.sqlite import SqliteStore


def test_a_fast_start(tmp_path: Path):
    """Nothing large is imported to list the jobs of a file."""
    path = tmp_path / "records.sqlite"
    SqliteStore(path)
    code = """
import sys
from analysis_jobs.cli import main
sys.argv = ["analysis-jobs", "list", "--store", sys.argv[1]]
try:
    main()
finally:
    large = {"pandas", "numpy", "aind_data_schema", "aind_data_access_api", "obstore", "boto3", "botocore"}
    print(sorted(large & set(sys.modules)))
    sys.exit(0)
"""
    assert run_python(code, path).splitlines()[-1] == "[]"
