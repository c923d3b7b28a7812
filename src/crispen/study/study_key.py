"""The private part of a study, key.json: the conditions of the hashed pictures, and the session of every rater."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from crispen.errors import CrispenError
from crispen.json_files import read_json
from crispen.study.trial_plan import DAMAGED, Trial

KEY_FORMAT = "crispen-study-key/1"


@dataclass(frozen=True)
class Key:
    """The contents of key.json.

    Attributes:
        study: Its id.
        seed: Seed of every random choice.
        conditions: In the order of tables, the hidden reference among them.
        anchor: The hidden input.
        reference: The hidden reference.
        ties: Whether raters may see no difference.
        files: {picture: {condition or DAMAGED: name of its file without .png}}.
        raters: Their sessions, rater 1 first.
    """

    study: str
    seed: int
    conditions: list[str]
    anchor: str | None
    reference: str | None
    ties: bool
    files: dict[str, dict[str, str]]
    raters: list[list[Trial]]

    def names(self, trial: Trial) -> tuple[str, str]:
        """The hashed names of the left and the right picture."""
        return self.files[trial.picture][trial.left], self.files[trial.picture][trial.right]

    def text(self) -> str:
        """The text of key.json."""
        sessions = [[[trial.kind, trial.picture, trial.left, trial.right] for trial in rater] for rater in self.raters]
        data = {"format": KEY_FORMAT} | asdict(self) | {"raters": sessions}
        return json.dumps(data, ensure_ascii=False) + "\n"


def read_key(folder: Path) -> Key:
    """Reads the key of the study in `folder`.

    Raises:
        CrispenError: If it is missing, or `crispen study make` did not write it.
    """
    path = folder / "key.json"
    try:
        data = read_json(path)
    except OSError as error:
        raise CrispenError(
            f"{path} cannot be read ({error.strerror}); name the folder of `crispen study make`"
        ) from None
    except ValueError:
        raise CrispenError(f"{path} is not JSON; it is not what `crispen study make` wrote") from None
    try:
        if data.pop("format") != KEY_FORMAT:
            raise ValueError("format")
        raters = [[Trial(*trial) for trial in session] for session in data.pop("raters")]
        key = Key(raters=raters, **data)
        for trial in (trial for session in raters for trial in session):
            if not trial.sides <= {*key.conditions, DAMAGED}:
                raise ValueError("condition")
            key.names(trial)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise CrispenError(f"{path} is not a key of this version of `crispen study make`") from None
    return key
