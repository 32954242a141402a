"""Whether pickled Python objects in recordings may be read, as a launch or whoever runs a job alone says it."""

import os

_VARIABLE = "ANALYSIS_ALLOW_PICKLE"
_YES = "true"
# The environment of a process that may, beside whatever else is in it
ALLOWING = {_VARIABLE: _YES}


def pickles_allowed() -> bool:
    """Return whether the environment of this process says so; each task of a launch with --allow_pickle has it."""
    return os.environ.get(_VARIABLE) == _YES
