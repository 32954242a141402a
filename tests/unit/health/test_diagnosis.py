"""A line of the doctor."""

import json

from analysis_jobs.health.diagnosis import Diagnosis, broken, doubtful, fine


def test_a_line_as_json() -> None:
    line = Diagnosis("java", "wrong", "there is none")
    assert json.loads(json.dumps(line.as_json())) == {"check": "java", "level": "wrong", "message": "there is none"}


def test_the_levels() -> None:
    assert [said("x").level for said in (fine, doubtful, broken)] == ["ok", "warning", "wrong"]
