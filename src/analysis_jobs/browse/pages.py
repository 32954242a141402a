"""Pages from templates, in which no text of a store or a bucket is markup, a secret, or turns what stands around it."""

import json
from typing import Any

from jinja2 import Environment, PackageLoader
from starlette.responses import Response

from analysis_jobs.process import outward
from analysis_jobs.report.breaks import breakable
from analysis_jobs.results.differences import MISSING
from analysis_jobs.wording import cut, plural, size_text

LONGEST_COMPARED = 200


def _shown(value: Any) -> Any:
    """Return a value as a template writes it; what is markup already is of ours."""
    return outward(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _value_text(value: Any) -> str:
    """Return a value of an output, of which one of two jobs may have none."""
    if value is MISSING:
        return "none"
    return value if isinstance(value, str) else cut(json.dumps(value, ensure_ascii=False), LONGEST_COMPARED)


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("analysis_jobs.browse", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    environment.filters["shown_value"] = _value_text
    environment.filters["breakable"] = lambda text: breakable(outward(str(text)))
    environment.globals.update(plural=plural, size_text=size_text)
    return environment


_ENVIRONMENT = _environment()


def page(template: str, status: int = 200, **values: Any) -> Response:
    """Return a page; halves of characters, as names of files may have, are written out."""
    text = _ENVIRONMENT.get_template(template).render(**values)
    return Response(text.encode(errors="backslashreplace"), status, media_type="text/html; charset=utf-8")
