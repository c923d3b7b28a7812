import numpy as np
import pytest

from crispen.data.validation_split import VALIDATION_SHARE, is_validation


def test_the_split_is_stable_and_has_about_its_share():
    names = [f"picture-{number}.jpg" for number in range(20_000)]
    share = np.mean([is_validation(name) for name in names])
    assert share == pytest.approx(VALIDATION_SHARE, abs=0.01)
    assert is_validation("a/b/x.png") == is_validation("x.png")
