"""The analysis of a launch, opened in the Python of another environment, and asked from here in chunks."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from itertools import islice
from typing import Any, Self, TypedDict, cast

from analysis_jobs.documents import Decision, InputContent, Inventory, JobDocument, LaunchDocument, Values
from analysis_jobs.environments.choice import AnalysisEnvironment
from analysis_jobs.environments.remote import Remote
from analysis_jobs.jobs.job_files import FoundFiles, JobFile, find_job_files
from analysis_jobs.jobs.key import KeyedJob
from analysis_jobs.process import start_logging
from analysis_jobs.redaction.pump import redact_descriptors
from analysis_jobs.stages.dedupe.candidates import Candidate
from analysis_jobs.stages.dedupe.launch import Launch
from analysis_jobs.stages.dedupe.opened import OpenedAnalysis
from analysis_jobs.wording import visible

_CHUNK = 1_000  # candidates that one answer has


class _Sent(TypedDict, total=False):
    """A candidate, by the number of its file, or a decision."""

    file: int
    document: JobDocument
    keyed: dict[str, Any]
    note: str
    decision: Decision


class AnalysisElsewhere:
    """The analysis of a launch in another environment; as `analysis_jobs.stages.dedupe.opened.OpenedAnalysis`."""

    def __init__(
        self,
        environment: AnalysisEnvironment,
        launch: Launch,
        analysis: str,
        contents: FoundFiles,
        read: Mapping[str, InputContent] | None = None,
    ) -> None:
        """Open it there; parameters and errors as of `OpenedAnalysis`."""
        self.files = contents.files
        given = {"launch": launch.as_json(), "analysis": analysis, "script": environment.script()}
        self._remote = Remote(environment, f"{__name__}:Served", **given, held=environment.held, read=read)
        self.held = cast(Inventory, self._remote.call("holds"))

    def candidates(self, files: Iterable[JobFile]) -> Iterator[Candidate | Decision]:
        """See `analysis_jobs.stages.dedupe.candidates.Keying`; the files are all of the launch."""
        assert files is self.files
        while sent := cast(list[_Sent], self._remote.call("candidates", most=_CHUNK)):
            for one in sent:
                yield self._candidate(one)

    def validated(self, values: Values) -> Values:
        """See `analysis_jobs.stages.dedupe.candidates.Keying`."""
        return cast(Values, self._remote.call("validated", values=values))

    def document(self, *, to_run: bool) -> LaunchDocument:
        """Return what is known of the launch."""
        return cast(LaunchDocument, self._remote.call("document", to_run=to_run))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._remote.close()

    def _candidate(self, sent: _Sent) -> Candidate | Decision:
        if "decision" in sent:
            return sent["decision"]
        keyed: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in sent["keyed"].items()
        }
        return Candidate(self.files[sent["file"]], sent["document"], KeyedJob(**keyed), sent["note"])


class Served:
    """What `AnalysisElsewhere` asks, in the Python of that environment."""

    def __init__(
        self,
        launch: dict[str, Any],
        analysis: str,
        script: str,
        held: Inventory | None,
        read: dict[str, InputContent] | None,
    ) -> None:
        """Open the analysis."""
        redact_descriptors(visible)
        start_logging("warnings.txt")
        opened = Launch.of_json(launch)
        contents = find_job_files(opened.jobs, opened.parameters, opened.jobs_place)
        self._analysis = OpenedAnalysis(opened, analysis, script, contents, held, read)
        self._numbers = {file.name: number for number, file in enumerate(contents.files)}
        self._candidates = self._analysis.candidates(contents.files)

    def holds(self) -> Inventory:
        """Return what the environment holds."""
        return self._analysis.held

    def candidates(self, most: int) -> list[_Sent]:
        """Return the next candidates and decisions; nothing after the last."""
        return [self._sent(one) for one in islice(self._candidates, most)]

    def validated(self, values: Values) -> Values:
        """Return parameters as the specification types and completes them."""
        return self._analysis.validated(values)

    def document(self, to_run: bool) -> LaunchDocument:
        """Return what is known of the launch."""
        return self._analysis.document(to_run=to_run)

    def _sent(self, one: Candidate | Decision) -> _Sent:
        if not isinstance(one, Candidate):
            return {"decision": one}
        return {
            "file": self._numbers[one.file.name],
            "document": one.document,
            "keyed": asdict(one.keyed),
            "note": one.note,
        }
