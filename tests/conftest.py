"""What all tests need of the machine."""

import os
import signal

os.environ.setdefault("MARKETSIM_LANG", "en")  # the tests read English, also where the system speaks Chinese

# A shell that starts the tests in the background makes them and all they start deaf to Ctrl-C, which some of them send.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
