"""The work of a job in pipelines that ours is compared with: import pydantic, build a model, write a line.

Usage: one_model.py NUMBER FAILING    (with FAILING over 0 every so many-th number fails)
"""

import sys

from pydantic import BaseModel


class Specification(BaseModel):
    """No parameters but the name, and the number of the job."""

    analysis_name: str = "trivial"
    number: int


def work(number: int, failing: int) -> str:
    """Return a line that is made of a model."""
    specification = Specification(number=number)
    if failing and specification.number % failing == 0:
        raise ValueError(f"job {specification.number} is to fail")
    return specification.model_dump_json()


if __name__ == "__main__":
    print(work(int(sys.argv[1]), int(sys.argv[2])))
