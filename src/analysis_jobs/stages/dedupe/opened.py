"""The analysis of a launch, opened in the Python that it runs in: its code, its parameters, the keys of its jobs."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from analysis_jobs.analysis.loading import load_exported
from analysis_jobs.documents import InputContent, Inventory, LaunchDocument
from analysis_jobs.environments.inventory import digest_of, inventory
from analysis_jobs.errors import InvalidInput
from analysis_jobs.jobs.job import Job, read_job
from analysis_jobs.jobs.job_files import FoundFiles
from analysis_jobs.jobs.key import JobKeys
from analysis_jobs.jobs.model_fields import described_fields
from analysis_jobs.jobs.nesting import merged
from analysis_jobs.jobs.parameter_sources import parse_assignments, read_sources
from analysis_jobs.jobs.settings import as_assignments, read_settings
from analysis_jobs.jobs.specification import Parameters
from analysis_jobs.redaction.text import redacted_values
from analysis_jobs.stages.dedupe.about import launch_document
from analysis_jobs.stages.dedupe.candidates import KeyingHere
from analysis_jobs.stages.dedupe.code import archive_code, export_code
from analysis_jobs.stages.dedupe.launch import Launch


class OpenedAnalysis(KeyingHere):
    """The analysis of a launch, loaded in this process from the copy that jobs run."""

    def __init__(
        self,
        launch: Launch,
        analysis: str,
        script: str,
        contents: FoundFiles,
        held: Inventory | None,
        read: Mapping[str, InputContent] | None = None,
    ) -> None:
        """Copy an analysis into ``code/``, ``code.tar`` and ``sources.tar.gz``, and load it.

        Parameters
        ----------
        launch
            The launch.
        analysis
            As for `analysis_jobs.analysis.source.locate`.
        script
            What a shell does to run in its environment; an empty text for that which is active.
        contents
            The jobs.
        held
            What its environment holds; None for what this process sees of it.
        read
            What is in the inputs, where keys go by that.

        Raises
        ------
        InvalidInput
            If the analysis cannot be used, or a parameter.
        """
        self.launch, self.source = launch, export_code(analysis, script)
        archive_code(self.source, Path("sources.tar.gz"), wanted=not launch.without_code)
        self.held = held or inventory()
        settings = read_settings(launch.settings, launch.command_line)
        self.assigned = merged(settings, parse_assignments(launch.assignments))
        # What jobs will run is loaded, which may lack what lies beside the original.
        loaded = load_exported(Path("code"))
        specification = loaded.specification
        self.described = described_fields(parameters=specification, outputs=loaded.outputs)
        sources = read_sources(
            launch.parameters, launch.parameters_name, contents.distributed, self.assigned, specification
        )
        environment = digest_of(self.held) if launch.key_environment else None
        code = self.source.identity(launch.code_version, launch.code_identity)
        super().__init__(JobKeys(sources, Parameters(specification), code, environment, read))
        sources.refuse_without_effect(readable_jobs(contents))

    def document(self, *, to_run: bool) -> LaunchDocument:
        """Return what is known of the launch; see `analysis_jobs.stages.dedupe.about.launch_document`."""
        assignments = as_assignments(self.assigned, self.keys.parameters.specification)
        document = launch_document(self.launch, self.source, assignments, to_run=to_run)
        return {**document, "described": redacted_values(self.described)} if self.described else document


def readable_jobs(contents: FoundFiles) -> Iterator[Job]:
    """Yield the jobs of the files that can be read."""
    for file in contents.files:
        with suppress(InvalidInput):  # which is told of when it is decided on
            yield read_job(file.path, file.name)
