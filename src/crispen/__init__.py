"""Crispen sharpens the soft video of a bad call in real time on an ordinary computer.

Example:
    >>> import crispen
    >>> crispen.sharpen_file("call.mp4").target
    'call.crisp.mp4'
"""

__version__ = "0.1.0"
__all__ = ["CrispenError", "FileConfig", "Sharpener", "StreamInfo", "__version__", "sharpen_file", "sharpen_folder"]

from importlib import import_module
from typing import TYPE_CHECKING

from crispen.errors import CrispenError

if TYPE_CHECKING:
    from crispen.files.file_config import FileConfig
    from crispen.files.sharpen_files import sharpen_file, sharpen_folder
    from crispen.runtime.sharpener import Sharpener
    from crispen.runtime.stream_info import StreamInfo

_MODULES = {
    "FileConfig": "crispen.files.file_config",
    "Sharpener": "crispen.runtime.sharpener",
    "StreamInfo": "crispen.runtime.stream_info",
    "sharpen_file": "crispen.files.sharpen_files",
    "sharpen_folder": "crispen.files.sharpen_files",
}


def __getattr__(name: str):
    """Imports public names when they are first used: `import crispen` loads neither numpy nor an inference engine."""
    if name in _MODULES:
        return getattr(import_module(_MODULES[name]), name)
    raise AttributeError(f"module 'crispen' has no attribute {name!r}")
