"""What the commands of the documents find: a checkout with a demo, S3 with a bucket, and DocDB with an asset."""

from collections.abc import Callable
from pathlib import Path

import pytest
from fakes.docdb import DocDBServer
from fakes.keys import WRITER
from fakes.s3 import S3Server
from pipeline.conftest import environment  # noqa: F401

from analysis_jobs.dispatch import metadata_index

from .checkout import Checkout

PROFILE = "lab"  # as the documents call it
BUCKET = "my-bucket"


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> Checkout:  # noqa: F811
    return Checkout(tmp_path_factory.mktemp("documents") / "checkout", environment)


@pytest.fixture(scope="session")
def services(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], dict[str, str]]:
    """Return what starts the services, empties the database, and returns the environment that finds them."""

    def start() -> dict[str, str]:
        s3: S3Server = request.getfixturevalue("s3")
        docdb: DocDBServer = request.getfixturevalue("docdb")
        _make_ready(s3, docdb)
        credentials = tmp_path_factory.mktemp("aws") / "credentials"
        keys = f"aws_access_key_id = {WRITER.access_key}\naws_secret_access_key = {WRITER.secret_key}\n"
        credentials.write_text("".join(f"[{profile}]\n{keys}" for profile in ("default", PROFILE)))
        found = {**s3.environment, **docdb.environment, "AWS_SHARED_CREDENTIALS_FILE": str(credentials)}
        found["AWS_PROFILE"] = "default"
        # By their profile, as the documents have it; in the environment they would go before it
        return {name: value for name, value in found.items() if value not in (WRITER.access_key, WRITER.secret_key)}

    return start


def _make_ready(s3: S3Server, docdb: DocDBServer) -> None:
    if BUCKET not in {one["Name"] for one in s3.client().list_buckets()["Buckets"]}:
        s3.make_bucket(BUCKET)
    docdb.empty()
    index = docdb._mongo.client[metadata_index.DATABASE][metadata_index.COLLECTION]
    index.insert_one(
        {
            "_id": "one",
            "name": "ecephys_774659",
            "location": f"s3://{BUCKET}/ecephys_774659",
            "subject": {"subject_id": "774659"},
            "data_description": {"data_level": "derived"},
        }
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let everything that starts Nextflow say so."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here) and "checkout" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.nextflow)
