"""Everything that is wrong with an analysis, found before any job meets it."""

import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from analysis_jobs.analysis.contract_problems import contract_of, contract_problems, is_model
from analysis_jobs.analysis.loading import import_source
from analysis_jobs.analysis.source import Source, exported_source, locate
from analysis_jobs.authoring.check_models import fields_of, outputs_findings, specification_findings
from analysis_jobs.authoring.check_parameters import parameters_findings
from analysis_jobs.authoring.check_source import (
    definition_findings,
    held_findings,
    import_findings,
    missing_modules,
    parse_files,
    path_findings,
    size_findings,
)
from analysis_jobs.authoring.findings import Finding, warning, wrong
from analysis_jobs.errors import InvalidInput
from analysis_jobs.wording import relative_name


@dataclass
class AnalysisCheck:
    """What is known of an analysis.

    Attributes
    ----------
    name
        Its file, folder or module.
    findings
        What is wrong, and what may be, in the order of looking.
    files, digest
        The source files that the key covers, within the analysis, and their SHA-256.
    parameters, outputs
        The fields of both models: `name`, `type`, `description` and, with one, `default`.
    import_seconds
        How long its import took, or None if it failed.
    """

    name: str
    findings: list[Finding] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    digest: str = ""
    parameters: list[dict[str, Any]] = field(default_factory=list)
    outputs: list[dict[str, Any]] = field(default_factory=list)
    import_seconds: float | None = None

    @property
    def wrong(self) -> list[Finding]:
        """The findings with which a launch would fail."""
        return [finding for finding in self.findings if finding.level == "wrong"]

    def as_json(self) -> dict[str, Any]:
        """Return all of it, as JSON holds it."""
        return {**vars(self), "findings": [vars(finding) for finding in self.findings]}


def check_analysis(analysis: str, parameters: Path | None = None) -> AnalysisCheck:
    """Load an analysis from a copy, as jobs do, and look for everything that would trouble a launch.

    Parameters
    ----------
    analysis
        As for `analysis_jobs.analysis.source.locate`.
    parameters
        A parameters file that is to fit it.

    Raises
    ------
    InvalidInput
        If there is no analysis to be looked at.
    """
    source = locate(analysis)
    report = AnalysisCheck(analysis)
    trees, broken = parse_files(source)
    report.findings += broken
    if not broken:
        report.files = sorted(relative_name(path, source.root) for path in source.files)
        report.digest = source.digest()
    missing = missing_modules(trees, source)
    report.findings += [*import_findings(missing), *path_findings(trees, source), *size_findings(source)]
    if not broken:
        _check_loaded(source, parameters, set(missing), report)
        if report.import_seconds is None:
            report.findings += definition_findings(trees[source.entry])
    return report


def _check_loaded(source: Source, parameters: Path | None, missing: set[str], report: AnalysisCheck) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            source.export(Path(folder, "code"))
            source = exported_source(Path(folder, "code"))
        except InvalidInput as error:
            report.findings.append(wrong(str(error)))
        threads, begin = set(threading.enumerate()), time.monotonic()
        try:
            module = import_source(source)
        except InvalidInput as error:
            if getattr(error.__cause__, "name", None) not in missing:  # it has been told of
                report.findings.append(wrong(str(error)))
            return
        report.import_seconds = round(time.monotonic() - begin, 3)
        report.findings += _thread_findings(set(threading.enumerate()) - threads)
        _check_module(module, parameters, report)


def _thread_findings(started: set[threading.Thread]) -> Iterator[Finding]:
    if started:
        names = ", ".join(sorted(thread.name for thread in started))
        yield warning(f"its import starts threads ({names}), which jobs do not have; start them in run_analysis")


def _check_module(module: ModuleType, parameters: Path | None, report: AnalysisCheck) -> None:
    report.findings += [wrong(f"the analysis {problem}") for problem in contract_problems(module)]
    report.findings += held_findings(module)
    contract = contract_of(module)
    specification, outputs = contract["AnalysisSpecification"], contract["AnalysisOutputs"]
    if is_model(specification):
        report.findings += specification_findings(specification)
        report.parameters = fields_of(specification)
        if parameters:
            report.findings += parameters_findings(parameters, specification)
    if is_model(outputs):
        report.findings += outputs_findings(outputs)
        report.outputs = fields_of(outputs)
