"""A recording with pickled objects is refused, and read by a launch that says so."""

from pathlib import Path

import pytest
from support.lab import Lab, outputs_of, records
from support.recordings import unpacked

pytestmark = pytest.mark.nextflow

ANALYSIS = """
from pathlib import Path

from analysis_jobs import GenericModel, Job, open_nwb


class AnalysisSpecification(GenericModel):
    analysis_name: str = "groups"


class AnalysisOutputs(GenericModel):
    groups: list[str]


def run_analysis(job: Job, specification: AnalysisSpecification, results: Path) -> AnalysisOutputs:
    with open_nwb(job.inputs[0]) as nwb:
        return AnalysisOutputs(groups=[group.name for group in nwb.units["electrode_group"][:]])
"""


def test_pickled_objects_are_read_where_the_launch_allows_it(new_lab) -> None:
    lab: Lab = new_lab("pickled")
    (lab.folder / "analysis.py").write_text(ANALYSIS)
    path: Path = unpacked("hdmf_zarr_0.13.0", lab.folder)
    lab.job("session", str(path))
    refused = lab.run()
    assert refused.states == {"session.json": "failed"}
    assert "has pickled Python objects" in refused.row("session.json")["reason"]
    allowed = lab.run(allow_pickle=True)
    assert allowed.states == {"session.json": "done"}, allowed.said
    (record,) = records(lab.store).values()
    assert outputs_of(record) == {"groups": ["shank"] * 3}
