"""The quick end of a process."""

import atexit
import os
import sys
import threading
from collections.abc import Callable
from typing import NoReturn


def end_process(run: Callable[[], None]) -> NoReturn:
    """Run something and end this process as the interpreter would, but for taking all modules apart.

    That takes a tenth of a second where the processors are busy, and in a forked process it writes to every
    page of memory that the fork shares. The exit code is what `sys.exit` was given, and 1 after an exception.
    """
    code = 1
    try:
        run()
        threading._shutdown()  # type: ignore[attr-defined]  # waits for threads, as multiprocessing has it
        atexit._run_exitfuncs()
        code = 0
    except SystemExit as ending:
        code = ending.code if isinstance(ending.code, int) else 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
