"""Where tasks run, by profile: Docker and its images, SLURM and Apptainer, AWS Batch."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from analysis_jobs.health.diagnosis import Said, broken, doubtful, fine
from analysis_jobs.health.disks import file_system_of, is_network
from analysis_jobs.health.given import Given
from analysis_jobs.health.programs import asked_program
from analysis_jobs.pipeline import __version__
from analysis_jobs.wording import is_url, listed

_SECONDS = 5.0
_VERSION = "from analysis_jobs.pipeline import __version__ as v; print(v)"
PROFILES = {"standard", "local", "docker", "slurm", "codeocean", "awsbatch"}  # of nextflow.config


def look_at_profile(given: Given) -> Iterator[Said]:
    """Say whether what the profiles run tasks with is here."""
    if unknown := sorted(given.profiles - PROFILES):
        yield doubtful(
            f"the profile {listed(unknown)} is none of ours, so nothing of it was looked at; see its configuration"
        )
    if "slurm" in given.profiles:
        yield from _slurm(given)
    elif "awsbatch" in given.profiles:
        yield from _batch(given)
    elif given.engine == "docker":
        yield from _docker(given)
    else:
        yield fine("tasks run on this machine, in the environment that is active")


def _docker(given: Given) -> Iterator[Said]:
    docker = shutil.which("docker")
    if docker is None:
        yield broken(
            "docker is not on PATH, and -profile docker runs every task in it; install it, or leave out the profile"
        )
        return
    answer = asked_program([docker, "info", "--format", "{{.ServerVersion}}"], _SECONDS)
    if answer is None or answer.status or not answer.out.strip():
        why = answer.words if answer else f"nothing for {_SECONDS:g} s"
        yield broken(
            f"docker does not answer ({why}); start it (sudo systemctl start docker), and see that you may use it "
            "(docker info)"
        )
        return
    yield fine(f"docker {answer.out.strip()} answers")
    for image in given.images:
        yield from _image(docker, image)


def _image(docker: str, image: str) -> Iterator[Said]:
    there = asked_program([docker, "image", "inspect", "--format", "{{.Id}}", image], _SECONDS)
    if there is None or there.status:
        pulled = asked_program([docker, "manifest", "inspect", image], _SECONDS)
        if pulled is None or pulled.status:
            why = pulled.words if pulled else "its registry does not answer"
            yield broken(
                f"the image {image} is not here and cannot be pulled ({why}); build it (make images), or give "
                "another one with --base_image and --analysis_image"
            )
        else:
            yield fine(f"the image {image} is not here yet, and is pulled by the first task")
        return
    command = [docker, "run", "--rm", "--network", "none", image, "python", "-c", _VERSION]
    answer = asked_program(command, _SECONDS)
    version = answer.out.strip() if answer and not answer.status else ""
    if answer is None:
        yield doubtful(
            f"the image {image} is here, and did not start in {_SECONDS:g} s; see `docker run --rm {image} true`"
        )
    elif not version:
        yield broken(
            f"the image {image} has no Python with this package ({answer.words}); build it on the base image (make "
            "images)"
        )
    elif version != __version__:
        yield broken(
            f"the image {image} has version {version} of the package, and the pipeline is of {__version__}; build it "
            "again (make images), or give one of this version"
        )
    else:
        yield fine(f"the image {image} is here, with version {version}")


def _slurm(given: Given) -> Iterator[Said]:
    lacking = [name for name in ("sbatch", "squeue", "sinfo") if shutil.which(name) is None]
    if lacking:
        yield broken(
            f"there is no {listed(lacking)} on PATH, by which jobs go to SLURM; launch on a machine that submits jobs"
        )
        return
    answer = asked_program(["sinfo", "--noheader", "--format", "%P %a"], _SECONDS)
    if answer is None or answer.status:
        why = answer.words if answer else f"nothing for {_SECONDS:g} s"
        yield broken(f"SLURM does not answer ({why}); see `sinfo`, or ask who looks after the cluster")
    else:
        up = [line.split()[0].rstrip("*") for line in answer.out.splitlines() if line.endswith(" up")]
        yield (
            fine(f"SLURM answers, with the partitions {listed(up)}")
            if up
            else broken("SLURM answers, and no partition of it is up; ask who looks after the cluster")
        )
    if not is_url(given.work):
        kind = file_system_of(Path(given.work))
        if kind and not is_network(kind):
            yield doubtful(
                f"the work folder {os.path.abspath(given.work)} is on {kind}, a disk of this machine alone, it "
                "seems; give -work-dir a folder that all nodes share"
            )
    if given.apptainer:
        yield from _apptainer(given)


def _apptainer(given: Given) -> Iterator[Said]:
    engine = shutil.which("apptainer") or shutil.which("singularity")
    if engine is None:
        yield broken(
            "apptainer is not on PATH, and --apptainer runs tasks in it; load its module, or leave out --apptainer"
        )
        return
    answer = asked_program([engine, "--version"], _SECONDS)
    yield (
        fine(f"{answer.out.strip()} at {engine}")
        if answer and not answer.status
        else broken(
            f"{engine} does not run ({answer.words if answer else 'it does not end'}); load another module of it"
        )
    )
    for image in given.images:
        if image.startswith(("/", ".")) and not os.path.exists(image):
            yield broken(f"the image {image} is not there; give another one with --base_image and --analysis_image")


def _batch(given: Given) -> Iterator[Said]:
    local = [image for image in given.images if "/" not in image]
    if local:
        yield broken(
            f"AWS Batch fetches images from a registry, and {listed(local)} names none; push it there, and give "
            "--base_image and --analysis_image with the registry"
        )
    else:
        yield fine(f"AWS Batch fetches {listed(given.images)}, which was not looked at from here")
    for name, place in {"--bucket": given.bucket_place, "--store": given.store_place}.items():
        if not is_url(place) and place != "docdb":
            yield broken(
                f"{name} is {place}, on this machine, and tasks run in AWS Batch; give --bucket s3://... and --store "
                "docdb or postgresql://HOST/DATABASE"
            )
