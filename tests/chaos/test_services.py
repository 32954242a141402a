"""Every outage is one for who uses a service, and over when it is ended."""

from collections.abc import Callable, Iterator

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from fakes.keys import REGION, WRITER
from fakes.mongo import UnavailableError
from fakes.processes import wait_until
from fakes.s3 import PUBLIC

from chaos.plan import OUTAGES
from chaos.services import LATE, Services

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def services() -> Iterator[Services]:
    try:
        opened = Services()
    except UnavailableError as error:
        pytest.skip(str(error))
    opened.s3.client().put_object(Bucket=PUBLIC, Key="large", Body=bytes(100_000))
    yield opened
    opened.close()


def reads_s3(services: Services) -> bool:
    session = boto3.session.Session(*WRITER, region_name=REGION)
    config = Config(retries={"total_max_attempts": 1}, read_timeout=LATE / 2)
    client = session.client("s3", endpoint_url=services.environment["AWS_ENDPOINT_URL"], config=config)
    try:
        return len(client.get_object(Bucket=PUBLIC, Key="large")["Body"].read()) == 100_000
    except (BotoCoreError, ClientError):
        return False


def reads_docdb(services: Services) -> bool:
    url = f"https://{services.environment['DOCDB_HOST']}/v1/analysis/records/find"
    try:
        return requests.get(url, timeout=LATE / 2, verify=str(services.docdb.ca_bundle)).status_code == 200
    except requests.RequestException:
        return False


READS: dict[str, Callable[[Services], bool]] = {"S3": reads_s3, "DocDB": reads_docdb}


@pytest.mark.parametrize(("service", "outage"), [(name, kind) for name, kinds in OUTAGES.items() for kind in kinds])
def test_an_outage_begins_and_ends(services: Services, service: str, outage: str) -> None:
    def reads() -> bool:
        return READS[service](services)

    wait_until(reads, f"{service} is read")  # it may take longer than what is late, on a busy machine
    end = services.begin(service, outage)
    assert end
    assert services.is_failing(service)
    assert services.begin(service, outage) is None
    assert not reads()
    end()
    assert not services.is_failing(service)
    wait_until(reads, f"{service} is read again")
