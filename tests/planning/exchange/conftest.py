"""Packages that many tests only look at."""

import pytest

from planning.case.case import Kind
from tests.planning.exchange import making, wholes


@pytest.fixture(scope="session")
def draft(tmp_path_factory):
    out = tmp_path_factory.mktemp("draft") / "package"
    making.exported(making.whole_case(), out, pictures=making.PICTURES)
    return out


@pytest.fixture(scope="session")
def sealed_package(tmp_path_factory):
    out = tmp_path_factory.mktemp("sealed") / "package"
    making.exported(making.sealed_case(), out, with_key=making.key(), pictures=making.PICTURES)
    return out


@pytest.fixture(scope="session")
def practice(tmp_path_factory):
    out = tmp_path_factory.mktemp("practice") / "package"
    making.exported(making.sealed_case(Kind.SIMULATION), out, with_key=making.key())
    return out


@pytest.fixture(scope="session")
def everything(tmp_path_factory):
    """A sealed package of a small case with every kind of item, by every exporter."""
    out = tmp_path_factory.mktemp("everything") / "package"
    wholes.packaged(making.whole_case(), out, language="fr")
    return out
