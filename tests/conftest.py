"""Fixtures that several floors share."""

from pathlib import Path

import pytest
from hypothesis import settings

# A build must say the same twice; the campaign looks for new examples with the other profile.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None, print_blob=True)
settings.load_profile("steady")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real images beside the checkout, or skip."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not (folder / "MANIFEST.json").is_file():
        pytest.skip("the folder ../shared/data with real CTs is not beside this checkout")
    return folder
