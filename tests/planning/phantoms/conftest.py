"""Coarse phantoms, built once."""

import pytest

from planning.phantoms.phantom import build_phantom


@pytest.fixture(scope="session")
def shoulder():
    return build_phantom("shoulder", detail="quarter")


@pytest.fixture(scope="session")
def oblique_shoulder():
    return build_phantom("shoulder", detail="quarter", oblique=True)


@pytest.fixture(scope="session")
def lumbar():
    return build_phantom("lumbar", detail="quarter")


@pytest.fixture(scope="session")
def abdomen():
    return build_phantom("abdomen", detail="quarter")
