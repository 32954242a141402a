"""The side of the other environment: what an analysis cannot reach there."""

import os

from support.samples import in_child

from analysis_jobs.environments.serve import serve


def test_programs_of_the_analysis_do_not_have_its_descriptors() -> None:
    asked, requests = os.pipe()
    answers, told = os.pipe()
    os.set_inheritable(asked, True)
    os.set_inheritable(told, True)
    os.close(requests)

    def run() -> None:
        serve(asked, told)

    assert in_child(run) == 0  # nothing was asked
    os.close(told)
    assert os.read(answers, 1) == b""
