"""The command line: what is refused before anything starts, and what is wrong with a user's analysis."""

import json
from pathlib import Path
from typing import Any

import pytest
from support.lab import PROJECT, Ended, Lab, write_json

pytestmark = pytest.mark.nextflow


@pytest.fixture(scope="module")
def lab(new_lab) -> Lab:
    lab = new_lab("parameters")
    lab.use("plain.py")
    lab.job("a")
    (lab.folder / "a file").write_text("")
    return lab


def problem(ended: Ended) -> str:
    """The last line of what a launch said."""
    return ended.said.strip().splitlines()[-1]


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "unknown": (
        {"analyis": "analysis.py", "analysis": None},
        "There is no parameter --analyis; did you mean --analysis? See --help.",
    ),
    "a parameter of the analysis": (
        {"min_spikes": 5},
        "There is no parameter --min_spikes. See --help. "
        "A parameter of the analysis is given with --set.min_spikes VALUE.",
    ),
    "an option of Nextflow's": (
        {"work-dir": "w"},
        "There is no parameter --work-dir: Nextflow's own options have one dash, so write -work-dir.",
    ),
    "set as the commands have it": (
        {"set": "min_spikes=5"},
        "--set is min_spikes=5, and needs the name of a parameter of the analysis: write --set.min_spikes 5",
    ),
    "no jobs": (
        {"jobs": None},
        "--jobs is missing: Folder of job files, *.json at any depth, or one",
    ),
    "no analysis": ({"analysis": None}, "--analysis is missing: The analysis: a Python file, a folder, the name of an"),
    "jobs are not there": (
        {"jobs": "gone"},
        "--jobs gone is not there: give the folder that the job dispatcher wrote to, or one job file.",
    ),
    "parameters are not there": (
        {"parameters": "gone.json"},
        "--parameters gone.json is not a file: give a JSON file, or leave it out.",
    ),
    "a misspelt service": (
        {"store": "docDB"},
        "--store docDB does not exist. Did you mean docdb, AIND's document database? For a SQLite file of "
        "your own, give a path or an ending, such as ./docDB.sqlite.",
    ),
    "no processor": ({"analysis_cpus": 0}, "--analysis_cpus is 0: it must be 1 or more. See --help."),
    "fewer than no jobs": (
        {"jobs_per_task": -1},
        "--jobs_per_task is -1: it must be as its description says: How many jobs share one ANALYZE task, or auto",
    ),
    "a negative time": ({"claim_hours": -0.5}, "--claim_hours is -0.5: it must be more than 0. See --help."),
    "an unknown word": (
        {"log_level": "loud"},
        "--log_level is loud: it must be one of debug, info, warning, error. See --help.",
    ),
    "an empty folder": ({"outdir": ""}, "--outdir is empty: give a value, or leave it out for results. See --help."),
    "an empty environment": ({"environment": ""}, "--environment is empty: give a value, or leave it out. See --help."),
    "a message to nobody": (
        {"notify": "failures"},
        "--notify failures has nobody to send a message to: set the variable ANALYSIS_NOTIFY to an address of Apprise",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_it_is_refused_before_anything_starts(lab: Lab, case: str):
    parameters, said = REFUSED[case]
    ended = lab.run(**parameters)
    assert ended.returncode == 1
    assert problem(ended).startswith(said)
    assert not ended.tasks
    assert not lab.out.exists()


def test_an_address_for_all_tasks_is_refused_before_anything_starts(lab: Lab):
    config = lab.folder / "address.config"
    config.write_text("env.ANALYSIS_NOTIFY = 'slack://planted/token'\n")
    ended = lab.run("-c", str(config))
    assert ended.returncode == 1
    assert problem(ended).startswith(
        "ANALYSIS_NOTIFY is in the env scope of a configuration, which Nextflow writes into"
    )
    assert "planted" not in ended.said
    assert not ended.tasks


# Each with the rule that it breaks, none for a good one; texts are what other versions of Nextflow make of numbers
VALUES: list[tuple[str, object, str | None]] = [
    ("max_attempts", "abc", "of type integer"),
    ("max_attempts", 1.5, "of type integer"),
    ("max_attempts", "3", None),
    ("max_attempts", "0", "1 or more"),
    ("group_size", 0, "1 or more"),
    ("analysis_gpus", "-1", "0 or more"),
    ("analysis_gpus", "0", None),
    ("price_per_hour", 0, "more than 0"),
    ("price_per_hour", "nan", "of type number"),
    ("price_per_hour", "1e-3", None),
    ("claim_hours", "0.5", None),
    ("claim_hours", 1e9, "87600 or less"),
    ("plan", "maybe", "of type boolean"),
    ("plan", "true", None),
    ("set", "x", "of type object"),
    ("bucket", True, "of type string"),
    ("code_version", 1, None),
    ("outdir", "", "1 or more characters"),
    ("outdir", "a file", "a folder"),
    ("outdir", "s3://bucket/results", None),
    ("parameters", ".", "a file"),
    ("region", "us-west-2", None),
    ("aws_cli", "/opt/aws/bin/aws", None),
    ("aws_cli", "aws", "as its description says: Path of the aws command on the machines of the job queue, such as"),
    ("jobs_per_task", 25, None),
    ("jobs_per_task", "many", "as its description says: How many jobs share one ANALYZE task, or auto"),
    ("analysis_time", "4 weeks", "as its description says: Time limit of a job, such as '4 h', or auto"),
]
SCRIPT = """
include {{ brokenRule; knownParameters }} from '{project}/functions/parameters'

workflow {{
    def known = knownParameters()
    file('values.json').splitJson().each {{ given -> println "rule ${{brokenRule(given[1], known[given[0]])}}" }}
}}
"""


def test_every_rule_of_the_schema_holds(lab: Lab):
    write_json(lab.folder / "values.json", VALUES)
    pipeline = lab.folder / "main.nf"
    pipeline.write_text(SCRIPT.format(project=PROJECT))
    ended = lab.run(pipeline=pipeline, jobs=None, analysis=None, outdir=None)
    assert ended.returncode == 0, ended.said
    rules = [line.removeprefix("rule ") for line in ended.said.splitlines() if line.startswith("rule ")]
    for (name, value, wanted), rule in zip(VALUES, rules, strict=True):
        assert rule.startswith(wanted or "null"), (name, value)


def test_help_names_every_parameter(lab: Lab):
    ended = lab.run(jobs=None, analysis=None, outdir="HELP", help=True)
    assert ended.returncode == 0, ended.said
    assert not ended.tasks
    assert not (lab.folder / "HELP").exists()
    schema = json.loads((PROJECT / "nextflow_schema.json").read_text())
    known = {name: about for group in schema["$defs"].values() for name, about in group["properties"].items()}
    assert len(known) > 15
    for name, about in known.items():
        assert f"\n  --{name} " in ended.said
        assert about["description"] in ended.said
    titles = [f"\n{group['title']}\n" for group in schema["$defs"].values()]
    assert sorted(titles, key=ended.said.index) == titles


def analysis(lab: Lab, text: str) -> Path:
    path = lab.folder / "broken.py"
    path.write_text(text)
    return path


CONTRACT = {
    "syntax": ("def run_analysis(:\n", "broken.py, line 1 is not valid Python: invalid syntax"),
    "import": (
        "import a_package_that_nobody_has\n",
        "the analysis broken.py cannot be imported: ModuleNotFoundError: No module named "
        "'a_package_that_nobody_has' (broken.py, line 1); install a_package_that_nobody_has into",
    ),
}


@pytest.mark.parametrize("case", CONTRACT)
def test_an_analysis_that_cannot_be_loaded(new_lab, case: str):
    text, said = CONTRACT[case]
    lab = new_lab("unloadable")
    lab.job("a")
    ended = lab.run(analysis=analysis(lab, text))
    assert ended.returncode == 1
    assert problem(ended).startswith(said)
    assert ended.tasks == {"DEDUPE": 1}
    assert "Traceback" not in ended.said
    assert not lab.store.exists()


def test_an_analysis_that_breaks_the_contract(new_lab):
    """One sentence with all that is wrong."""
    lab = new_lab("contract")
    lab.job("a")
    lab.use("wrong_contract.py")
    ended = lab.run()
    assert ended.returncode == 1
    said = problem(ended)
    assert said.startswith("the analysis analysis.py does not define AnalysisSpecification: it must be a class")
    assert "did you mean 'AnalysisSpecifikation'?" in said
    assert "defines AnalysisOutputs as {'total': <class 'int'>}: it must be a class derived from" in said
    assert "defines run_analysis(job, results): it must take three arguments, run_analysis(job, spec" in said
    assert ended.tasks == {"DEDUPE": 1}


def test_a_misspelt_parameter_of_the_analysis(lab: Lab):
    ended = lab.run(set={"valeu": 3})
    assert ended.returncode == 1
    said = "--set: 'valeu' (given as '3') is not a parameter of the analysis; did you mean 'value'?"
    assert problem(ended) == said
    assert ended.tasks == {"DEDUPE": 1}


TYPED = """
from typing import Any

from analysis_jobs import GenericModel


class AnalysisSpecification(GenericModel):
    analysis_name: str = "typed"
    tag: str = ""
    version: str = ""
    day: str = ""
    names: list[str] = []
    nothing: int | None = 1
    options: dict[str, Any] = {}


class AnalysisOutputs(GenericModel):
    value: int = 0


def run_analysis(job, specification, results):
    return AnalysisOutputs()
"""
GIVEN = """
set:
  tag: "008"
  day: 2024-03-01
  names: [a, "1"]
  nothing: null
  options: {"on": true, low: 0.5, "text": "0.5", none: null, list: [1, {a: b}], empty: {}}
"""


def test_parameters_of_a_file_and_of_the_command_line_arrive_as_written(new_lab):
    lab = new_lab("typed")
    lab.job("a")
    (lab.folder / "params.yaml").write_text(GIVEN)
    given = {"version": "2d", "options": {"high": "0.70", "low": "true"}}
    ended = lab.run("-params-file", "params.yaml", analysis=analysis(lab, TYPED), set=given, plan=True)
    assert ended.returncode == 0, ended.said
    (line,) = (json.loads(line) for line in (lab.out / "decisions.jsonl").read_text().splitlines())
    assert line["parameters"] == {
        "analysis_name": "typed",
        "tag": "008",
        "version": "2d",
        "day": "2024-03-01",
        "names": ["a", "1"],
        "nothing": None,
        "options": {
            "on": True,
            "low": True,
            "text": "0.5",
            "none": None,
            "list": [1, {"a": "b"}],
            "empty": {},
            "high": 0.7,
        },
    }


@pytest.mark.parametrize("written", ["options: {on: true}", "tag: 2024-03-01T10:00:00Z", "options: {a: {no: 1}}"])
def test_what_yaml_makes_unknowable_is_refused(lab: Lab, written: str):
    (lab.folder / "params.yaml").write_text(f"set:\n  {written}\n")
    ended = lab.run("-params-file", "params.yaml", analysis=analysis(lab, TYPED), plan=True)
    assert ended.returncode == 1
    assert problem(ended).endswith("put it in quotes in -params-file, or write it into the file of --parameters")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("{tag: 010}", "has 010, which YAML takes for the octal number 8: put it in quotes, or leave out the zeros."),
        ("{tag: a, version: b, tag: c}", "has tag twice in one object, and one of them would be lost: keep one."),
    ],
)
def test_what_yaml_would_lose_is_refused(lab: Lab, written: str, said: str):
    (lab.folder / "params.yaml").write_text(f"set: {written}\n")
    ended = lab.run("-params-file", "params.yaml", analysis=analysis(lab, TYPED), plan=True)
    assert ended.returncode == 1
    assert f"-params-file params.yaml {said}" in ended.said
    assert not ended.tasks


def test_what_every_job_sets_itself_cannot_be_set(new_lab):
    lab = new_lab("sweep")
    lab.job("a")
    (lab.folder / "sweep.json").write_text('[{"tag": "1"}, {"tag": "2"}]')
    ended = lab.run(analysis=analysis(lab, TYPED), parameters="sweep.json", set={"tag": "3"}, plan=True)
    assert ended.returncode == 1
    assert problem(ended).startswith("--set.tag 3 would change nothing: every job sets tag itself")
