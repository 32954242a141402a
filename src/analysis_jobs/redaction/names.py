"""Which names tell that a value is a secret: of variables, of parameters and outputs; docs/services.md lists them.

Imports within functions are for a quick start.
"""

import re
from functools import lru_cache
from itertools import pairwise

# A shorter value would hide ordinary words.
SHORTEST = 8

_VARIABLE = re.compile(
    r"SECRET|TOKEN|PASS|PWD|KEY|CREDENTIAL|COOKIE|AUTH|PRIVATE|SIGNATURE|CONNECTION_?STRING|BEARER|_PAT$|_CREDS?$"
    r"|ANALYSIS_NOTIFY",
    re.IGNORECASE,
)
_NO_SECRET = re.compile(
    r"(OLD)?PWD|.*(FILE|PATH|DIR|DIRECTORY|FOLDER|SOCK|URI|URL|HOST|PORT|REGION|EXPIRATION)"
    r"|(.*_)?(COMPASS|BYPASS|KEYBOARD|KEYMAP|AUTHOR)(_.*)?",
    re.IGNORECASE,
)
# Whose secrets are the pipeline's, and no business of an analysis
_OF_THE_PIPELINE = re.compile(
    r"(CODEOCEAN|CO|GIT|GITHUB|GH|GITLAB|BITBUCKET|TOWER|SEQERA|NXF)_.*|ANALYSIS_NOTIFY", re.IGNORECASE
)

_PARAMETER = re.compile(
    r"(.*_)?(password|passwd|passphrase|secret|secrets|credential|credentials|apikey|accesskey|secretkey|privatekey|"
    r"authorization|pwd)(_.*)?|.*(password|passphrase)|(.*_)?(api|access|secret|private|account|signing|ssh)_keys?(_.*)?"
    r"|(.*_)?(token|tokens|cookie|cookies|auth|jwt)|(.*_)?(user|db|my|login)_?pass"
)
# The same names as words, with which a misspelt one is compared
_LIKE = re.findall(
    r"\w+",
    "password passwd passphrase secret secrets credential credentials authorization token tokens cookie cookies "
    "apikey api_key accesskey access_key secretkey secret_key privatekey private_key signing_key ssh_key",
)
_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+")


def is_secret_variable(name: str) -> bool:
    """Return whether the name of a variable of the environment tells that its value is a secret, and not its place."""
    return _VARIABLE.search(name) is not None and _NO_SECRET.fullmatch(name) is None


def is_withheld(name: str) -> bool:
    """Return whether a variable is a secret of Code Ocean, git, Nextflow or this pipeline, which no analysis gets."""
    return _OF_THE_PIPELINE.fullmatch(name) is not None and is_secret_variable(name)


@lru_cache(10_000)  # files of one dispatcher have the same names
def is_secret_field(name: object) -> bool:
    """Return whether the name of a parameter or an output, which may be a number, tells that its text is a secret.

    Narrower than for variables: a `high_pass` or a `sort_key` is none.
    """
    return _PARAMETER.fullmatch(_WORDS.sub("_", str(name)).lower()) is not None


@lru_cache(10_000)
def may_be_secret_field(name: object) -> bool:
    """Return whether a name is one of `is_secret_field`, or is misspelt and was to be one, as `api_kay`."""
    from difflib import get_close_matches

    words = _WORDS.sub("_", str(name)).lower().split("_")
    parts = (*words, *map("_".join, pairwise(words)))
    return is_secret_field(name) or any(get_close_matches(part, _LIKE, n=1, cutoff=0.8) for part in parts)
