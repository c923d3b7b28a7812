"""The one exception whose message is meant for the user."""


class CrispenError(Exception):
    """Something the user can mend: the message says in one line what is wrong and what to do.

    The command line prints it without a traceback and exits with `exit_status`.
    """

    exit_status = 1


def require(module: str, extra: str):
    """Imports and returns `module`; raises CrispenError naming the extra to install if it is absent."""
    import importlib

    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise CrispenError(
            f"{module.partition('.')[0]} is not installed; run: pip install 'crispen[{extra}]' ({error})"
        ) from None
