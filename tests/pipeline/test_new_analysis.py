"""What `analysis-jobs new` makes, by the very commands of its README, through the real pipeline."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from support.lab import PROJECT, Lab, outputs_of, published, records, table_rows

pytestmark = pytest.mark.nextflow


def command(lab: Lab, *arguments: str) -> str:
    program = shutil.which("analysis-jobs", path=lab.environment["PATH"])
    ended = subprocess.run([program, *arguments], cwd=lab.folder, env=lab.environment, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.mark.parametrize(
    ("template", "outputs"),
    [
        ("table", [{"n_values": 8, "fraction_above": 0.125}, {"n_values": 8, "fraction_above": 0.5}]),
        ("isi", [{"isi_violations": {"0": 0.0, "1": 0.5}}]),  # with either cutoff
    ],
)
def test_a_new_analysis(new_lab, template: str, outputs: list[dict]) -> None:
    lab = new_lab(f"new_{template}")
    lab.environment["TMPDIR"] = str(lab.folder)  # where `try` makes a fresh folder
    command(lab, "new", "my_analysis", "--from", template)
    readme = (lab.folder / "my_analysis" / "README.md").read_text()
    blocks = re.findall(r"```bash\n(.*?)```", readme, re.DOTALL)
    assert len(blocks) == 3
    for path in PROJECT.glob("[a-z]*"):  # as in a checkout
        if not (lab.folder / path.name).exists():
            (lab.folder / path.name).symlink_to(path)
    for block in blocks:
        ended = subprocess.run(
            ["bash", "-e", "-c", block], cwd=lab.folder, env=lab.environment, capture_output=True, text=True
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
    out = lab.folder / "my_analysis_results"
    rows = table_rows(out / "jobs.tsv")
    assert [row["state"] for row in rows] == ["done", "done"]
    found = records(out / "records.sqlite")
    assert published(out / "analyses").keys() == found.keys() == {row["key"] for row in rows}
    assert all(outputs_of(record) in outputs for record in found.values())
    job = str(Path("my_analysis", "jobs", "example.json"))
    tried = command(lab, "try", "my_analysis", "--job", job, "--parameters", "my_analysis/parameters.json", "--json")
    assert {json.loads(line)["key"] for line in tried.splitlines()} == found.keys()
