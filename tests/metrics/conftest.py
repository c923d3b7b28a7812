import pytest

from photographs import photographs


@pytest.fixture(scope="session")
def natural():
    """Two small (H, W, 3) uint8 photographs."""
    return photographs()
