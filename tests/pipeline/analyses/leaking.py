"""Lets secrets out by every way there is: the last part of the input says by which."""

import json
import logging
import os
import subprocess
import sys
import threading
import warnings
from pathlib import Path
from urllib.parse import quote

from analysis_jobs import GenericModel, Job, NothingToReport

NAMES = os.environ["SECRET_NAMES"].split()
SECRETS = [os.environ[name] for name in NAMES if name in os.environ]
print("at the import", SECRETS)
os.system("env")


class AnalysisSpecification(GenericModel):
    analysis_name: str = "leaking"
    api_key: str = ""


class AnalysisOutputs(GenericModel):
    nested: dict[str, list[str]] = {}


def run_analysis(job: Job, specification: AnalysisSpecification, results: Path) -> AnalysisOutputs:
    way = job.inputs[0].partition("?")[0].rpartition("/")[2]
    say_all([*SECRETS, *job.inputs])
    all_of_them = " and ".join(SECRETS)
    match way:
        case "empty":
            raise NothingToReport(f"nothing with {all_of_them} at {job.inputs}")
        case "raise":
            raise ValueError(f"no access with {all_of_them}")
        case "note":
            error = ValueError("see the notes")
            error.add_note(all_of_them)
            raise ExceptionGroup(SECRETS[0], [error, KeyError(SECRETS[1])]) from KeyError(*SECRETS)
        case "class":
            raise type(f"Error {SECRETS[0]}", (Exception,), {})
        case "exit":
            sys.exit(all_of_them)
        case "outputs":
            return AnalysisOutputs(nested={"a": ["fine", f"with {SECRETS[1]}"]})
        case "names":
            return AnalysisOutputs(nested={SECRETS[0]: []})
        case "file":
            (results / f"{quote(SECRETS[0], safe='')}.txt").touch()
        case "wait":
            threading.Event().wait(120)
    return AnalysisOutputs(nested={"withheld": [name for name in NAMES if name not in os.environ]})


def say_all(secrets: list[str]) -> None:
    for secret in secrets:
        for text in (secret, repr(secret), json.dumps({"x": json.dumps(secret)}), quote(secret, safe="")):
            print(text)
        middle = len(secret) // 2
        print(secret[:middle], end="", flush=True)
        os.write(1, secret[middle:].encode() + b"\n")
        subprocess.run([sys.executable, "-c", "import sys; print(sys.argv[1], file=sys.stderr)", secret], check=True)
        logging.getLogger("mine").error("with %s", secret)
        warnings.warn(secret, stacklevel=1)
    thread = threading.Thread(target=lambda: 1 / len(secrets[len(secrets) :]), name=secrets[0])
    thread.start()
    thread.join()
