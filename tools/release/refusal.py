"""Why there is no release."""


class Refused(Exception):
    """What is in the way of a release, and what to do, in one sentence."""
