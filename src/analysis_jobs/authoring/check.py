"""Everything that is wrong with an analysis, found before any job meets it."""

import os
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, Self

from analysis_jobs.analysis.contract_problems import contract_of, contract_problems, is_model
from analysis_jobs.analysis.loading import import_source, modules_of
from analysis_jobs.analysis.source import Source, exported_source, locate
from analysis_jobs.authoring.check_imports import by_name_findings, import_findings, missing_modules
from analysis_jobs.authoring.check_models import outputs_findings, specification_findings
from analysis_jobs.authoring.check_parameters import parameters_findings
from analysis_jobs.authoring.check_repeated import defaults_again, differing_findings
from analysis_jobs.authoring.check_source import (
    Trees,
    definition_findings,
    held_findings,
    parse_files,
    path_findings,
    size_findings,
)
from analysis_jobs.authoring.findings import Finding, warning, wrong
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.model_fields import fields_of
from analysis_jobs.stages.analyze.randomness import generators_at_import
from analysis_jobs.wording import cut, message_of, relative_name

_LONGEST = 500  # characters of what an error of the user's says


@dataclass
class AnalysisCheck:
    """What is known of an analysis.

    Attributes
    ----------
    name
        Its file, folder or module.
    findings
        What is wrong, and what may be, in the order of looking.
    files, digest, syntax
        The source files that the key covers, within the analysis, their SHA-256, and that of what they say to Python.
    parameters, outputs
        The fields of both models: `name`, `type`, `description` and, with one, `default`.
    import_seconds
        How long its import took, or None if it failed.
    """

    name: str
    findings: list[Finding] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    digest: str = ""
    syntax: str = ""
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

    @classmethod
    def of_json(cls, values: dict[str, Any]) -> Self:
        """Return what `as_json` was made of."""
        return cls(**{**values, "findings": [Finding(**finding) for finding in values["findings"]]})

    @contextmanager
    def looking_at(self, what: str) -> Iterator[None]:
        """Note what was found wrong, and that something could not be looked at: what is there may do anything."""
        try:
            yield
        except InvalidInput as error:
            self.findings.append(wrong(str(error)))
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            said = cut(f"{type(error).__name__}: {message_of(error)}", _LONGEST)
            self.findings.append(
                warning(f"{what} cannot be looked at ({said}); see with `analysis-jobs try` whether jobs run")
            )


def check_analysis(analysis: str, parameters: Path | str | None = None) -> AnalysisCheck:
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
    source, parameters = locate(analysis), Path(parameters) if parameters else None
    report = AnalysisCheck(analysis)
    trees, broken = parse_files(source)
    report.findings += broken
    if not broken:
        report.files = sorted(relative_name(path, source.root) for path in source.files)
        report.digest = source.digest()
        report.syntax = source.identity(by="syntax").removeprefix("syntax:")
    missing = _check_source(trees, source, report)
    if not broken:
        _check_loaded(source, parameters, missing, report)
        if report.import_seconds is None:
            report.findings += definition_findings(trees[source.entry])
    return report


def _check_source(trees: Trees, source: Source, report: AnalysisCheck) -> set[str]:
    """Look at the source, and return which modules are missing."""
    missing: dict[str, str] = {}
    with report.looking_at("what it imports"):
        missing = missing_modules(trees, source)
        report.findings += [*import_findings(missing), *by_name_findings(trees, source)]
    with report.looking_at("its paths and files"):
        report.findings += [*path_findings(trees, source), *size_findings(source)]
    return set(missing)


def _check_loaded(source: Source, parameters: Path | None, missing: set[str], report: AnalysisCheck) -> None:
    with tempfile.TemporaryDirectory() as folder:
        code = Path(folder, "code")
        with report.looking_at("the copy of it that jobs run"):
            source.export(code)
            source = exported_source(code)
        threads, begin, process = set(threading.enumerate()), time.monotonic(), os.getpid()
        try:
            module = import_source(source)
            if os.getpid() != process:  # it was forked at the import, and the check is not its business
                os._exit(0)
        except InvalidInput as error:
            if getattr(error.__cause__, "name", None) not in missing:  # it has been told of
                report.findings.append(wrong(cut(str(error), _LONGEST)))
            return
        report.import_seconds = round(time.monotonic() - begin, 3)
        with report.looking_at("what its import leaves"):
            report.findings += _thread_findings(set(threading.enumerate()) - threads)
            report.findings += held_findings(module)
            report.findings += _generator_findings(modules_of(module, None if source.kind == "module" else source.root))
        _check_module(module, parameters, report)
        with report.looking_at("what another import makes of its defaults"):
            report.findings += differing_findings(report, defaults_again(code))


def _thread_findings(started: set[threading.Thread]) -> Iterator[Finding]:
    if started:
        names = ", ".join(sorted(thread.name for thread in started))
        yield warning(f"its import starts threads ({names}), which jobs do not have; start them in run_analysis")


def _generator_findings(modules: list[ModuleType]) -> Iterator[Finding]:
    for name in generators_at_import(modules):
        yield warning(
            f"{name} is made at import, and gives all jobs of a task the same random numbers; make it in "
            "run_analysis, from a seed that is a parameter"
        )


def _check_module(module: ModuleType, parameters: Path | None, report: AnalysisCheck) -> None:
    specification = outputs = None
    with report.looking_at("its three names"):
        report.findings += [wrong(f"the analysis {problem}") for problem in contract_problems(module)]
        contract = contract_of(module)
        specification, outputs = contract["AnalysisSpecification"], contract["AnalysisOutputs"]
    if is_model(specification):
        with report.looking_at("AnalysisSpecification"):
            report.findings += specification_findings(specification)
        with report.looking_at("the table of AnalysisSpecification"):
            report.parameters = list(fields_of(specification))
        if parameters:
            with report.looking_at(str(parameters)):
                report.findings += parameters_findings(parameters, specification)
    if is_model(outputs):
        with report.looking_at("AnalysisOutputs"):
            report.findings += outputs_findings(outputs)
        with report.looking_at("the table of AnalysisOutputs"):
            report.outputs = list(fields_of(outputs))
