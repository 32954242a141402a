"""The README's analysis is what a newcomer copies: it runs as it stands."""

import json
import re
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "examples"))


def test_the_analysis_in_the_readme(tmp_path: Path) -> None:
    from generate_sessions import generate_sessions

    [(session, _)] = generate_sessions(tmp_path / "sessions", 1)
    code = re.search(r"```python\n(.*?)```", (PROJECT / "README.md").read_text(), re.DOTALL)
    assert code is not None
    (tmp_path / "my_analysis.py").write_text(code[1])
    (tmp_path / "job.json").write_text(json.dumps({"s3_location": [str(session)]}))
    command = [Path(sys.executable).with_name("analysis-jobs"), "try", "my_analysis.py"]
    command += ["--job", "job.json", "--results", "out", "--json"]
    ended = subprocess.run(list(map(str, command)), cwd=tmp_path, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    rates = json.loads(ended.stdout)["outputs"]["rate_hz"]
    assert rates and all(0 < rate < 200 for rate in rates.values())
    lines = (tmp_path / "out" / "rates.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in lines] == list(rates)
