"""Lets the tests of the guards import the helpers that stand beside the tests of the server."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
