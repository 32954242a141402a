"""What differs when an analysis is imported again, as each launch and each task does: defaults that are drawn."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from analysis_jobs.authoring.findings import Finding, warning
from analysis_jobs.jobs.specification import drawn_note
from analysis_jobs.json_values import canonical_json

# Seconds for an import that the check itself has just done
_LONGEST = 120
_AGAIN = """
import json, os, sys
ours = os.fdopen(os.dup(1), "w")
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
from pathlib import Path
from analysis_jobs.analysis.contract_problems import contract_of
from analysis_jobs.analysis.loading import import_source
from analysis_jobs.analysis.source import exported_source
from analysis_jobs.jobs.model_fields import fields_of
module = import_source(exported_source(Path(sys.argv[1])))
json.dump(list(fields_of(contract_of(module)["AnalysisSpecification"])), ours)
ours.flush()
os._exit(0)
"""


class Checked(Protocol):
    """What was found until now, and the fields of the specification."""

    findings: list[Finding]
    parameters: list[dict[str, Any]]


def defaults_again(code: Path) -> list[dict[str, Any]]:
    """Return the fields of the specification as another process has them; none where that cannot import it."""
    try:
        done = subprocess.run(
            [sys.executable, "-c", _AGAIN, code], capture_output=True, stdin=subprocess.DEVNULL, timeout=_LONGEST
        )
        fields: list[dict[str, Any]] = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return []
    return fields


def differing_findings(checked: Checked, again: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    """Yield the defaults that became another value, unless that has been found already."""
    known = {finding.message for finding in checked.findings}
    defaults = {field["name"]: field.get("default") for field in again}
    for field in checked.parameters:
        name, now = field["name"], field.get("default")
        if name not in defaults or canonical_json(now) == canonical_json(defaults[name]) or _is_address(now):
            continue
        if not {drawn_note(one) for one in _with_those_above(name)} & known:
            known.add(drawn_note(name))
            yield warning(drawn_note(name))


def _with_those_above(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts) + 1)]


def _is_address(default: object) -> bool:
    return isinstance(default, str) and " at 0x" in default  # of an object that JSON cannot hold, which is told of
