"""The errors that a user can do something about, each with its exit code."""


class InvalidInput(Exception):
    """Something the user gave is wrong; the message says what happened, the value seen, and what to do."""


class ServiceUnavailable(Exception):
    """The store or the bucket did not answer in time; trying again later may help."""
