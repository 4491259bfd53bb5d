"""What all tests need of the machine."""

import signal

# A shell that starts the tests in the background makes them and all they start deaf to Ctrl-C, which some of them send.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
