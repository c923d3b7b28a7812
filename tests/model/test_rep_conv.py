import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from random_parameters import stirred

from crispen.model.rep_conv import RepConv


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 9), st.integers(1, 9), st.booleans(), st.sampled_from([0.1, 1.0]), st.integers(0, 99))
def test_folded_kernel_equals_the_branches(inputs, outputs, zero_mean, gain, seed):
    conv = stirred(RepConv(inputs, outputs, zero_mean=zero_mean, gain=gain), seed)
    x = torch.rand(2, inputs, 7, 6, generator=torch.Generator().manual_seed(seed))
    torch.testing.assert_close(conv(x), conv.forward_branches(x), atol=2e-5, rtol=1e-4)
