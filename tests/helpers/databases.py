"""Which database a test is about, when it is not about any."""

import pytest

ONLY_SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
ONLY_POSTGRES = pytest.mark.parametrize("database", ["postgres"], indirect=True)
