"""The exit status of a command, however it ends."""

from crispen.apps.cli import main


def status_of(words) -> int:
    """The exit status of `crispen WORDS`; argparse raises it."""
    try:
        return main([str(word) for word in words])
    except SystemExit as ended:
        assert isinstance(ended.code, int)
        return ended.code
