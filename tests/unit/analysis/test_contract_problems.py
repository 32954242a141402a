"""What is said of a module that does not keep the contract of an analysis."""

from pathlib import Path

import pytest
from support.analyses import loaded, refusal
from support.samples import ANALYSIS, write_files

pytestmark = pytest.mark.usefixtures("importing")


SPECIFICATION = "a class derived from GenericModel, with the parameters as fields"
OUTPUTS = "a class derived from GenericModel, with the results as fields"
FUNCTION = "a function run_analysis(job, specification, results)"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            ("class AnalysisSpecification", "class Spec"),
            f"does not define AnalysisSpecification: it must be {SPECIFICATION}",
        ),
        (("class AnalysisOutputs", "class Outputs"), f"does not define AnalysisOutputs: it must be {OUTPUTS}"),
        (
            ("class AnalysisOutputs", "class AnalysisOutput"),
            f"does not define AnalysisOutputs: it must be {OUTPUTS}; did you mean 'AnalysisOutput'?",
        ),
        (
            ("class AnalysisSpecification", "class AnalysisSpecs"),
            f"does not define AnalysisSpecification: it must be {SPECIFICATION}; did you mean 'AnalysisSpecs'?",
        ),
        (("def run_analysis", "def run"), f"does not define run_analysis: it must be {FUNCTION}"),
        (
            ("def run_analysis", "def run_analyses"),
            f"does not define run_analysis: it must be {FUNCTION}; did you mean 'run_analyses'?",
        ),
        (
            ("Specification(GenericModel):", "Specification:"),
            f"defines AnalysisSpecification as <class 'my_analysis.AnalysisSpecification'>: it must be {SPECIFICATION}",
        ),
        (
            ("(job, specification, results)", "(job, specification)"),
            f"defines run_analysis(job, specification): it must take three arguments, {FUNCTION.split(' ', 2)[2]}",
        ),
        (
            ("(job, specification, results)", "(job, *, specification, results)"),
            "defines run_analysis(job, *, specification, results): it must take three arguments, "
            "run_analysis(job, specification, results)",
        ),
        (("def run_analysis", "async def run_analysis"), "defines run_analysis as async: it must be a plain function"),
    ],
)
def test_contract(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    message = refusal(tmp_path, ANALYSIS.replace(*change, 1))
    assert message.startswith("the analysis my_analysis.py ")
    assert message.endswith(said)


@pytest.mark.parametrize(
    ("definition", "said"),
    [
        ("AnalysisOutputs = None", f"does not define AnalysisOutputs: it must be {OUTPUTS}"),
        ("AnalysisOutputs = {'value': 1}", f"defines AnalysisOutputs as {{'value': 1}}: it must be {OUTPUTS}"),
        ("AnalysisOutputs = dict", f"defines AnalysisOutputs as <class 'dict'>: it must be {OUTPUTS}"),
        ("AnalysisOutputs = AnalysisOutputs(value=1)", f"as AnalysisOutputs(value=1.0): it must be {OUTPUTS}"),
        ("run_analysis = 3", "defines run_analysis as 3: it must be a function"),
        ("run_analysis = AnalysisOutputs", "as <class 'my_analysis.AnalysisOutputs'>: it must be a function"),
    ],
)
def test_names_of_the_wrong_kind(tmp_path: Path, definition: str, said: str) -> None:
    assert refusal(tmp_path, f"{ANALYSIS}\n{definition}\n").endswith(said)


def test_all_that_is_missing_is_said_at_once(tmp_path: Path) -> None:
    assert refusal(tmp_path, "") == (
        f"the analysis my_analysis.py does not define AnalysisSpecification: it must be {SPECIFICATION}; "
        f"and does not define AnalysisOutputs: it must be {OUTPUTS}; "
        f"and does not define run_analysis: it must be {FUNCTION}"
    )


@pytest.mark.parametrize(
    "change",
    [
        ("(job, specification, results)", "(job, specification, results, extra=1)"),
        ("(job, specification, results)", "(a, b, c)"),
        ("(job, specification, results)", "(*arguments)"),
        ("import GenericModel,", "import GenericModel as _, "),
    ],
    ids=["one more with a default", "other names", "any number", "AIND's model"],
)
def test_what_keeps_the_contract(tmp_path: Path, change: tuple[str, str]) -> None:
    text = "from aind_data_schema.base import GenericModel\n" + ANALYSIS.replace(*change)
    write_files(tmp_path, {"my_analysis.py": text})
    assert loaded(tmp_path / "my_analysis.py").specification().cutoff == 0.5
