"""The warehouse with a lively city in it, as the tests of the sinks have it."""

from tests.sinks.conftest import landed  # noqa: F401  a fixture is found by its name
