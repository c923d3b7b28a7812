"""Lets every test import the helpers that stand beside the tests of media and of export."""

import signal
import sys
from pathlib import Path

for part in ("media", "export"):
    sys.path.insert(0, str(Path(__file__).parent / part))

# A shell that starts us in the background has Ctrl-C ignored, here and in every program that tests start and interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
