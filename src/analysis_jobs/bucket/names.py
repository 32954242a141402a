"""Names of the files that the pipeline itself puts beside those of an analysis."""

MANIFEST = "manifest.json"
# What UPLOAD and RECORD put beside the files of an analysis.
LOG = "analysis.log"
RECORD_FILE = "metadata.nd.json"
RESERVED = (MANIFEST, RECORD_FILE, LOG)
# Beside the folders of keys: what was taken out of use, by key
SET_ASIDE = ".set-aside"
