"""The files of the page and of the extension: those built from `web/src` by `npm run pages`, and the shipped models."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from crispen.export.web_export import shipped_web_files

_BUILT = Path(__file__).parent / "built"


def page_files() -> dict[str, bytes]:
    """The content of each file of the page, by its path relative to the page's folder, with slashes.

    `offline.js`, the service worker, gets the list of all files and a hash of their contents, so that browsers load
    them again after any change.
    """
    files = _files("page")
    template = files.pop("offline.js").decode("utf-8")
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(name.encode() + files[name])
    names = json.dumps(["./", *(f"./{name}" for name in sorted(files))])
    worker = template.replace('["@FILES@"]', names).replace("@VERSION@", digest.hexdigest()[:12])
    return files | {"offline.js": worker.encode("utf-8")}


def extension_files() -> dict[str, bytes]:
    """The same for the browser extension."""
    return _files("extension")


def _files(part: str) -> dict[str, bytes]:
    folder = _BUILT / part
    built = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return built | {f"models/{name}": data for name, data in shipped_web_files().items()}
