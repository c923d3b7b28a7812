import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from crispen.model.rep_conv import RepConv


def stirred(module, seed=0):
    """The module with all parameters random, as after training."""
    generator = torch.Generator().manual_seed(seed)
    for parameter in module.parameters():
        parameter.data = torch.randn(parameter.shape, generator=generator) * 0.1
    return module


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 9), st.integers(1, 9), st.booleans(), st.sampled_from([0.1, 1.0]), st.integers(0, 99))
def test_folded_kernel_equals_the_branches(inputs, outputs, zero_mean, gain, seed):
    conv = stirred(RepConv(inputs, outputs, zero_mean=zero_mean, gain=gain), seed)
    x = torch.rand(2, inputs, 7, 6, generator=torch.Generator().manual_seed(seed))
    torch.testing.assert_close(conv(x), conv.forward_branches(x), atol=2e-5, rtol=1e-4)
