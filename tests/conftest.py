"""Fixtures of all tests: the real services, one of each."""

pytest_plugins = ["services.fixtures"]
