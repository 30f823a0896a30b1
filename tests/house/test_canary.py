"""Tokens that tests plant to find leaks are in the tests and nowhere else."""

import pytest

from tests.helpers.repository import files_outside_tests

CANARIES = (b"canary-token", b"example-instance-token")


@pytest.mark.parametrize("canary", CANARIES, ids=bytes.decode)
def test_no_file_outside_the_tests_holds_a_planted_token(canary: bytes) -> None:
    files = list(files_outside_tests())

    assert len(files) > 150
    assert [str(path) for path in files if canary in path.read_bytes()] == []
