"""What the scripts say of the services that they ask, by ANALYSIS_LOG_LEVEL, and that no secret is in it."""

import logging
from pathlib import Path

import pytest
from fakes.docdb import DocDBServer
from fakes.keys import WRITER
from fakes.s3 import S3Server
from support.launches import launch
from support.samples import ANALYSIS, run_script, write_files

from analysis_jobs.retries import timed

# Of each script, what it says at info, and what it then asks of a folder and a file
INFO = {
    "dedupe": ["decided on 1 job: 1 to run"],
    "analyze": ["run the jobs of a batch: 1 done"],
    "upload": ["publish to BUCKET: 1 done"],
    "record": ["record the jobs of a group: 1 done"],
    "summarize": ["look for images in BUCKET: of 0 jobs"],
}
DEBUG = {
    "dedupe": ["the store STORE: records of 1 key: 0 found", "the store STORE: claim 1 job"],
    "analyze": ["run job in (KEY) in a process of its own: exit code 0"],
    "upload": ["the bucket BUCKET: publish KEY: 1 file, 0 bytes"],
    "record": ["the store STORE: insert 1 record", "the store STORE: settle 1 job"],
    "summarize": [],
}
REMOTE = {
    "dedupe": [
        "AWS credentials: env, profile ",
        "analysis/results at HOST: may it be written",
        "analysis/results at HOST: among 1 value of _id, the documents: 0 found",
        "analysis/results_jobs at HOST: write 1 document",
        "the bucket BUCKET: may it be written",
    ],
    "analyze": DEBUG["analyze"],
    "upload": ["the bucket BUCKET: the names in KEY", "the bucket BUCKET: publish KEY, 1 file, 0 bytes"],
    "record": ["the bucket BUCKET: put metadata.nd.json", "analysis/results at HOST: write 1 document"],
    "summarize": ["AWS credentials: env, profile "],
}


def logged(folder: Path, store: str, bucket: str) -> dict[str, list[str]]:
    """Run all scripts on one job, and return the lines of each, with fixed words for what differs."""
    write_files(folder, {"units.py": ANALYSIS})
    (key,) = launch(folder, folder / "units.py", store, bucket)
    work = folder / "launch"
    (work / "settled").mkdir()
    (work / "settled.jsonl").rename(work / "settled" / "group0.jsonl")
    given = ["--decisions", "decisions.jsonl", "--settled", "settled", "--bucket", bucket]
    (work / "summarize.err").write_text(run_script("summarize", *given, cwd=work).stderr)
    found = {}
    for name in INFO:
        text = (work / f"{name}.err").read_text()
        for value, word in ((key, "KEY"), (store, "STORE"), (bucket, "BUCKET")):
            text = text.replace(value, word)
        found[name] = text.splitlines()
    return found


def starts(lines: list[str], level: str, texts: list[str]) -> None:
    """See that each of the texts begins a line of a level."""
    for text in texts:
        assert any(line.startswith(f"{level}: {text}") for line in lines), (text, lines)


@pytest.fixture(params=["warning", "info", "debug"])
def level(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("ANALYSIS_LOG_LEVEL", request.param)
    return str(request.param)


def test_every_script_says_as_much_as_it_is_asked_to(level: str, tmp_path: Path) -> None:
    said = logged(tmp_path, str(tmp_path / "records.sqlite"), str(tmp_path / "analyses"))
    for name, lines in said.items():
        starts(lines, "INFO", INFO[name] if level != "warning" else [])
        starts(lines, "DEBUG", DEBUG[name] if level == "debug" else [])
        levels = {line.partition(":")[0] for line in lines}
        assert levels <= {"warning": set(), "info": {"INFO"}, "debug": {"INFO", "DEBUG"}}[level], lines


def test_without_a_level_nothing_is_said_but_warnings(tmp_path: Path) -> None:
    said = logged(tmp_path, str(tmp_path / "records.sqlite"), str(tmp_path / "analyses"))
    assert said == {name: [] for name in INFO}


def test_what_was_asked_of_s3_and_docdb_and_no_secret(
    s3: S3Server, docdb: DocDBServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docdb.empty()
    settings = {**s3.environment, **docdb.environment, "DOCDB_COLLECTION": "results", "MY_API_TOKEN": "a planted token"}
    for name, value in {**settings, "ANALYSIS_LOG_LEVEL": "debug"}.items():
        monkeypatch.setenv(name, value)
    bucket = f"s3://{s3.make_bucket('what-is-logged')}/results"
    said = logged(tmp_path, "docdb", bucket)
    for name, texts in REMOTE.items():
        starts(said[name], "DEBUG", [text.replace("HOST", docdb.environment["DOCDB_HOST"]) for text in texts])
        # Neither our own keys nor what they sign, which other libraries would write down
        assert all(line.startswith(("DEBUG: ", "INFO: ")) for line in said[name])
        text = "\n".join(said[name])
        hidden = (WRITER.secret_key, settings["MY_API_TOKEN"], "Authorization", "Signature", "X-Amz")
        assert not [word for word in hidden if word in text]


def test_it_is_said_how_long_it_took_and_what_went_wrong() -> None:
    said: list[str] = []

    def say(text: str, *values: object) -> None:
        said.append(text % values)

    with timed(say, "the 100 % of it") as came:
        came.append("2 found")
    with pytest.raises(KeyError), timed(say, "the rest"):
        raise KeyError("x")
    assert [line.rpartition(", ")[0] for line in said] == ["the 100 % of it: 2 found", "the rest: KeyError"]
    assert all(line.endswith(" s") for line in said)


def test_an_analysis_may_log_as_it_likes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it sets up itself, and what it says at which level, is as in plain Python."""
    monkeypatch.setenv("ANALYSIS_LOG_LEVEL", "debug")
    set_up = "import logging\nlogging.basicConfig(level='INFO', format='mine: %(message)s')\n"
    body = "    logging.info('heard'); logging.debug('unheard')\n    return"
    write_files(tmp_path, {"units.py": set_up + ANALYSIS.replace("    return", body, 1)})
    launch(tmp_path, tmp_path / "units.py", str(tmp_path / "records.sqlite"), str(tmp_path / "analyses"))
    (log,) = (tmp_path / "analyses").glob("*/analysis.log")
    assert log.read_text() == "mine: heard\n"
    assert "mine: " not in (tmp_path / "launch" / "analyze.err").read_text()
    assert logging.getLogger("analysis_jobs").level == logging.NOTSET  # of this process, untouched
