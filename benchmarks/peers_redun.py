"""What redun takes for as many jobs: a command each, as the others start, or a function each in a few processes."""

import sys
from pathlib import Path

from redun import script, task
from redun.scheduler import catch_all

redun_namespace = "peers"
HERE = Path(__file__).resolve().parent


@task()
def command(number: int, failing: int) -> bytes:
    """Start Python, import pydantic and build one model."""
    return script(f"python '{HERE / 'one_model.py'}' {number} {failing}")


@task(executor="process")
def function(number: int, failing: int) -> str:
    """Import pydantic where that was not done in this process before, and build one model."""
    sys.path.insert(0, str(HERE))
    from one_model import work

    return work(number, failing)


@task()
def ended(results: list) -> int:
    """Count the jobs that ended well."""
    return sum(not isinstance(each, Exception) for each in results)


@task()
def main(kind: str, jobs: int, failing: int) -> int:
    """Do all jobs, also where some fail."""
    job = {"command": command, "function": function}[kind]
    return catch_all([job(number, failing) for number in range(1, jobs + 1)], Exception, ended)
