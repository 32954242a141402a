"""What the stores in SQL databases have in common; what they promise is in test_protocol.py, for each of them."""

import pytest

from analysis_jobs.store.sql import state_row
from analysis_jobs.store.states import new_owner, new_state


@pytest.mark.parametrize(("owner", "said"), [({}, None), ({"owner": new_owner("mine", None)}, "mine")])
def test_the_row_of_a_state(owner: dict[str, object], said: str | None) -> None:
    state = new_state("k", "empty", 1, {"key_version": 1, "inputs": [], "parameters": {}, "code": "c"}, **owner)  # type: ignore[arg-type]
    row = state_row(state, "{}", more=1)
    assert row == {"key": "k", "revision": state["revision"], "owner": said, "document": "{}", "more": 1}
