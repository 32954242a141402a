"""What a lock installs, as a bill of materials: CycloneDX in JSON, with versions, licences, SHA-256 and package URLs.

Imports within functions are for a quick start: of what refuses a release, most comes before.
"""

import json
import tomllib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, Property, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from packageurl import PackageURL
from packaging.requirements import Requirement

from release.licences import as_licenses, read_licences
from release.refusal import Refused

MARKER = "aind-analysis-jobs:marker"


def write_sbom(project: Path, files: Sequence[str], out: Path, commit: str, seconds: int) -> list[Component]:
    """Write what these files install, and return it.

    Parameters
    ----------
    project
        A checkout.
    files
        In it: locks of Python packages, and lists of jars.
    out
        To be written.
    commit
        Of the checkout.
    seconds
        When that was made, since 1970.

    Raises
    ------
    Refused
        If a file pins something in an odd way, or what would be written is not valid.
    """
    from cyclonedx.validation.json import JsonStrictValidator

    bom = Bom(serial_number=uuid5(NAMESPACE_URL, f"{commit}:{out.name}"), version=1)
    bom.metadata.timestamp = datetime.fromtimestamp(seconds, UTC)
    bom.metadata.component = root = _root(project, commit)
    licences = read_licences(project)
    for part in components(project, files):
        part.licenses.update(as_licenses(licences.get(str(part.purl), [])))
        bom.components.add(part)
    bom.register_dependency(root, bom.components)
    text = JsonV1Dot6(bom).output_as_string(indent=2)
    if wrong := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        raise Refused(f"the bill of materials {out.name} is not valid: {wrong}")
    # Its dependencies are in the order of sets, which is another one in each process
    out.write_text(json.dumps(json.loads(text), indent=2, sort_keys=True) + "\n")
    return list(bom.components)


def components(project: Path, files: Sequence[str]) -> Iterator[Component]:
    """Yield what locks and lists of jars of a checkout pin."""
    for name in files:
        yield from (pins if name.endswith(".lock") else jars)(project / name)


def pins(lock: Path) -> Iterator[Component]:
    """Yield the packages that a lock pins; a SHA-256 is that of one of the files that may be installed of it."""
    for line in lock.read_text().replace("\\\n", " ").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        requirement, *digests = line.split("--hash=sha256:")
        wanted = Requirement(requirement.strip())
        operators = [(specifier.operator, specifier.version) for specifier in wanted.specifier]
        if len(operators) != 1 or operators[0][0] != "==":
            raise Refused(f"{lock.name} pins no version of {wanted.name}: write it again with `make lock`")
        component = _library(PackageURL("pypi", None, wanted.name.lower(), operators[0][1]), digests)
        if wanted.marker:
            component.properties.add(Property(name=MARKER, value=str(wanted.marker)))
        yield component


def jars(listed: Path) -> Iterator[Component]:
    """Yield the jars of a list, whose lines have a SHA-256 and a path in a Maven repository."""
    for line in listed.read_text().splitlines():
        if line and not line.startswith("#"):
            digest, path = line.split()
            *group, name, version, _ = path.split("/")
            yield _library(PackageURL("maven", ".".join(group), name, version), [digest])


def _library(url: PackageURL, digests: Sequence[str]) -> Component:
    return Component(
        type=ComponentType.LIBRARY,
        name=url.name,
        group=url.namespace,
        version=url.version,
        purl=url,
        bom_ref=url.to_string(),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest.strip()) for digest in digests],
    )


def _root(project: Path, commit: str) -> Component:
    about = tomllib.loads((project / "pyproject.toml").read_text())["project"]
    url = PackageURL("pypi", None, about["name"], about["version"])
    return Component(
        type=ComponentType.APPLICATION,
        name=about["name"],
        version=about["version"],
        description=about["description"],
        licenses=[LicenseFactory().make_from_string(about["license"])],
        purl=url,
        bom_ref=url.to_string(),
        properties=[Property(name="aind-analysis-jobs:commit", value=commit)],
        external_references=_source(about),
    )


def _source(about: dict) -> list[ExternalReference]:
    address = about.get("urls", {}).get("Source")
    return [ExternalReference(type=ExternalReferenceType.VCS, url=XsUri(address))] if address else []
