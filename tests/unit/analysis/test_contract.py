"""What an analysis builds on: models that refuse a misspelt name."""

import pytest
from pydantic import ValidationError

from analysis_jobs.analysis.contract import GenericModel


class Specification(GenericModel):
    cutoff: float = 0.5


def test_a_misspelt_name_is_refused_in_a_notebook_too() -> None:
    with pytest.raises(ValidationError, match="cutof"):
        Specification(cutof=1)  # type: ignore[call-arg]
    assert Specification(cutoff=1).cutoff == 1
