"""Labels of decisions: among all of a launch, never empty, however many there are."""

import json
import tracemalloc
from pathlib import Path
from typing import Any

from analysis_jobs.stages.decision_labels import DecisionLabels, labelled_decisions, write_labelled


def decision(file: str, **more: Any) -> Any:
    return {"file": file, "decision": "run", "reason": "new", "key": f"key of {file}", **more}


DECISIONS = [
    decision("1.json", inputs=["/d/a"], parameters={"n": 1}),
    decision("2.json", inputs=["/d/a"], parameters={"n": 2}),
    decision("3.json", inputs=["s3://b/uuid"], assets=["session_1"], parameters={"n": 2}, decision="done"),
    decision("4.json", inputs=["/d/a"], decision="invalid"),
    decision("deep/5\n\u202e.json", decision="invalid"),
    decision("6.json", inputs=["/"], decision="invalid"),
]
LABELS = ["a · n=1", "a · n=2", "session_1 · n=2", "a", "deep/5 .json", "6.json"]


def test_labels_of_decisions() -> None:
    assert [each["label"] for each in labelled_decisions(DECISIONS)] == LABELS
    assert labelled_decisions([]) == []


def test_a_file_of_decisions(tmp_path: Path) -> None:
    labels = DecisionLabels()
    for each in DECISIONS:
        labels.see(each)
    (tmp_path / "in").write_text("".join(json.dumps(each) + "\n" for each in DECISIONS))
    to_run = write_labelled(tmp_path / "in", tmp_path / "out", labels)
    assert to_run == {"key of 1.json": "a · n=1", "key of 2.json": "a · n=2"}
    assert list(map(json.loads, (tmp_path / "out").read_text().splitlines())) == labelled_decisions(DECISIONS)


def test_little_is_kept_of_many() -> None:
    def kept(count: int) -> int:
        tracemalloc.start()
        labels = DecisionLabels()
        for number in range(count):
            parameters = {"cutoff": number, "text": f"{number}" * 100}
            labels.see(decision("a", inputs=[f"/d/{number % 10}"], parameters=parameters))
        size, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return size

    assert kept(5_000) < 100_000  # bytes
