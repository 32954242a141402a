"""A sweep as a lab has it, in a store and a bucket, and the application on it."""

import io
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from analysis_jobs.browse.app import application
from analysis_jobs.browse.catalog import Catalog
from analysis_jobs.browse.desk import Desk
from analysis_jobs.browse.files import Files
from analysis_jobs.browse.gate import Gate
from analysis_jobs.jobs.key import job_key, key_parts
from analysis_jobs.store.opening import open_store
from support.samples import launch_record
from support.shelf import Shelf

TOKEN = "the-token"
HOST = "testserver"
COOKIE = "analysis-jobs-test"
SUBJECTS = ("701001", "701002", "701003")
CUTOFFS = (0.001, 0.002, 0.004)
SWEEP = {"analysis_name": "unit quality", "analysis_tag": "v1"}
TRACEBACK = 'Traceback (most recent call last):\n  File "unit_quality.py", line 12, in run_analysis\n'


def figure(phase: float, width: int = 480, height: int = 300) -> bytes:
    """Return a picture of a curve, as PNG."""
    image = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(image)
    draw.line([(40, 10), (40, height - 30), (width - 10, height - 30)], fill="black", width=2)
    middle, high = height / 2 - 10, height / 2 - 40
    points = [(x, middle - high * math.sin(x / 60 + phase) * math.exp(-x / 600)) for x in range(40, width - 10, 2)]
    draw.line(points, fill=(11, 92, 173), width=3)
    content = io.BytesIO()
    image.save(content, "PNG")
    return content.getvalue()


def location(subject: str) -> str:
    return f"s3://lab-data/ecephys_{subject}_2025-06-0{subject[-1]}_10-20-30/recording.nwb"


def sweep(shelf: Shelf) -> dict[str, str]:
    """Publish and settle jobs of three recordings and three cutoffs, and return their keys by `subject cutoff`."""
    keys = {}
    ended = {"state": "ended", "ended": "2026-01-03T03:04:05+00:00", "counts": {"done": 7, "failed": 2}, "cost": 0.25}
    shelf.store.put_launch(launch_record(**ended))
    for number, subject in enumerate(SUBJECTS):
        for place, cutoff in enumerate(CUTOFFS):
            parameters = {**SWEEP, "isi_violations_cutoff": cutoff, "filter": {"order": 3}}
            name, inputs = f"{subject} {cutoff}", [location(subject)]
            about: dict[str, Any] = {"subject": subject, "acquired": f"2025-06-0{number + 1}T10:20:30"}
            if (number, place) in ((1, 2), (2, 2)):
                message = f"unit {number + 4} of {subject} has {place} spikes, and at least 10 are needed"
                error = {"stage": "analyze", "cause": "analysis", "type": "ValueError", "message": message}
                error |= {"traceback": f"{TRACEBACK}ValueError: {message}\n", "log_tail": "reading units\n"}
                keys[name] = shelf.settled("failed", inputs, parameters, 2, error=error, **about)
                continue
            outputs = {"good_units": 40 + 7 * number - 5 * place, "fraction": round(0.9 - 0.1 * place, 3)}
            units = "\n".join(f"{unit},{unit / 10}" for unit in range(5))
            files = {"units.csv": f"unit,rate\n{units}\n", "summary.json": '{"ok": true}\n'}
            figures = {"rates.png": figure(number + place), "plots/waveform.png": figure(number - place)}
            ended = f"2026-01-0{number + 1}T0{place}:04:15+00:00"
            keys[name] = done(shelf, inputs, parameters, outputs, files, figures, ended=ended)
    return keys


def done(
    shelf: Shelf,
    inputs: list[str],
    parameters: Mapping[str, Any],
    outputs: Mapping[str, Any],
    files: Mapping[str, str],
    figures: Mapping[str, bytes],
    **more: Any,
) -> str:
    """Publish and record a job with figures, and return its key."""
    key = job_key(key_parts(inputs, parameters, "sha256:c0de"))
    for name, content in figures.items():
        path = shelf.folder / key / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    assert shelf.done(inputs, parameters, outputs, files=files, **more) == key
    return key


def desk_of(store: str, outdir: Path) -> Desk:
    """Return what is behind the pages, for a store and a bucket in a folder."""
    catalog = Catalog(lambda: open_store(store, read_only=True))
    return Desk(catalog, Files(outdir, None), store, ["--store", store])


def app_of(desk: Desk) -> Gate:
    return application(desk, TOKEN, {HOST}, COOKIE)


EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)>&\"'\u202eevil\x1b[31m =1+1"
_PAGE = "<!doctype html><script>alert(1)</script>"
_DRAWING = f"<svg xmlns='http://www.w3.org/2000/svg' width='90' height='60' onload='alert(1)'>{_PAGE[15:]}</svg>"


def evil(shelf: Shelf) -> dict[str, str]:
    """Publish and settle jobs in which every text is hostile, and return their keys."""
    parameters = {"analysis_name": EVIL, "analysis_tag": EVIL, EVIL: EVIL}
    inputs = [f"s3://lab-data/{EVIL}"]
    files = {"evil.html": _PAGE, "evil.svg": _DRAWING, "evil.csv": f"=1+1,{EVIL}\n"}
    names = {f"{EVIL}.png".replace("/", "_").replace("\x1b", ""): figure(1), "broken.png": b"no picture"}
    error = {"stage": "analyze", "cause": "analysis", "type": EVIL, "message": EVIL, "traceback": EVIL}
    failed = shelf.settled("failed", inputs, {**parameters, "n": 2}, error={**error, "log_tail": EVIL}, subject=EVIL)
    outputs = {EVIL: EVIL, "formula": "=1+1", "in": {EVIL: 1}}
    named = dict.fromkeys(("run_name", "analysis", "user", "host", "command_line", "jobs", "report"), EVIL)
    shelf.store.put_launch(launch_record("evil", **named))
    return {"evil": done(shelf, inputs, parameters, outputs, files, names), "evil failed": failed}
