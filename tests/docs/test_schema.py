"""nextflow_schema.json is what tools of nf-core take it for, which make forms and documentation of it."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]


def test_every_rule_is_one_that_is_checked() -> None:
    groups = json.loads((PROJECT / "nextflow_schema.json").read_text())["$defs"].values()
    rules = {rule for group in groups for about in group["properties"].values() for rule in about}
    checks = (PROJECT / "functions" / "parameters.nf").read_text()
    assert rules - {"description", "default"} == set(re.findall(r"^ +'?(\w+)'?: \[\{", checks, re.MULTILINE))


@pytest.mark.nextflow
def test_nf_core_takes_the_schema(tmp_path: Path) -> None:
    lint = shutil.which("nf-core")
    if lint is None:
        pytest.skip("nf-core is not on PATH: pip install nf-core, in an environment of its own")
    home = {"HOME": str(tmp_path), "NXF_HOME": str(tmp_path), "NO_COLOR": "1", "COLUMNS": "200"}
    home["NXF_OPTS"] = "-XX:TieredStopAtLevel=1"
    command = [lint, "pipelines", "schema", "lint", str(PROJECT / "nextflow_schema.json")]
    ended = subprocess.run(command, cwd=tmp_path, env={**os.environ, **home}, capture_output=True, text=True)
    said = ended.stdout + ended.stderr
    assert ended.returncode == 0, said
    assert "Default parameters match schema validation" in said
    assert "$id" not in said
