"""The block of data in the report: as JSON, or compressed where that would be large."""

import base64
import gzip
import json
from typing import Any

# A browser reads so much at once, and who looks into the file finds its texts
LARGEST_PLAIN = 2_000_000
SEPARATORS = (",", ":")


def packed(data: dict[str, Any]) -> str | None:
    """Return data as gzipped JSON in base64, or None where its JSON is small enough to stand there as it is."""
    text = json.dumps(data, separators=SEPARATORS)
    if len(text) <= LARGEST_PLAIN:
        return None
    return base64.b64encode(gzip.compress(text.encode("ascii"), compresslevel=6, mtime=0)).decode("ascii")
