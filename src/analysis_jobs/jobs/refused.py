"""What a specification refused, in words: also how a job is run with each of several values where one was wanted."""

import re

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from analysis_jobs.wording import refusal_text

# What is given of a field that takes one value: wrong types and texts, by the first word of what pydantic says
_ONE_VALUE = re.compile(r"(int|float|bool)_(type|parsing)|string_type|literal_error|enum")
# Of a command line: [1, 2] and 1,2 and 1:3
_SEVERAL = re.compile(r"\[.*\]|[-+.\de]+([,:][-+.\de]+)+")


def refused(error: ValidationError) -> str:
    """Return what was refused: each parameter, what was seen, what is wanted, and what to do."""
    several = next(filter(_has_several, error.errors(include_url=False)), None)
    if several is None:
        return refusal_text(error)
    name = ".".join(map(str, several["loc"]))
    return (
        f"{refusal_text(error)}; for a job with each of several values, write a grid into the file of --parameters: "
        f'{{"grid": {{"{name}": [...]}}}}'
    )


def _has_several(problem: ErrorDetails) -> bool:
    """Return whether a list, or a text that looks like some values, was given where one is wanted."""
    if not _ONE_VALUE.fullmatch(problem["type"]):
        return False
    return isinstance(problem["input"], list) or bool(_SEVERAL.fullmatch(str(problem["input"])))
