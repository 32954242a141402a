"""A result as a Workflow Run RO-Crate: its files, and what made them in a form that others' programs read.

Imports within functions are for a quick start.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from analysis_jobs.bucket.names import LOG, MANIFEST, RECORD_FILE
from analysis_jobs.documents import Manifest
from analysis_jobs.errors import InvalidInput
from analysis_jobs.pipeline import project_folder
from analysis_jobs.published.crate_run import TERMS, action_of, add, encoding_of, time_for_profiles, workflow_of
from analysis_jobs.published.find import Published, copy_results, new_folder
from analysis_jobs.records.read import process_of

if TYPE_CHECKING:
    from rocrate.model.entity import Entity
    from rocrate.rocrate import ROCrate

VERSION = "1.1"  # of RO-Crate, which these profiles build on
_WORKFLOW_CRATE = "https://w3id.org/workflowhub/workflow-ro-crate/1.0"
_PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    _WORKFLOW_CRATE: ("Workflow RO-Crate", "1.0"),
}
_NO_LICENCE = "No licence is stated: ask whoever ran the analysis."
_ABOUT = {
    MANIFEST: ("application/json", "What ran, where and with what, and the SHA-256 of every file"),
    RECORD_FILE: ("application/json", "The record of the job, a document of aind-data-schema"),
    LOG: ("text/plain", "What the analysis printed"),
    "README.md": ("text/markdown", "What is in this folder, for people"),
}
_README = """# {name}

{description}.

- `results/`: what the analysis wrote
- `analysis.log`: what it printed
- `manifest.json`, `metadata.nd.json`: what ran, where, when and with what, with the SHA-256 of every file
- `main.nf`: the script of the pipeline
- `ro-crate-metadata.json`: all of it for programs, a Workflow Run RO-Crate
"""


def write_crate(results: Published, target: Path, licence: str | None = None) -> None:
    """Write the results of a job, with what is known of the run, as a Workflow Run RO-Crate.

    Parameters
    ----------
    results
        The job's results.
    target
        A folder that is empty or not there. The files of the analysis go to its ``results/``; inputs are named by
        their URLs, not copied.
    licence
        Of the results, a URL or a text.

    Raises
    ------
    InvalidInput
        If the folder holds something, a file of the results is damaged, or the package rocrate is missing.
    NoPipeline
        If the pipeline, whose script belongs to a crate, is not beside this package.
    """
    crate, pipeline = _new_crate(), project_folder() / "main.nf"
    with new_folder(target, "--crate") as folder:
        copy_results(results, folder)
        (folder / MANIFEST).write_text(json.dumps(results.manifest, indent=2))
        (folder / RECORD_FILE).write_text(json.dumps(results.record, indent=2))
        _describe(crate, results, folder, pipeline, licence or _NO_LICENCE)
        crate.write(folder)


def _new_crate() -> "ROCrate":
    try:
        from rocrate.rocrate import ROCrate
    except ModuleNotFoundError:
        raise InvalidInput(
            "crates need the package rocrate, which is not installed; pip install 'aind-analysis-jobs[results]'"
        ) from None
    crate = ROCrate(version=VERSION)
    crate.metadata.extra_terms.update(TERMS)  # with these, readers need no second context from the network
    return crate


def _describe(crate: "ROCrate", results: Published, folder: Path, pipeline: Path, licence: str) -> None:
    name, manifest = process_of(results.record)["name"], results.manifest
    title = f"{name}: {', '.join(manifest['parts']['inputs'])}"
    description = f"Results of the analysis {name}, published at {manifest['location']}"
    (folder / "README.md").write_text(_README.format(name=title, description=description))
    files = list(_result_files(crate, manifest, folder))
    workflow = workflow_of(crate, results, pipeline)
    action = action_of(crate, results, workflow, files)
    action["subjectOf"] = [_about(crate, folder, name) for name in _ABOUT]
    crate.get("README.md")["about"] = crate.root_dataset
    properties = {
        "name": title,
        "description": description,
        "identifier": results.key,
        "datePublished": time_for_profiles(manifest["ended"]),
        "license": _licence(crate, licence),
        "author": action["agent"],
        "mainEntity": workflow,
        "mentions": action,
        "conformsTo": [add(crate, "CreativeWork", url, name=of, version=v) for url, (of, v) in _PROFILES.items()],
    }
    for word, value in properties.items():
        crate.root_dataset[word] = value
    crate.metadata["conformsTo"] = [{"@id": crate.metadata.profile}, {"@id": _WORKFLOW_CRATE}]


def _licence(crate: "ROCrate", licence: str) -> "Entity | str":
    return add(crate, "CreativeWork", licence, name=licence) if "://" in licence else licence


def _result_files(crate: "ROCrate", manifest: Manifest, folder: Path) -> Iterator["Entity"]:
    for line in manifest["files"]:
        path = folder / "results" / line["path"]
        if line["path"] != LOG:
            yield _file(crate, folder, path, encoding_of(path.name), name=line["path"], sha256=line["sha256"])


def _about(crate: "ROCrate", folder: Path, name: str) -> "Entity":
    kind, description = _ABOUT[name]
    return _file(crate, folder, folder / name, kind, name=name, description=description)


def _file(crate: "ROCrate", folder: Path, path: Path, kind: str, **about: str) -> "Entity":
    about |= {"contentSize": str(path.stat().st_size), "encodingFormat": kind}
    return crate.add_file(path, dest_path=path.relative_to(folder), properties=about)
