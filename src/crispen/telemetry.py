"""Importing libraries with telemetry so that they send nothing."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any, cast

# Environment variables that the libraries read once, on import. OpenVINO has none.
_SWITCHES = {"onnxruntime": ("ORT_DISABLE_TELEMETRY", "1"), "ray": ("RAY_USAGE_STATS_ENABLED", "0")}


def import_without_telemetry(name: str) -> Any:
    """Imports and returns the module `name`, with its telemetry off in this process and its child processes.

    - "openvino": the import resolves a host name, writes below HOME and forks, unless the package openvino_telemetry is
      missing.
    - "onnxruntime": from 1.29 on it stores a device identifier below HOME and sends events; on Windows it passes events
      to the system.
    - "ray": a cluster that this process starts would send a report every hour.

    Other modules are imported without changes, and so is a module that was already imported.

    Raises:
        ImportError: As `import` does.
    """
    if name == "openvino":
        # Makes its import fail as if it were not installed, which OpenVINO handles.
        cast(Any, sys.modules).setdefault("openvino_telemetry", None)
    if name in _SWITCHES:
        switch, value = _SWITCHES[name]
        os.environ[switch] = value
    module: Any = importlib.import_module(name)
    if name == "onnxruntime":
        module.disable_telemetry_events()  # the variable has no effect on Windows
    return module
