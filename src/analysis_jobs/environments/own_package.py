"""Our own package as a wheel, to go into an environment: what runs there is what is installed here.

Without the files of the pipeline, which an installed package has: nothing is launched from there.
"""

import base64
import hashlib
import json
import re
import zipfile
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from analysis_jobs.errors import InvalidInput
from analysis_jobs.pipeline import PIPELINE_NAME, PROJECT_FOLDER, __version__

_PACKAGE = Path(__file__).parents[1]
_NAME = PIPELINE_NAME.replace("-", "_")
_WHEEL = "Wheel-Version: 1.0\nGenerator: aind-analysis-jobs\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
# With a URL as a requirement, or among the sources that uv is told of in a TOML file
_OURS = re.compile(r"aind[-_.]+analysis[-_.]+jobs\s*(\[(?P<extras>[^\]]*)\])?\s*(?P<url>@|=\s*\{)?", re.IGNORECASE)
_BEFORE_ALL = (1980, 1, 1, 0, 0, 0)  # a zip knows no earlier time


def own_digest() -> str:
    """Return the SHA-256, in hexadecimal, of our package as it is here, with what it says that it needs."""
    whole = hashlib.sha256(_metadata().encode())
    for name, path in _files():
        whole.update(f"{name}\n{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()


def write_wheel(folder: Path) -> Path:
    """Write our package as a wheel into a folder, and return its path: nothing is built, so that nothing is fetched."""
    about = f"{_NAME}-{__version__}.dist-info"
    wheel = folder / f"{_NAME}-{__version__}-py3-none-any.whl"
    texts = {f"{about}/METADATA": _metadata().encode(), f"{about}/WHEEL": _WHEEL.encode()}
    contents = {**{f"analysis_jobs/{name}": path.read_bytes() for name, path in _files()}, **texts}
    record = "".join(f"{name},sha256={_hash(content)},{len(content)}\n" for name, content in contents.items())
    contents[f"{about}/RECORD"] = f"{record}{about}/RECORD,,\n".encode()
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(zipfile.ZipInfo(name, _BEFORE_ALL), content)
    return wheel


def extras_by_url(texts: Iterable[str]) -> set[str] | None:
    """Return the extras of our package where a declaration has it by a URL, as from git; else None."""
    found = [match for text in texts for match in _OURS.finditer(text)]
    extras = (name.strip() for match in found for name in (match["extras"] or "").split(","))
    return {name for name in extras if name} if any(match["url"] for match in found) else None


def own_requirement() -> str:
    """Return what installs the same package elsewhere: the folder or URL that it came from, else its version."""
    origin = distribution(PIPELINE_NAME).read_text("direct_url.json")
    if not origin:
        return f"{PIPELINE_NAME}=={__version__}"
    url = str(json.loads(origin)["url"])
    return url2pathname(urlsplit(url).path) if url.startswith("file:") else f"{PIPELINE_NAME} @ {url}"


def _files() -> list[tuple[str, Path]]:
    files = (path for path in sorted(_PACKAGE.rglob("*")) if path.is_file() and "__pycache__" not in path.parts)
    named = ((path.relative_to(_PACKAGE).as_posix(), path) for path in files)
    return [(name, path) for name, path in named if not name.startswith(f"{PROJECT_FOLDER}/")]


def _metadata() -> str:
    try:
        text = distribution(PIPELINE_NAME).read_text("METADATA")
    except PackageNotFoundError:
        text = None
    if not text:
        raise InvalidInput(
            f"{PIPELINE_NAME} is not installed in this Python, so that it is not known what it needs: pip install it"
        )
    return text


def _hash(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
