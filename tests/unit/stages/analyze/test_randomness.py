"""No two jobs of a task draw the same numbers, unless the analysis asks for it."""

from pathlib import Path

import pytest
from support.batches import Batch

ANALYSIS = """
import random
import numpy
from analysis_jobs import GenericModel
{at_import}

class AnalysisSpecification(GenericModel):
    session: int

class AnalysisOutputs(GenericModel):
    python: float
    numpy: float

def run_analysis(job, specification, results):
    return AnalysisOutputs(python=random.random(), numpy=float(numpy.random.rand()))
"""
JOBS = {name: {"session": number} for number, name in enumerate("abc")}


def drawn(batch: Batch, kind: str) -> set[float]:
    return {batch.outcome(name)["outputs"][kind] for name in JOBS}


@pytest.mark.parametrize("kind", ["python", "numpy"])
def test_jobs_draw_different_numbers(kind: str, tmp_path: Path) -> None:
    assert len(drawn(Batch(tmp_path, ANALYSIS.format(at_import=""), JOBS), kind)) == 3


@pytest.mark.parametrize("kind", ["python", "numpy"])
def test_who_seeds_at_the_import_draws_the_same(kind: str, tmp_path: Path) -> None:
    """As in processes of their own."""
    text = ANALYSIS.format(at_import="random.seed(7)\nnumpy.random.seed(7)")
    assert len(drawn(Batch(tmp_path, text, JOBS), kind)) == 1


@pytest.mark.parametrize(
    "text",
    ["def unused():\n    random.seed(7)\n    numpy.random.seed(7)", "if __name__ == '__main__':\n    random.seed(7)"],
)
def test_a_seed_that_the_import_does_not_come_to(text: str, tmp_path: Path) -> None:
    batch = Batch(tmp_path, ANALYSIS.format(at_import=text), JOBS)
    assert (len(drawn(batch, "python")), len(drawn(batch, "numpy"))) == (3, 3)


@pytest.mark.parametrize(
    ("text", "same", "other"),
    [
        ("random.seed(7)", "python", "numpy"),
        ("numpy.random.seed(7)", "numpy", "python"),
        ("from numpy import random as r\nr.seed(7)", "numpy", "python"),
        ("def seed_all(seed):\n    random.seed(seed)\nseed_all(7)", "python", "numpy"),
    ],
)
def test_what_is_seeded_is_the_same_and_nothing_else(text: str, same: str, other: str, tmp_path: Path) -> None:
    batch = Batch(tmp_path, ANALYSIS.format(at_import=text), JOBS)
    assert (len(drawn(batch, same)), len(drawn(batch, other))) == (1, 3)


@pytest.mark.parametrize("made", ["numpy.random.default_rng()", "numpy.random.RandomState(3)", "random.Random()"])
def test_a_generator_made_at_the_import_is_warned_of(made: str, tmp_path: Path) -> None:
    batch = Batch(tmp_path, ANALYSIS.format(at_import=f"RNG = {made}"), JOBS)
    assert batch.log("b") == (
        "warning: writers.RNG was made at import, and gives every job of this task the same numbers; make it in "
        "run_analysis\n"
    )


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("class Sim:\n    rng = numpy.random.default_rng()", "Sim.rng"),
        ("def f(rng=numpy.random.default_rng()): pass", "f()"),
        ("class Sim:\n    def f(self, *, rng=random.Random()): pass", "Sim.f()"),
        ("RNGS = [0, random.Random()]", "RNGS[1]"),
        ("RNGS = {'a': random.Random()}", "RNGS['a']"),
        ("shuffle = random.Random(2).shuffle", "shuffle"),
        ("draw = numpy.random.default_rng(2).normal", "draw"),
        ("import functools\ndraw = functools.partial(random.Random.random, random.Random(2))", "draw"),
        ("import functools\ndraw = functools.partial(random.Random(2).choice, [1, 2])", "draw"),
        ("def made(rng):\n    return lambda: rng.random()\ndraw = made(random.Random(2))", "draw"),
        ("class Sim:\n    def __init__(self): self.rng = random.Random()\nSIM = Sim()", "SIM.rng"),
    ],
)
def test_so_is_one_in_a_class_or_a_default(text: str, name: str, tmp_path: Path) -> None:
    log = Batch(tmp_path, ANALYSIS.format(at_import=text), JOBS).log("b")
    assert log.startswith(f"warning: writers.{name} was made at import")


def test_numbers_of_the_system_are_nobodys(tmp_path: Path) -> None:
    assert Batch(tmp_path, ANALYSIS.format(at_import="RNG = random.SystemRandom()"), JOBS).log("b") == ""


def test_a_job_that_is_alone_is_not_warned(tmp_path: Path) -> None:
    batch = Batch(tmp_path, ANALYSIS.format(at_import="RNG = random.Random()"), {"a": {"session": 1}})
    assert batch.log("a") == ""
