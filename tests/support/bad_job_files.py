"""Job files that are wrong: how to make each, and what is said of it."""

import os
from collections.abc import Callable
from pathlib import Path

from support.samples import job_text

Write = Callable[[Path], object]


def text(content: str) -> Write:
    return lambda path: path.write_text(content)


def data(content: bytes) -> Write:
    return lambda path: path.write_bytes(content)


def large(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(50_000_000)


DEEP = 200


# What is wrong, how to make such a file, and what its message says: the value, and what to do.
BAD: dict[str, tuple[Write, str, str]] = {
    "not JSON": (text("{'s3_location': ['a']}"), "line 1, column 2, near \"{'s3_location'", "write the file again"),
    "cut off": (text('{"s3_location": ["a"'), "Expecting ',' delimiter at line 1, column 21", "write the file again"),
    "a list": (text('[{"s3_location": ["a"]}]'), "a JSON list ([{'s3_location': ['a']}])", "a job is an object such"),
    "a text": (text('"s3://a"'), "a JSON text ('s3://a')", "a job is an object such as"),
    "a null": (text("null"), "a JSON null (None)", "a job is an object such as"),
    "empty": (text(""), "is empty", "write the JSON again, or remove the file"),
    "blank": (text(" \n\n"), "is empty", "write the JSON again, or remove the file"),
    "broken link": (lambda path: path.symlink_to("nowhere"), "is a broken link to 'nowhere'", "fix or remove it"),
    "link to itself": (lambda path: path.symlink_to(path.name), "Too many levels of symbolic links", "check the file"),
    "folder": (lambda path: path.mkdir(), "is a folder, not a file", "rename or remove it"),
    "pipe": (lambda path: os.mkfifo(path), "is a pipe or a device, not a file", "remove it"),
    "no s3_location": (text('{"asset_id": ["a"]}'), "s3_location is missing", "add it"),
    "location a text": (text('{"s3_location": "a"}'), "s3_location is 'a', a text", "write a list of texts"),
    "location a number": (text('{"s3_location": [1]}'), "s3_location.0 is 1", "should be a valid string"),
    "location null": (text('{"s3_location": null}'), "s3_location is None", "should be a valid list"),
    "twice": (text('{"s3_location": ["a"], "s3_location": ["b"]}'), "names 's3_location' twice", "keep one"),
    "twice inside": (
        text(job_text("a", query="").replace('""', '[{"x": {"y": 1, "z": 2, "y": 1}}]')),
        "'y'",
        "keep one",
    ),
    "misspelt": (text('{"s3_loc": ["a"]}'), "'s3_loc' is not a field of a job file", "did you mean 's3_location'?"),
    "misplaced": (text(job_text("a", parameters={"cutoff": 1})), "'parameters' is not a field", "the parameters file"),
    "no location": (text('{"s3_location": []}'), "s3_location is empty", "name at least one"),
    "blank location": (text('{"s3_location": [" "]}'), "s3_location.0 is ' ', which is blank", "write a location"),
    "parameters a list": (text(job_text("a", distributed_parameters=[1])), "is [1]", "should be a valid dict"),
    "code a text": (text(job_text("a", analysis_code="x")), "analysis_code is 'x'", "should be a valid dict"),
    "50 MB": (large, "has 50.0 MB, more than the 10.0 MB that is read", "keep data elsewhere"),
    "not UTF-8": (data(b'{"s3_location": ["\xff\xfe"]}'), "is not UTF-8: b'\\xff\\xfe\"]' at byte 18", "as UTF-8"),
    "UTF-16": (data(job_text("a").encode("utf-16")), "is not UTF-8", "save it as UTF-8"),
    "NUL in a name": (text(r'{"s3_location": ["a"], "x\u0000": 1}'), "a NUL character (\\u0000)", "remove it"),
    "NUL in a text": (text(r'{"s3_location": ["a\u0000"]}'), "a NUL character (\\u0000)", "remove it"),
    "raw NUL": (data(b'{"s3_location": ["a\x00"]}'), "Invalid control character", "write the file again"),
    "half a character": (text(r'{"s3_location": ["\uD83D"]}'), r"in '\ud83d' (a lone surrogate)", "write it whole"),
    "NaN": (text(job_text("a", group_metadata={"x": float("nan")})), "holds NaN", "use null or a number"),
    "Infinity": (text('{"s3_location": ["a"], "x": -Infinity}'), "holds -Infinity", "use null or a number"),
    "too large a number": (text('{"s3_location": ["a"], "x": 1e999}'), "holds '1e999', too large", "a smaller one"),
    "too deep": (text(f'{{"s3_location": ["a"], "x": {"[" * DEEP}1{"]" * DEEP}}}'), "too deeply", "flatten it"),
    "too deep objects": (text('{"a":' * DEEP + "1" + "}" * DEEP), "too deeply", "flatten it"),
    "far too deep": (text("[" * 100_000), "nested too deeply to be read", "flatten it"),
    "NaN parameter": (text('{"s3_location": ["a"], "distributed_parameters": {"cutoff": NaN}}'), "NaN", "use null"),
    "misspelt parameter": (
        text(job_text("a", distributed_parameters={"cutof": 1})),
        "'cutof' (given as 1) is not a parameter of the analysis",
        "did you mean 'cutoff'?",
    ),
    "parameter beside": (text(job_text("a", cutoff=1)), "'cutoff' is a parameter of the analysis", "move it into"),
    "wrong parameter": (
        text(job_text("a", distributed_parameters={"cutoff": "high"})),
        "cutoff is 'high'",
        "Input should be a valid number",
    ),
}


IN_THE_PARAMETERS = ("misspelt parameter", "wrong parameter", "parameter beside")
