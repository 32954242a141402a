"""Job files: finding them in a folder, reading them, and the model of one job."""

import json
import math
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from analysis_jobs.errors import InvalidInput
from analysis_jobs.wording import relative_name, shown, size_text

# A job file of a dispatcher has some kilobytes; one of many megabytes is data that came here by mistake.
LARGEST_FILE = 10_000_000
# Validating and comparing values takes several frames of Python's stack for each level.
DEEPEST = 100
MOST_PROBLEMS = 5
# Parameter sets that a dispatcher leaves beside its jobs; the second is the original's spelling.
DISTRIBUTED_FILES = ("distributed_parameters.json", "distributed_paramters.json")


class Job(BaseModel):
    """One analysis of one set of inputs, as a job dispatcher writes it (either generation).

    Unknown fields are kept out: dispatchers add their own.
    """

    model_config = ConfigDict(extra="ignore", defer_build=True)  # ANALYZE takes jobs that DEDUPE has validated

    s3_location: list[str] = Field(description="Location of each data asset")
    asset_id: list[str] | None = Field(default=None, description="Data asset ids (first generation)")
    asset_name: list[str] | None = Field(default=None, description="Name of each data asset")
    docdb_record_id: list[str] | None = Field(default=None, description="Record ids (second generation)")
    file_location: list[str] | None = Field(default=None, description="Location of each file in the assets")
    distributed_parameters: dict[str, Any] | None = Field(default=None, description="This job's parameters")
    group_metadata: dict[str, Any] | None = Field(default=None, description="What the grouped assets share")
    query: str | None = Field(default=None, description="The query that found the assets")
    analysis_code: dict[str, Any] | None = Field(default=None, description="The dispatcher's code record")

    @property
    def inputs(self) -> list[str]:
        """Locations to analyse: the files where they are given, else the assets."""
        return self.file_location or self.s3_location

    @property
    def dispatched_parameters(self) -> dict[str, Any]:
        """Parameters that the dispatcher noted for all its jobs, in `analysis_code`."""
        parameters = (self.analysis_code or {}).get("parameters") or {}
        return parameters if isinstance(parameters, dict) else {}


@dataclass(frozen=True)
class JobFile:
    """A job file found in the jobs folder.

    `name` is its path within the folder; `folder` is the subfolder whose jobs share one task, or "".
    """

    path: Path
    name: str
    folder: str


def find_job_files(jobs: Path) -> tuple[list[JobFile], list[str]]:
    """Find the job files of a folder, at any depth, in the order of their names.

    Returns
    -------
    files : list of JobFile
        Everything named ``*.json`` but the distributed parameters. Links and folders of such a name are
        among them, unless the folder holds job files: reading them says what is wrong.
    ignored : list of str
        Names of the other files.

    Raises
    ------
    InvalidInput
        If there is no such folder.
    """
    if not jobs.is_dir():
        raise InvalidInput(f"{jobs} is not a folder; give --jobs the folder that the dispatcher wrote to")
    files: list[JobFile] = []
    ignored: list[str] = []
    for path in _walk(jobs):
        name = relative_name(path, jobs)
        if path.suffix != ".json" or path.name.startswith("."):
            ignored.append(name)
        elif name not in DISTRIBUTED_FILES:
            files.append(JobFile(path, name, "" if path.parent == jobs else relative_name(path.parent, jobs)))
    return files, ignored


def _walk(folder: Path, above: tuple[Path, ...] = ()) -> Iterator[Path]:
    above = (*above, folder)
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except PermissionError:
        yield folder / "*.json"  # nobody knows which; reading it says what is wrong
        return
    for entry in entries:
        path = Path(entry.path)
        if not _is_folder_below(entry, above):
            yield path
        elif not path.name.startswith("."):
            inside = list(_walk(path, above))
            # A folder named like a job file, with no job in it, is a mistake that deserves a line of its own.
            yield from inside if inside or path.suffix != ".json" else [path]


def _is_folder_below(entry: os.DirEntry[str], above: tuple[Path, ...]) -> bool:
    # A link may lead to itself, or to a folder that it lies in.
    if entry.is_symlink():
        return os.path.isdir(entry) and not any(os.path.samefile(entry, folder) for folder in above)
    return entry.is_dir()


def read_json(path: Path, name: str) -> Any:
    """Read a JSON file that somebody else wrote.

    Parameters
    ----------
    path
        The file.
    name
        What messages call it.

    Raises
    ------
    InvalidInput
        If it cannot be read or is not strict JSON in UTF-8: names the file, the value, and what to do.
    """
    text = _read_text(path, name)
    if not text.strip():
        raise InvalidInput(f"{name} is empty; write the JSON again, or remove the file")
    try:
        value = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
        _refuse_odd_text(text, value)
        if text.count("[") + text.count("{") > DEEPEST:
            _refuse_depth(value)
    except json.JSONDecodeError as error:
        raise InvalidInput(
            f"{name} is not JSON: {error.msg} at line {error.lineno}, column {error.colno}, near "
            f"{shown(text[max(0, error.pos - 10) : error.pos + 20])}; write the file again"
        ) from None
    except RecursionError:
        raise InvalidInput(f"{name} is nested too deeply to be read; flatten it") from None
    except ValueError as error:
        raise InvalidInput(f"{name} {error}") from None
    return value


def _read_text(path: Path, name: str) -> str:
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise InvalidInput(f"{name} is a folder, not a file; rename or remove it")
        if not stat.S_ISREG(status.st_mode):
            raise InvalidInput(f"{name} is a pipe or a device, not a file; remove it")
        if status.st_size > LARGEST_FILE:
            raise InvalidInput(
                f"{name} has {size_text(status.st_size)}, more than the {size_text(LARGEST_FILE)} that is read; "
                "a job holds locations and parameters, keep data elsewhere"
            )
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        if not path.is_symlink():
            raise InvalidInput(f"{name} does not exist; check the path") from None
        raise InvalidInput(f"{name} is a broken link to {shown(os.readlink(path))}; mend or remove it") from None
    except UnicodeDecodeError as error:
        seen = error.object[error.start : error.start + 4]
        raise InvalidInput(f"{name} is not UTF-8: {shown(seen)} at byte {error.start}; save it as UTF-8") from None
    except OSError as error:
        raise InvalidInput(f"{name} cannot be read: {error.strerror}; check the file and its permissions") from None


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"holds {constant}, which is no JSON and equals nothing; use null or a number")


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"holds {shown(text)}, too large for a number; use null or a smaller one")
    return value


def _refuse_depth(value: object, depth: int = 0) -> None:
    if depth > DEEPEST:
        raise RecursionError
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _refuse_depth(item, depth + 1)


def _refuse_odd_text(text: str, value: object) -> None:
    # Looked for in the text first: almost no file has either, and a walk over every value costs more.
    if "\\u0000" in text and any("\x00" in part for part in _texts(value)):
        raise ValueError("has a text with a NUL character (\\u0000), which no database stores; remove it")
    if "\\ud" in text.lower():
        for part in _texts(value):
            if any("\ud800" <= character <= "\udfff" for character in part):
                raise ValueError(f"has half a character in {shown(part)} (a lone surrogate); write it whole")


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield name
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def read_job(path: Path, name: str) -> Job:
    """Read and check one job file.

    Raises
    ------
    InvalidInput
        If it is not a job: names the file, the value seen, and what to do.
    """
    value = read_json(path, name)
    if not isinstance(value, dict):
        raise InvalidInput(
            f"{name} holds a JSON {json_type(value)} ({shown(value)}); a job is an object such as "
            '{"s3_location": ["s3://bucket/asset"]}'
        )
    try:
        return Job.model_validate(value)
    except ValidationError as error:
        raise InvalidInput(f"{name}: {explain(error)}") from None


def json_type(value: object) -> str:
    """Return JSON's word for the type of a value."""
    names = {dict: "object", list: "list", str: "text", bool: "boolean", int: "number", float: "number"}
    return names.get(type(value), "null")


def explain(error: ValidationError) -> str:
    """Return what a pydantic model refused, as one line: each field, what was seen, what is wanted."""
    problems = [explain_one(problem) for problem in error.errors(include_url=False)[:MOST_PROBLEMS]]
    if (more := error.error_count() - MOST_PROBLEMS) > 0:
        problems.append(f"and {more} more")
    return "; ".join(problems)


def explain_one(problem: ErrorDetails) -> str:
    """Return one of the things that a pydantic model refused: the field, what was seen, what is wanted."""
    field = ".".join(str(part) for part in problem["loc"]) or "the whole"
    if problem["type"] == "missing":
        return f"{field} is missing; add it"
    return f"{field} is {shown(problem['input'])}: {problem['msg']}"
