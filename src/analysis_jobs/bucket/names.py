"""Names of the files that the pipeline itself puts beside those of an analysis, and when two names are one."""

import unicodedata

MANIFEST = "manifest.json"
# What UPLOAD and RECORD put beside the files of an analysis.
LOG = "analysis.log"
RECORD_FILE = "metadata.nd.json"
RESERVED = (MANIFEST, RECORD_FILE, LOG)
# Beside the folders of keys: what was taken out of use, by key
SET_ASIDE = ".set-aside"


def without_case(name: str) -> str:
    """Return the same for all names that some file system takes for one, such as `a.txt` and `A.txt`."""
    return unicodedata.normalize("NFC", name).casefold()
