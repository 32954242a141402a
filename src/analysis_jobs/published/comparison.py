"""What differs between a job as it was published and as it was computed again."""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from typing import Any

from analysis_jobs.bucket.names import LOG
from analysis_jobs.documents import Manifest, ManifestLine, Outcome
from analysis_jobs.results.differences import MISSING, Tolerance, differing
from analysis_jobs.wording import error_text, plural, shown

Comparison = dict[str, Any]


class Repeated(Outcome):
    """What came of a job that was computed again, with the files that it left."""

    files: list[ManifestLine]


# Of an environment, what may make results differ; packages are compared one by one.
_REASONS = ("python", "os", "architecture", "cpu", "container")


def compare_repetition(
    there: Manifest, here: Repeated, *, tolerance: float = 0.0, ignore: tuple[str, ...] = ()
) -> Comparison:
    """Compare a job with its repetition.

    Parameters
    ----------
    there
        The published manifest.
    here
        The same of the repetition.
    tolerance
        Difference at which two numbers are the same, relative to the published one; 0 for exactly.
    ignore
        Patterns of names of files that are not compared.

    Returns
    -------
    dict
        `same`; `key`; `tolerance`; `state` and, unless it is ``done``, `error` or `reason`; `outputs`, by dotted
        name those that differ, each with `there` and `here`; `files`, the names that are `same`, `different`,
        `only_there`, `only_here` and `ignored` (the log is among none); `environment`, by name what differs, each
        with `there` and `here`.
    """
    files = _files(_sums(there), _sums(here), ignore)
    outputs = dict(_differences(there["outputs"], here.get("outputs"), tolerance)) if here["state"] == "done" else {}
    unlike = outputs or files["different"] or files["only_there"] or files["only_here"]
    return {
        "same": here["state"] == "done" and not unlike,
        "key": there["key"],
        "tolerance": tolerance,
        "state": here["state"],
        **{name: here[name] for name in ("error", "reason") if name in here},
        "outputs": outputs,
        "files": files,
        "environment": dict(_environment(there["environment"], here["environment"])),
    }


def _sums(manifest: Manifest | Repeated) -> dict[str, str]:
    # The log tells of times and places, which are never the same.
    return {line["path"]: line["sha256"] for line in manifest["files"] if line["path"] != LOG}


def _files(there: Mapping[str, str], here: Mapping[str, str], ignore: tuple[str, ...]) -> dict[str, list[str]]:
    names = sorted(there.keys() | here.keys())
    ignored = [name for name in names if any(fnmatch(name, pattern) for pattern in ignore)]
    both = [name for name in names if name in there and name in here and name not in ignored]
    return {
        "same": [name for name in both if there[name] == here[name]],
        "different": [name for name in both if there[name] != here[name]],
        "only_there": [name for name in names if name not in here and name not in ignored],
        "only_here": [name for name in names if name not in there and name not in ignored],
        "ignored": ignored,
    }


def _differences(there: Any, here: Any, tolerance: float) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the dotted names of outputs that differ, with both; a value that is missing is left out."""
    for name, *both in differing(there, here, Tolerance(tolerance)):
        yield name, {word: value for word, value in zip(("there", "here"), both, strict=True) if value is not MISSING}


def _environment(there: Mapping[str, Any], here: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name in _REASONS:
        if there.get(name) != here.get(name):
            yield name, {"there": there.get(name), "here": here.get(name)}
    packages, others = there.get("packages") or {}, here.get("packages") or {}
    for name in sorted(packages.keys() | others.keys()):
        if packages.get(name) != others.get(name):
            yield f"package {name}", {"there": packages.get(name), "here": others.get(name)}


def in_words(comparison: Comparison) -> str:
    """Return a comparison as a person reads it, a line for each thing that differs."""
    return "\n".join([_verdict(comparison), *_details(comparison), *_possible_reasons(comparison)])


def _verdict(comparison: Comparison) -> str:
    code = " by other code" if comparison["code"]["same"] is False else ""
    if comparison["state"] != "done":
        why = error_text(comparison["error"]) if "error" in comparison else comparison["reason"]
        return f"different{code}: computed again, the job is {comparison['state']}: {why}"
    if comparison["same"]:
        within = f" within {comparison['tolerance']:g}" if comparison["tolerance"] else ""
        return f"the same{code}: all outputs{within} and {plural(len(comparison['files']['same']), 'file')}"
    counts = {word: len(comparison["files"][word]) for word in ("different", "only_there", "only_here")}
    files = ", ".join(f"{count} {word.replace('_', ' ')}" for word, count in counts.items() if count)
    outputs = f"{len(comparison['outputs'])} different" if comparison["outputs"] else "the same"
    return f"different{code}: outputs: {outputs}; files: {files or 'the same'}"


def _details(comparison: Comparison) -> Iterator[str]:
    if comparison["code"]["note"]:
        yield f"  code: {comparison['code']['note']}"
    if comparison["state"] != "done":
        return
    for name, values in comparison["outputs"].items():
        there, here = (shown(values[word]) if word in values else "nothing" for word in ("there", "here"))
        yield f"  output {name}: {there} there, {here} here"
    for word in ("different", "only_there", "only_here", "ignored"):
        yield from (f"  file {shown(name, 200)}: {word.replace('_', ' ')}" for name in comparison["files"][word])


def _possible_reasons(comparison: Comparison) -> Iterator[str]:
    if not comparison["same"] and comparison["environment"]:
        yield "possible reasons, there and here:"
        for name, values in comparison["environment"].items():
            yield f"  {name}: {values['there'] or 'none'}, {values['here'] or 'none'}"
