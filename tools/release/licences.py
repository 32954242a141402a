"""The licences of what is pinned, by package URL: read from what is installed, kept in a file beside this one.

A bill of materials takes them from the file, so that it is the same on each machine: a Python does not have the
packages that only another one gets. Usage, as `make licences` does: python -m release.licences
"""

import json
import re
import sys
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterable, Iterator
from email.message import Message
from email.parser import Parser
from importlib.metadata import distributions
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model.license import License
from cyclonedx.spdx import fixup_id, is_expression
from packageurl import PackageURL
from packaging.utils import canonicalize_name

NAME = "tools/release/licences.json"
Licences = dict[str, list[str]]  # by package URL: one expression, or one name or more

# How authors call what SPDX has another name for. What leaves its version open, as "BSD" does, stays as it is written
_CALLED = {
    "Apache-2.0": (
        *("apache 2", "apache 2.0", "apache license 2.0", "apache license, version 2.0"),
        *("apache software license, version 2.0", "apache.org/licenses/license-2.0", "apache license version 2.0"),
    ),
    "BSD-2-Clause": ("bsd 2-clause license",),
    "BSD-3-Clause": ("bsd 3-clause license", "new bsd license"),
    "EPL-1.0": ("eclipse.org/legal/epl-v10",),
    "ISC": ("isc license", "isc license (iscl)"),
    "MIT": ("mit license", "opensource.org/licenses/mit-license"),
    "MPL-2.0": ("mozilla public license 2.0 (mpl 2.0)",),
}
_SPDX = {name: spdx for spdx, names in _CALLED.items() for name in names}
_ADDRESS = re.compile(r"https?://(?:www\.)?(.+?)(?:\.(?:txt|html|php))?$")
_NONE = ("", "unknown")


def read_licences(project: Path) -> Licences:
    """Return what the file of a checkout has: nothing, where there is none."""
    path = project / NAME
    return json.loads(path.read_text()) if path.exists() else {}


def as_licenses(names: Iterable[str]) -> list[License]:
    """Return licences as a bill of materials has them; an expression can only stand alone."""
    return [LicenseFactory().make_from_string(name) for name in names]


def installed(folders: Iterable[Path]) -> Licences:
    """Return the licences of the Python packages that are in these folders of packages."""
    found: Licences = {}
    for distribution in distributions(path=[str(folder) for folder in folders]):
        url = PackageURL("pypi", None, canonicalize_name(distribution.name), distribution.version)
        found[url.to_string()] = declared(distribution.metadata)
    return {url: names for url, names in found.items() if names}


def declared(about: Message) -> list[str]:
    """Return the licences that a package's metadata declare: in SPDX's words, or in its own; none, if it names none.

    `License` is taken where SPDX has a name for it, since it may be the text of the licence, or no more than "BSD":
    else the classifiers say more, if there are any.
    """
    if expression := about.get("License-Expression"):
        return [expression]
    lines = [line.strip() for line in about.get("License", "").splitlines() if line.strip()]
    name = _in_words_of_spdx(lines[0]) if lines else ""
    if _is_spdx(name):
        return [name]
    classifiers = [text.split(" :: ") for text in about.get_all("Classifier", []) if text.startswith("License ::")]
    # An "OSI Approved" alone names none
    names = [_in_words_of_spdx(parts[-1]) for parts in classifiers if parts[-1] != "OSI Approved"]
    return names or ([name] if len(lines) == 1 and name.lower() not in _NONE else [])


def in_jars(folder: Path, urls: Iterable[str]) -> Licences:
    """Return the licences of the jars of a folder that have these package URLs."""
    found: Licences = {}
    for text in urls:
        url = PackageURL.from_string(text)
        path = folder / f"{url.name}-{url.version}.jar"
        if path.exists() and (names := sorted(set(_of_jar(path, url)))):
            found[text] = names
    return found


def _of_jar(path: Path, url: PackageURL) -> Iterator[str]:
    """Yield what the jar's own description for Maven says, else what its manifest does."""
    with zipfile.ZipFile(path) as jar:
        names = set(jar.namelist())
        pom, manifest = f"META-INF/maven/{url.namespace}/{url.name}/pom.xml", "META-INF/MANIFEST.MF"
        said = ET.fromstring(jar.read(pom)).findall("{*}licenses/{*}license/{*}name") if pom in names else []
        bundle = Parser().parsestr(jar.read(manifest).decode()).get("Bundle-License") if manifest in names else None
    if said:
        yield from (_in_words_of_spdx(element.text or "") for element in said)
    elif bundle:
        # Wrapped lines are joined, as a manifest breaks words; what follows a semicolon says more of one licence
        for part in re.sub(r"\r?\n ", "", bundle).split(","):
            yield _in_words_of_spdx(part.partition(";")[0].strip().strip('"'))


def _in_words_of_spdx(name: str) -> str:
    """Return SPDX's name for a licence, if it is known here, else the name as it is."""
    called = " ".join(name.split()).lower().removeprefix("the ")
    if address := _ADDRESS.match(called):
        called = address[1]
    return _SPDX.get(called) or fixup_id(name.strip()) or name.strip()


def _is_spdx(name: str) -> bool:
    return bool(name) and (fixup_id(name) is not None or is_expression(name))


def write_licences(project: Path, urls: Iterable[str], found: Licences) -> list[str]:
    """Write the licences of what has these package URLs; return the URLs of which no licence is known.

    What is not found now, as another Python or system installs it, keeps the line that it has.
    """
    before = read_licences(project)
    known = {url: found.get(url) or before.get(url) or [] for url in sorted(set(urls))}
    kept = {url: names for url, names in known.items() if names}
    (project / NAME).write_text(json.dumps(kept, indent=2, sort_keys=True) + "\n")
    return [url for url, names in known.items() if not names]


def main(project: Path) -> None:
    from release.dist import INSTALLED
    from release.sbom import components

    folders = [Path(path) for path in sys.path if Path(path).name == "site-packages"]
    # Those that `make test-pythons` has made
    folders += sorted(project.glob(".pythons/*/lib/python*/site-packages"))
    urls = [str(part.purl) for files in INSTALLED.values() for part in components(project, files)]
    jars = in_jars(project / ".venv" / "share" / "nextflow" / "lib", urls)
    unknown = write_licences(project, urls, {**installed(folders), **jars})
    print(f"{NAME}: {len(set(urls)) - len(unknown)} packages and jars. No licence is known of {len(unknown)}:")
    print(*unknown, sep="\n")


if __name__ == "__main__":
    main(Path(__file__).resolve().parents[2])
