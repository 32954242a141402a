"""The forms of notes: a record with everything has each of them, and their patterns know them apart."""

import re

import pytest
from support.recorded import everything
from support.samples import ENVIRONMENT, RUN, published

from analysis_jobs.records.note_forms import FORMS, begin_of, note, pattern_of, pushed_note
from analysis_jobs.records.notes import notes


def forms_of(text: str) -> list[str]:
    """Return the forms of notes by their patterns; each must have one."""
    found = []
    for one in text.split("; "):
        (form,) = (name for name in FORMS if re.match(pattern_of(name), one))
        found.append(form)
    return found


def test_a_record_with_everything_has_each_in_order() -> None:
    assert list(dict.fromkeys(forms_of(notes(everything())))) == list(FORMS)


def test_what_is_always_there_is() -> None:
    bare = {**ENVIRONMENT, "executor": None}
    least = published(environment=bare, bytes_read=None, bytes_written=None, storage_bytes_read=None, run=RUN)
    assert forms_of(notes(least)) == [name for name, form in FORMS.items() if form.there == "always"]


@pytest.mark.parametrize("form", FORMS)
def test_no_pattern_takes_a_part_or_another_note(form: str) -> None:
    assert not re.match(pattern_of(form), "")
    assert not re.match(pattern_of(form), "another note")
    (said,) = {one for one in notes(everything()).split("; ") if re.match(pattern_of(form), one)}
    assert not re.match(pattern_of(form), f" {said}")


def test_words() -> None:
    assert note("bytes_read", bytes=12) == "read 12 bytes"
    assert note("host", host="{host}") == "host {host}"
    assert begin_of("environment") == "environment "
    assert (pushed_note(True), pushed_note(False)) == ("pushed", "not pushed to any known remote")
