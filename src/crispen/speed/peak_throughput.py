"""Peak int8 throughput of this machine, measured with one large convolution."""

from __future__ import annotations

import time

import numpy as np

from crispen.telemetry import import_without_telemetry

CHANNELS, ROWS, COLUMNS = 256, 68, 120  # with 64 channels it is a third lower


def int8_peak(threads: int, seconds: float = 1.0) -> float:
    """Measures a 3x3 convolution, 256 to 256 channels, uint8 by int8, in OpenVINO.

    Args:
        threads: Threads of OpenVINO.
        seconds: How long it runs.

    Returns:
        Multiply-accumulates per second, the median.

    Raises:
        ImportError: If OpenVINO is not installed.
    """
    openvino = import_without_telemetry("openvino")
    ops = openvino.opset13
    rng = np.random.default_rng(0)
    shape = [1, CHANNELS, ROWS, COLUMNS]
    plane = ops.parameter(shape, np.uint8)
    whole = rng.integers(-63, 64, (CHANNELS, CHANNELS, 3, 3), np.int8)
    step = np.full((CHANNELS, 1, 1, 1), 1e-4, np.float32)
    kernel = ops.multiply(ops.convert(ops.constant(whole), np.float32), ops.constant(step))
    # Ranges before and after let the plug-in compute in eight bits throughout, as for the models.
    limits = [ops.constant(np.float32(value)) for value in (0, 255, 0, 255)]
    received = ops.fake_quantize(ops.convert(plane, np.float32), *limits, 256)
    made = ops.relu(ops.convolution(received, kernel, [1, 1], [1, 1], [1, 1], [1, 1]))
    model = openvino.Model([ops.convert(ops.fake_quantize(made, *limits, 256), np.uint8)], [plane])
    options = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": threads, "ENABLE_CPU_PINNING": False}
    request = openvino.Core().compile_model(model, "CPU", options).create_infer_request()
    request.set_input_tensor(openvino.Tensor(rng.integers(0, 256, shape, np.uint8)))
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 5:
        began = time.perf_counter()
        request.infer()
        times.append(time.perf_counter() - began)
    return 9 * CHANNELS**2 * ROWS * COLUMNS / float(np.median(times[len(times) // 5 :]))
