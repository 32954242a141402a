"""A new analysis from a template: a folder that runs at once.

Imports within functions are for a quick start.
"""

import importlib.util
import keyword
import os
import sys
from pathlib import Path
from typing import Literal

from analysis_jobs.errors import InvalidInput
from analysis_jobs.wording import shown

Template = Literal["table", "isi", "trials"]
TEMPLATES = Path(__file__).with_name("templates")
ABOUT = {
    "table": "How many values of a table are above a threshold.",
    "isi": "The fraction of each unit's inter-spike intervals that are too short for one neuron.",
    "trials": "How long the trials of a session take.",
}


def create(folder: Path, template: Template) -> list[Path]:
    """Make a folder with an analysis, its parameters, a test, a README, and an example job with its data.

    Parameters
    ----------
    folder
        Made here, and the folders above it; its last part is the name of the analysis.
    template
        What to start from: ``table`` reads CSV, ``isi`` the units and ``trials`` the trials of NWB.

    Returns
    -------
    list of Path
        The files.

    Raises
    ------
    InvalidInput
        If it exists already, its name is none that Python can import, or it cannot be made.
    """
    name = Path(os.path.abspath(folder)).name
    if problem := _name_problem(name):
        raise InvalidInput(f"{shown(name)} {problem}; use letters, digits and _, as in my_analysis")
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        raise InvalidInput(f"{folder} exists already; choose another name, or remove it") from None
    except OSError as error:
        raise InvalidInput(f"the folder {folder} cannot be made: {error.strerror}; choose another place") from None
    data = _write_example(folder, template)
    return sorted([data, *_render(folder, template, name=name, data=str(data.absolute()), about=ABOUT[template])])


def _name_problem(name: str) -> str:
    if not (name.isidentifier() and name.isascii()) or keyword.iskeyword(name):
        return "is not a name that Python can import"
    # The analysis and its tests would import that module instead, or it the analysis.
    if name in sys.stdlib_module_names or _is_installed(name):
        return "is the name of a module that is installed already"
    return ""


def _is_installed(name: str) -> bool:
    spec = importlib.util.find_spec(name)
    return spec is not None and spec.origin is not None  # a mere folder on the import path has none


def _write_example(folder: Path, template: Template) -> Path:
    example = folder / "example"
    example.mkdir()
    if template != "table":
        from analysis_jobs.authoring.example_recording import write_recording

        return write_recording(example / "recording.nwb")
    path = example / "values.csv"
    path.write_bytes((TEMPLATES / "table" / "example" / "values.csv").read_bytes())
    return path


def _render(folder: Path, template: Template, **values: str) -> list[Path]:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader([TEMPLATES / "every", TEMPLATES / template])
    environment = Environment(loader=loader, undefined=StrictUndefined, keep_trailing_newline=True)
    written = []
    for name in environment.list_templates(extensions=["jinja"]):
        path = folder / name.removesuffix(".jinja")
        path.parent.mkdir(exist_ok=True)
        path.write_text(environment.get_template(name).render(values))
        written.append(path)
    return written
