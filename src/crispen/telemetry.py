"""Libraries that report their use to their makers, imported so that they report nothing."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any, cast

# Read once, when the library is loaded; OpenVINO has none.
_SWITCHES = {"onnxruntime": ("ORT_DISABLE_TELEMETRY", "1"), "ray": ("RAY_USAGE_STATS_ENABLED", "0")}


def import_without_telemetry(name: str) -> Any:
    """Imports and returns the module `name`, with its telemetry off in this process and in those that it starts.

    "openvino": its import looks up a name, writes below HOME and forks; without the package openvino_telemetry it does
    not. "onnxruntime": from 1.29 on it keeps a number for the device below HOME and sends events; on Windows it gives
    events to the system. "ray": a cluster that this process starts would send a report every hour. Any other is just
    imported. What was imported before by somebody else is as it is. Raises ImportError as `import` does.
    """
    if name == "openvino":
        cast(Any, sys.modules).setdefault(
            "openvino_telemetry", None
        )  # as if it were not installed; OpenVINO is ready for that
    if name in _SWITCHES:
        switch, value = _SWITCHES[name]
        os.environ[switch] = value
    module: Any = importlib.import_module(name)
    if name == "onnxruntime":
        module.disable_telemetry_events()  # the switch is not for Windows
    return module
