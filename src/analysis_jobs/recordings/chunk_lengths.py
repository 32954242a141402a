"""Chunks that were cut off, as a copy that broke off leaves them: an error, where numcodecs would not notice.

Imports within functions are for a quick start.
"""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any

_HEADER = 16  # of Blosc, in bytes: the last four are the length of the chunk, with this header
Decode = Callable[..., Any]


class CutOff(ValueError):
    """A chunk is shorter than it is to be."""


@lru_cache(1)
def check_lengths() -> None:
    """Have numcodecs see, for the rest of this process, that chunks have as many bytes as they say.

    Blosc does not know how many there are, and reads what lies in memory after them. Of gzip nothing becomes nothing,
    and of shuffle alone less becomes less, and zarr 2 leaves the memory as it was into which that is read. The other
    codecs of numcodecs notice, and so does zarr of what is not compressed. It is done to the codecs, as those of zarr 2
    and 3, of both versions of the format and of shards all end there.
    """
    from numcodecs import Blosc, GZip, Shuffle

    for codec, least in ((Blosc, _least_of_blosc), (GZip, lambda chunk, out: 1), (Shuffle, _least_of_shuffle)):
        codec.decode = _checked(codec.decode, least)


def _checked(decode: Decode, least: Callable[[memoryview, Any], int]) -> Decode:
    @wraps(decode)
    def decode_whole(codec: Any, buf: Any, out: Any = None) -> Any:
        chunk = memoryview(buf)
        if chunk.nbytes < (wanted := least(chunk, out)):
            raise CutOff(f"a chunk is damaged or cut off: it has {chunk.nbytes} of {wanted} bytes or more")
        return decode(codec, buf, out)

    return decode_whole


def _least_of_blosc(chunk: memoryview, out: Any) -> int:
    del out
    return int.from_bytes(chunk.cast("B")[_HEADER - 4 : _HEADER], "little") if chunk.nbytes >= _HEADER else _HEADER


def _least_of_shuffle(chunk: memoryview, out: Any) -> int:
    del chunk
    return 0 if out is None else memoryview(out).nbytes
