"""Launches to look at: sweeps and kinds, with figures, and texts that are made to harm."""

from typing import Any

from analysis_jobs.report.account import Row
from analysis_jobs.report.thumbnails import Image, Images
from support.reports import failure, job

# A picture of one pixel
DOT = "data:image/webp;base64,UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA=="
# A name as AIND gives, which has no blank at which a line could end
SESSION = "ecephys_{:06}_2026-01-01_12-00-00_sorted_2026-02-02_08-00-00"


def swept(number: int, recording: str, parameters: dict[str, Any], outputs: dict[str, Any], **more: Any) -> Row:
    """Return the row of a job of a recording, with the label that DEDUPE gives."""
    label = " · ".join([recording, *(f"{name}={value}" for name, value in parameters.items())])
    asked = {"analysis_name": "unit quality", **parameters}
    inputs = [f"s3://recordings/{recording}"]
    return job(number, label=label, inputs=inputs, parameters=asked, outputs=outputs, **more)


def sweep(recordings: int = 3, cutoffs: tuple[float, ...] = (0.1, 0.2, 0.5)) -> list[Row]:
    """Return jobs of each recording with each cutoff; the second one failed, and the last is a year later."""
    rows = [
        swept(
            number * len(cutoffs) + place,
            SESSION.format(number),
            {"cutoff": cutoff},
            {"rate": number + cutoff, "units": {"good": 10 * number + place}, "note": "fine"},
            subject=f"{number:06}",
            acquired=f"20{26 - number % 2}-01-01T12:00:00",
        )
        for number in range(recordings)
        for place, cutoff in enumerate(cutoffs)
    ]
    failed = failure(1, "unit 3 has too few spikes", traceback="Traceback")
    rows[1] = {**rows[1], **{name: failed[name] for name in ("state", "reason", "location", "outputs", "error")}}  # type: ignore[typeddict-item]
    return rows


def figures(rows: list[Row], *names: str) -> Images:
    """Return a figure of each name for each job that is done, but the third, of which none could be read."""
    done = [row for row in rows if row["state"] == "done"]
    images = Images(missing={done[1]["key"]: {names[0]: "could not be read: it is not a PNG file"}})
    for row in [*done[:1], *done[2:]]:
        images.jobs.append((row, [Image(name, DOT, 600, 400, f"./analyses/{row['key']}/{name}") for name in names]))
    return images
