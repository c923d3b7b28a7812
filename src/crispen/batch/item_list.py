"""Lists the items of a job."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from crispen.batch.batch_config import BatchConfig, Item
from crispen.batch.store import Store, open_store
from crispen.errors import CrispenError, UsageError, describe_error, describe_file_error
from crispen.files.file_names import KNOWN, READ_ONLY_PICTURES, is_output_name, writable_name
from crispen.image.image_writer import PICTURE_SUFFIXES
from crispen.media.file_tree import raise_unreadable
from crispen.media.source_guard import overwrite_error


def list_items(config: BatchConfig) -> tuple[list[Item], list[str]]:
    """The files of the source with a known suffix.

    Outputs of `crispen sharpen` in a folder, and the target if it is inside the source, are left out.

    Returns:
        The items, and a message for each unreadable folder and each file whose output would replace a source.

    Raises:
        UsageError: Source and target are the same, or every output would replace a source.
        CrispenError: There is nothing to sharpen, or two files would have the same output.
    """
    source, target = config.source.rstrip("/"), config.target.rstrip("/")
    if source == target:
        raise UsageError("DST is SRC; name another place, sources are never replaced")
    inside = f"{target.removeprefix(source + '/')}/" if target.startswith(source + "/") else None
    store, errors = open_store(config.source), list[OSError]()
    items = [
        _item(name)
        for name in store.names(errors.append)
        if _is_source(name, store) and not (inside and name.startswith(inside))
    ]
    repeated = [output for output, count in Counter(item.output for item in items).items() if count > 1]
    if repeated:
        raise CrispenError(f"two files of {config.source} would become {repeated[0]}; rename one of them")
    if not items and errors:
        raise_unreadable(errors[0])
    if not items:
        raise CrispenError(f"{config.source} holds no pictures or videos")
    safe, refused = _without_sources(items, store, open_store(config.target), target)
    if not safe:
        raise refused[0]
    return safe, [describe_file_error(str(error.filename), error) for error in errors] + [
        describe_error(error) for error in refused
    ]


def outputs_present(store: Store) -> set[str]:
    """All files of the target; none if it does not exist yet.

    Raises:
        CrispenError: A folder of it cannot be read.
    """

    def failed(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            raise_unreadable(error)

    return set(store.names(failed))


def _is_source(name: str, store: Store) -> bool:
    own = is_output_name(Path(name)) and not store.single
    return Path(name).suffix.lower() in KNOWN and not own


def _item(name: str) -> Item:
    suffix = Path(name).suffix.lower()
    output = f"{name}.mkv" if suffix == ".y4m" else writable_name(Path(name)).as_posix()
    return Item(name, output, suffix in {*PICTURE_SUFFIXES, *READ_ONLY_PICTURES})


def _without_sources(
    items: list[Item], sources: Store, outputs: Store, target: str
) -> tuple[list[Item], list[UsageError]]:
    """(the items whose output replaces no source, the errors of the others)."""
    source_names = {sources.identity(item.name): item.name for item in items}
    source_names.pop(None, None)
    safe, refused = [], []
    for item in items:
        source = source_names.get(outputs.identity(item.output))
        if source is None:
            safe.append(item)
        else:
            refused.append(overwrite_error(f"{target}/{item.output}", source))
    return safe, refused
