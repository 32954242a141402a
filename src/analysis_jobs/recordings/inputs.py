"""The inputs of jobs looked at, wherever they lie and many at a time, before and while they are read."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from typing import Protocol, TypeVar

from analysis_jobs.documents import InputContent
from analysis_jobs.errors import ServiceUnavailable
from analysis_jobs.recordings.inputs_in_s3 import InputsInS3
from analysis_jobs.recordings.inputs_on_disk import Each, InputsOnDisk
from analysis_jobs.recordings.inputs_on_web import InputsOnWeb
from analysis_jobs.recordings.looked import Looked, TooManyFiles
from analysis_jobs.redaction.addresses import open_address
from analysis_jobs.retries import patience

_Answer = TypeVar("_Answer")
# Requests at a time: each waits for the network
AT_A_TIME = 32
# Contents that are read at a time, each of which may be a folder of many files that are
_READ_AT_A_TIME = 4
# What else can be done where no server answers
_UNLOOKED = "leave inputs alone with --check_inputs none"
_UNREAD = "leave out --inputs_by content, which reads all inputs; jobs have other keys without it"


class _Place(Protocol):
    def look(self, location: str, *, identify: bool) -> Looked: ...

    def content(self, location: str, each: Each) -> str: ...


class Inputs:
    """Looks at inputs, and opens each bucket once.

    It may not be used in a process of which others are forked that read from S3: see `analysis_jobs.aws.s3`.
    """

    def __init__(self) -> None:
        """Begin without any connection."""
        self._disk, self._s3 = InputsOnDisk(), InputsInS3()

    @cached_property
    def _web(self) -> InputsOnWeb:
        return InputsOnWeb(AT_A_TIME)

    def look(self, locations: Sequence[str], *, identify: bool = False) -> dict[str, Looked]:
        """Return for each location whether something is there and, to `identify`, what it is.

        A relative path, and an address of another kind than ``s3://`` and ``https://``, cannot be told of.

        Raises
        ------
        ServiceUnavailable
            If S3, or a web server, did not answer for `analysis_jobs.retries.patience`.
        """
        return _with_threads(partial(self._look, identify=identify), locations, _UNLOOKED)

    def contents(self, locations: Sequence[str]) -> dict[str, InputContent]:
        """Return for each location the digest of what is there, or why it cannot be read. All of it is read.

        Raises
        ------
        ServiceUnavailable
            As `look` does.
        """
        with ThreadPoolExecutor(AT_A_TIME) as threads:
            read = partial(self._content, each=lambda call, names: list(threads.map(call, names)))
            return _with_threads(read, locations, _UNREAD, _READ_AT_A_TIME)

    def _look(self, location: str, identify: bool) -> Looked:
        place = self._place(location)
        if place is None:
            return Looked("cannot tell", _no_place(location))
        try:
            looked = place.look(location, identify=identify)
        except TooManyFiles as error:
            return Looked("there", str(error))
        except ConnectionError:
            raise
        except (OSError, ValueError) as error:
            return Looked("cannot tell", _in_words(error))
        except ImportError as error:  # in the environment of an analysis
            return Looked("cannot tell", f"the package {error.name} is not installed")
        return looked

    def _content(self, location: str, each: Each) -> InputContent:
        place = self._place(location)
        if place is None:
            return {"problem": _no_place(location)}
        try:
            return {"digest": place.content(location, each)}
        except ConnectionError:
            raise
        except (OSError, ValueError, ImportError) as error:
            return {"problem": _in_words(error)}

    def _place(self, location: str) -> _Place | None:
        if location.startswith("/"):
            return self._disk
        if location.startswith("s3://"):
            return self._s3
        return self._web if location.startswith(("http://", "https://")) else None


def _with_threads(
    call: Callable[[str], _Answer], locations: Iterable[str], instead: str, at_a_time: int = AT_A_TIME
) -> dict[str, _Answer]:
    once = list(dict.fromkeys(locations))
    answered = partial(_answered, call, instead)
    if len(once) == 1:
        return {once[0]: answered(once[0])}
    threads = ThreadPoolExecutor(at_a_time)
    try:
        return dict(zip(once, threads.map(answered, once), strict=True))
    finally:
        threads.shutdown(cancel_futures=True)


def _answered(call: Callable[[str], _Answer], instead: str, location: str) -> _Answer:
    try:
        return call(location)
    except ConnectionError as error:
        raise ServiceUnavailable(
            f"the input {open_address(location)} could not be checked, because its server did not answer for "
            f"{patience():g} s ({error}); check the location and the network, and try again, or {instead}"
        ) from None


def _no_place(location: str) -> str:
    scheme, is_url, _ = location.partition("://")
    return f"{scheme}:// cannot be asked" if is_url else "it is not an absolute path"


def _in_words(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error) or type(error).__name__
