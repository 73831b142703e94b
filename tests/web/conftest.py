"""A fresh exam hall per test."""

import pytest
from hall import Hall


@pytest.fixture
def hall(tmp_path):
    opened = Hall(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def desk(hall):
    return hall.desk()
