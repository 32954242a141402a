"""Names of the files that the pipeline itself puts beside those of an analysis, and when two names are one."""

import re
import unicodedata

MANIFEST = "manifest.json"
# What UPLOAD and RECORD put beside the files of an analysis.
LOG = "analysis.log"
RECORD_FILE = "metadata.nd.json"
RESERVED = (MANIFEST, RECORD_FILE, LOG)
# What a folder is called that is ours
KEY = re.compile(r"[0-9a-f]{64}")
# Beside the folders of keys: the source files of analyses, an archive for each digest
CODE = "_code"
# The same: what was taken out of use, by key
SET_ASIDE = ".set-aside"


def archive_name(digest: str) -> str:
    """Return what the archive of source files is called within `CODE`."""
    return f"{digest}.tar.gz"


def without_case(name: str) -> str:
    """Return the same for all names that some file system takes for one, such as `a.txt` and `A.txt`."""
    return unicodedata.normalize("NFC", name).casefold()
