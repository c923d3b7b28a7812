"""Lets every test import the helpers that stand beside the tests of media and of export."""

import sys
from pathlib import Path

for part in ("media", "export"):
    sys.path.insert(0, str(Path(__file__).parent / part))
