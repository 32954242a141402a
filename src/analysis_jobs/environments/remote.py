"""An object of ours in the Python of another environment: made there, and called from here, line by line of JSON."""

import json
import os
import shlex
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any, Self

from analysis_jobs.environments.choice import AUTO, AnalysisEnvironment
from analysis_jobs.environments.own_package import own_requirement
from analysis_jobs.environments.serve import make_object
from analysis_jobs.errors import InvalidInput, ServiceUnavailable
from analysis_jobs.pipeline import PIPELINE_NAME, __version__

# The first place of the import path is the current folder, which is none of the import path's business: a json.py that
# lies there is not ours. `sys` is in Python itself.
_BEGIN = """
import sys
sys.path[0] = sys.prefix
import json, os
try:
    from analysis_jobs.environments.serve import serve
    from analysis_jobs.pipeline import __version__
    import pydantic
except ImportError as error:
    os.write(int(sys.argv[2]), json.dumps({"lacks": str(error)}).encode() + b"\\n")
    os._exit(0)
serve(int(sys.argv[1]), int(sys.argv[2]))
"""


class EnvironmentEnded(InvalidInput):
    """The Python of another environment ended by itself, with an exit code."""

    def __init__(self, message: str, code: int) -> None:
        """Take what is said of it, and the code."""
        super().__init__(message)
        self.code = code


@contextmanager
def object_in(environment: AnalysisEnvironment, maker: str, **given: Any) -> Iterator[Callable[..., Any]]:
    """Make an object in an environment, in this process where that is here, and yield what calls its methods.

    Parameters and errors as of `Remote`; a method is called by its name, with its arguments.
    """
    if environment.is_here:
        made = make_object(maker, given)
        yield lambda name, **arguments: getattr(made, name)(**arguments)
    else:
        with Remote(environment, maker, **given) as remote:
            yield remote.call


class Remote:
    """An object in another environment; what it prints goes where this process prints."""

    def __init__(self, environment: AnalysisEnvironment, maker: str, **given: Any) -> None:
        """Start the Python of an environment, and make the object there.

        Parameters
        ----------
        environment
            The environment, which has our package.
        maker
            ``module:name`` of what makes the object.
        given
            Its arguments, as JSON holds them.

        Raises
        ------
        InvalidInput
            If the environment lacks our package, or as what is called there.
        """
        self.environment = environment
        asked, self._requests = os.pipe()
        self._answers, told = os.pipe()
        self._process = subprocess.Popen(
            [environment.python, "-c", _BEGIN, str(asked), str(told)],
            pass_fds=(asked, told),
            env=environment.variables(),
        )
        os.close(asked)
        os.close(told)
        self._out, self._in = os.fdopen(self._requests, "w"), os.fdopen(self._answers)
        there = self._ask({"make": maker, "given": given})
        if there != __version__:
            self.close()
            raise InvalidInput(
                f"the environment {environment.prefix} has {PIPELINE_NAME} {there}, and this is {__version__}: "
                f"{self._remedy()}"
            )

    def call(self, name: str, /, **given: Any) -> Any:
        """Call a method of the object, and return what it returns, as JSON holds it.

        Raises
        ------
        InvalidInput, ServiceUnavailable
            As the method does.
        """
        return self._ask({"call": name, "given": given})

    def close(self) -> int:
        """Let the process end, and return its exit code."""
        for stream in (self._out, self._in):
            with suppress(BrokenPipeError):  # of a process that has ended by itself
                stream.close()
        return self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    def _ask(self, request: dict[str, Any]) -> Any:
        try:
            self._out.write(json.dumps(request) + "\n")
            self._out.flush()
            line = self._in.readline()
        except BrokenPipeError:
            line = self._in.readline()
        if not line:
            code = self._process.wait()
            raise EnvironmentEnded(
                f"the Python of the environment {self.environment.prefix} ended (exit code {code}) while it loaded the "
                "analysis; what it printed says why",
                code,
            )
        answer = json.loads(line)
        if "lacks" in answer:
            raise InvalidInput(
                f"the environment {self.environment.prefix} lacks {PIPELINE_NAME}, or what that needs "
                f"({answer['lacks']}): {self._remedy()}"
            )
        if "invalid" in answer:
            raise InvalidInput(answer["invalid"])
        if "unavailable" in answer:
            raise ServiceUnavailable(answer["unavailable"])
        return answer["value"]

    def _remedy(self) -> str:
        if self.environment.kind == AUTO:  # which is never changed
            name, _, _ = self.environment.prefix.name.partition("-")
            cache = str(self.environment.prefix.parent)
            return shlex.join(["analysis-jobs", "environment", "remove", name, "--environment-cache", cache])
        python = str(self.environment.python)
        has_pip = any(self.environment.prefix.glob("lib/python3*/site-packages/pip"))
        install = [python, "-m", "pip", "install"] if has_pip else ["uv", "pip", "install", "--python", python]
        return shlex.join([*install, own_requirement()])
