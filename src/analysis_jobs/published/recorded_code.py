"""The code of a published job: found again where it was, in the commit that was recorded, or in its archive."""

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from analysis_jobs.analysis.archive import read_archive
from analysis_jobs.analysis.source import Source, locate
from analysis_jobs.bucket.names import CODE, archive_name
from analysis_jobs.bucket.protocol import Bucket
from analysis_jobs.documents import GitState, LaunchDocument, Manifest
from analysis_jobs.errors import InvalidInput
from analysis_jobs.published.unpacking import unpacked_source
from analysis_jobs.redaction.text import redacted

_COMMIT = re.compile(r"[0-9a-f]{40,64}")
_PROTOCOLS = "file:git:http:https:ssh"  # others run a command that the URL names


@dataclass(frozen=True)
class RecordedCode:
    """Code that a job can be run with.

    Attributes
    ----------
    source
        Where it lies.
    place
        The same in words.
    recorded
        The digest of the code that ran, or None if nobody wrote it down.
    identity
        Of the code that ran, by which its key was computed.
    archive
        What it was taken from, if from an archive, and why.
    """

    source: Source
    place: str
    recorded: str | None
    identity: str = ""
    archive: str = ""

    @property
    def same(self) -> bool | None:
        """Whether it is the code that ran, by the identity that the launch asked for; None where that is not known."""
        if self.recorded is None or self.source.digest() == self.recorded:
            return None if self.recorded is None else True
        return self.identity == self.source.identity(by="syntax")


def recorded_digest(manifest: Manifest) -> str | None:
    """Return the digest of the code that ran, also of a job that has a version in the user's own words."""
    code: str = manifest["parts"]["code"]
    noted: str | None = manifest["run"].get("source", {}).get("digest")
    return code.removeprefix("sha256:") if code.startswith("sha256:") else noted


def find_code(
    manifest: Manifest, bucket: Bucket, analysis: str | None, checkout: Path, *, other_code: bool
) -> RecordedCode:
    """Find the code of a job: as given, else where the launch had it, in the commit that was recorded, or archived.

    Parameters
    ----------
    manifest
        What is known of the job.
    bucket
        Which has the results, and the archive.
    analysis
        As for `analysis_jobs.analysis.source.locate`, or None.
    checkout
        A folder to clone into, which is not there; an archive is unpacked beside it.
    other_code
        Take code of another digest where there is none of the recorded one.

    Raises
    ------
    InvalidInput
        If it cannot be had; says for each place why not.
    """
    refused, others = [], []
    for place in _places(manifest, checkout) if analysis is None else [partial(locate, analysis)]:
        try:
            code = _recorded(place(), manifest)
        except InvalidInput as error:
            refused.append(str(error))
            continue
        if code.same is not False:
            return code
        others.append(code)
        refused.append(f"{code.place} has sha256:{code.source.digest()}")
    if analysis is None:
        try:
            return _archived(manifest, bucket, checkout.with_name("archived"), "; ".join(refused))
        except InvalidInput as error:
            refused.append(str(error))
    if others and other_code:
        return others[0]
    remedy = "run it with --other-code, or give the right code by --analysis" if others else "give it by --analysis"
    raise InvalidInput(
        f"the job {manifest['key']} ran with code {_identity(manifest)}, which was not found: "
        f"{'; '.join(refused)}; {remedy}"
    )


def _identity(manifest: Manifest) -> str:
    digest = recorded_digest(manifest)
    return f"sha256:{digest}" if digest else str(manifest["parts"]["code"])


def _recorded(source: Source, manifest: Manifest) -> RecordedCode:
    return RecordedCode(source, _place_of(source), recorded_digest(manifest), manifest["parts"]["code"])


def _place_of(source: Source) -> str:
    """Return where the code of a source is, as `locate` would find it but for a copy of a module."""
    if source.kind == "module" and not source.is_copy:
        return source.module
    is_folder = source.kind == "folder" or (source.is_copy and source.entry.name == "__init__.py")
    return str(source.root if is_folder else source.entry)


def _archived(manifest: Manifest, bucket: Bucket, target: Path, why: str) -> RecordedCode:
    """Return the code out of its archive, which is seen to be that of the digest before anything is written.

    Parameters
    ----------
    manifest, bucket
        As of `find_code`.
    target
        A folder to write it into.
    why
        It is not taken from where it was.

    Raises
    ------
    InvalidInput
        If there is no archive, or it is damaged.
    """
    digest, place = recorded_digest(manifest), bucket.location(CODE)
    if digest is None:
        raise InvalidInput("the digest by which an archive could be found is not recorded")
    try:
        archive = bucket.code(digest)
    except OSError as error:
        raise InvalidInput(f"its archive in {place} cannot be read: {error.strerror or error}") from None
    if archive is None:
        raise InvalidInput(f"there is no archive of it in {place}")
    source = unpacked_source(read_archive(archive, digest), manifest["run"], target)
    return replace(_recorded(source, manifest), archive=f"{place}/{archive_name(digest)}, as {why}")


def _places(manifest: Manifest, checkout: Path) -> Iterator[Callable[[], Source]]:
    run = manifest["run"]
    yield partial(_at_launch, run)
    yield partial(_cloned, run, checkout, recorded_digest(manifest))


def _at_launch(run: LaunchDocument) -> Source:
    place = run.get("source", {}).get("path")
    if place is None:
        raise InvalidInput("where the launch had it is not recorded")
    return locate(place)


def _cloned(run: LaunchDocument, checkout: Path, digest: str | None) -> Source:
    """Return the analysis of a clone: its script, or the folder of that."""
    code = run["code"]
    if run.get("source", {}).get("kind") == "module":
        raise InvalidInput(f"{run['analysis']} was an installed module{_origin(code)}: install that one here")
    _check_commit(code)
    _git("clone", "--quiet", "--no-checkout", "--", code["url"], str(checkout))
    _git("-C", str(checkout), "checkout", "--quiet", "--detach", code["commit"])
    script = checkout / code["run_script"]
    if not script.resolve().is_relative_to(checkout.resolve()) or not script.is_file():
        raise InvalidInput(f"commit {code['commit']} of {code['url']} has no {code['run_script']}")
    source = locate(str(script))
    if source.digest() != digest and script.name in ("analysis.py", "__init__.py"):
        return locate(str(script.parent))
    return source


def _origin(code: GitState) -> str:
    return f" of {code['url'] or 'a checkout without a remote'} at {code['commit']}" if code.get("commit") else ""


def _check_commit(code: GitState) -> None:
    if not code.get("commit"):
        raise InvalidInput("it was in no git checkout, so there is no commit to clone")
    if code["dirty"]:
        raise InvalidInput(f"it had changes that are not in its commit {code['commit']}")
    if not code["pushed"] or not code["url"]:
        raise InvalidInput(f"its commit {code['commit']} was not pushed to any known remote")
    if not _COMMIT.fullmatch(code["commit"]):
        raise InvalidInput(f"its commit is {code['commit']!r}, which names none")


def _git(*arguments: str) -> None:
    settings = {"GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": _PROTOCOLS}  # nobody is there to answer
    try:
        done = subprocess.run(["git", *arguments], env={**os.environ, **settings}, capture_output=True, text=True)
    except OSError as error:
        raise InvalidInput(f"git cannot be run ({error.strerror}); install it") from None
    if done.returncode:
        message = redacted(" ".join(done.stderr.split()))
        raise InvalidInput(f"`git {' '.join(arguments)}` said: {message}")
