"""One planned case and its packages, made once; each test gets a folder of its own."""

import pytest

from planning.case.case import Kind
from tests.planning.exchange.verify.packing import bagged, key_of, laid_out, payload_of
from tests.planning.exchange.verify.scenes import planned_case


@pytest.fixture(scope="session")
def clinical():
    return planned_case()


@pytest.fixture(scope="session")
def payload(clinical):
    """The payload of the sealed package, by path."""
    return payload_of(clinical, "sealed", key_of(1))


@pytest.fixture(scope="session")
def sealed_files(payload):
    return bagged(payload, key_of(1), "sealed", "clinical")


@pytest.fixture(scope="session")
def draft_files(clinical):
    return bagged(payload_of(clinical, "draft"), None, "draft", "clinical")


@pytest.fixture(scope="session")
def practice_files():
    key = key_of(1)
    made = payload_of(planned_case(Kind.SIMULATION), "sealed", key)
    return bagged(made, key, "sealed", "simulation")


@pytest.fixture
def sealed(sealed_files, tmp_path):
    return laid_out(sealed_files, tmp_path / "package")
