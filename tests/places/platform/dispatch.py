"""A capsule's dispatcher, which leaves job files as today's library does: <worker>/<uuid>.json."""

import json
import sys
import uuid
from pathlib import Path

RESULTS = Path("/results")


def job(asset: str) -> str:
    """Return a job file as the library writes it, with what it adds by itself."""
    location = f"s3://recordings/{asset}"
    parameters = {"dry_run": "0", "file_location": None}
    return json.dumps(
        {
            "s3_location": [location],
            "asset_name": [asset],
            "docdb_record_id": [f"id-{asset}"],
            "file_location": None,
            "distributed_parameters": None,
            "group_metadata": None,
            "query": '{"subject.subject_id": "774659"}',
            "analysis_code": {
                "object_type": "Code",
                "url": "https://example.org/capsule.git",
                "name": "a wrapper",
                "version": "1.2",
                "run_script": "code/run",
                "input_data": [{"object_type": "Data asset", "name": None, "url": location}],
                "parameters": parameters,
            },
        },
        indent=4,
    )


for worker, assets in enumerate(sys.argv[1:]):
    folder = RESULTS / str(worker)
    folder.mkdir()
    for asset in assets.split(","):
        (folder / f"{uuid.uuid4()}.json").write_text(job(asset))
(RESULTS / f"{uuid.uuid4()}.json").write_text(job("alone"))
