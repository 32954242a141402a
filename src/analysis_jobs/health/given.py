"""What the doctor is told: where a launch would go, and how it would run."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from analysis_jobs.pipeline import PIPELINE_NAME, __version__
from analysis_jobs.wording import is_url


@dataclass(frozen=True)
class Given:
    """Where a launch would go, and how it would run; each as the parameter of the pipeline that is called so.

    Attributes
    ----------
    outdir, work
        Folders, or URLs: --outdir and -work-dir.
    store, bucket
        As they are opened; None for those in `outdir`.
    profiles
        Of -profile.
    base_image, analysis_image
        Images of the tasks.
    apptainer
        Whether tasks on SLURM run in images.
    write_profile
        AWS profile that writes.
    read_only
        Write nothing, not even what is removed again.
    pipeline
        The folder of the pipeline, where it is known.
    """

    outdir: str = "results"
    store: str | None = None
    bucket: str | None = None
    work: str = "work"
    profiles: frozenset[str] = field(default_factory=frozenset)
    base_image: str = f"{PIPELINE_NAME}:{__version__}"
    analysis_image: str | None = None
    apptainer: bool = False
    write_profile: str | None = None
    read_only: bool = False
    pipeline: Path | None = None

    @property
    def store_place(self) -> str:
        """The store, as `analysis_jobs.store.opening.open_store` takes it."""
        return self.store or f"{self.outdir}/records.sqlite"

    @property
    def bucket_place(self) -> str:
        """The bucket, as `analysis_jobs.bucket.opening.open_bucket` takes it; `ANALYSIS_BUCKET` may leave out s3://."""
        named = os.environ.get("ANALYSIS_BUCKET")
        if self.bucket or named is None:
            return self.bucket or f"{self.outdir}/analyses"
        return named if named.startswith("s3://") else f"s3://{named}"

    @property
    def engine(self) -> str | None:
        """The program that runs tasks in images on this machine or a cluster, or None where it is none of ours."""
        if "slurm" in self.profiles:
            return "apptainer" if self.apptainer else None
        return "docker" if "docker" in self.profiles else None

    @property
    def images(self) -> list[str]:
        """The images of the tasks, each once."""
        return list(dict.fromkeys([self.base_image, self.analysis_image or self.base_image]))

    @property
    def in_images(self) -> bool:
        """Whether tasks run in images, and so not in the environment of this machine."""
        return self.engine is not None or "awsbatch" in self.profiles

    @property
    def folders(self) -> dict[str, Path]:
        """The folders of this machine that a launch writes to, by what they are for."""
        home = os.environ.get("NXF_HOME") or f"{os.environ.get('HOME') or Path.home()}/.nextflow"
        named = {
            "--outdir": self.outdir,
            "-work-dir": self.work,
            "TMPDIR": os.environ.get("NXF_TEMP") or os.environ.get("TMPDIR") or "/tmp",
            "NXF_HOME": home,
            "the folder to launch in": ".",
        }
        return {name: Path(place).absolute() for name, place in named.items() if not is_url(place)}
