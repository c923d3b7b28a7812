"""Logarithm of each tile's mean squared error: what PSNR measures (PSNRLoss of NAFNet, Chen et al., 2022)."""


def log_mse(output_nchw, truth_nchw, floor: float = 3e-5):
    """Mean over tiles of ln(MSE + floor).

    A mildly damaged tile counts as much as a ruined one, so the network learns when to leave a picture alone. `floor`
    (45 dB by default) keeps tiles that are nearly perfect, flat walls above all, from counting more than the rest.
    """
    return ((output_nchw - truth_nchw) ** 2).mean((1, 2, 3)).add(floor).log().mean()
