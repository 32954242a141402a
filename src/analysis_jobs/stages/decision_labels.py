"""The label of each decision: what people call its job, among all of a launch, or of several."""

import json
from collections.abc import Sequence
from pathlib import Path

from analysis_jobs.documents import Decision
from analysis_jobs.jobs.labels import Labelling, Named, label_text


class DecisionLabels:
    """Labels of decisions that are too many to be kept: first each is seen, then each has its label."""

    def __init__(self) -> None:
        """Begin with no decision."""
        self._labelling = Labelling()

    def see(self, decision: Decision) -> None:
        """Take a decision in."""
        if "inputs" in decision:
            self._labelling.see(_named(decision))

    def label(self, decision: Decision) -> str:
        """Return the label of a decision; of a file whose inputs are not known, its name."""
        label = self._labelling.label(_named(decision)) if "inputs" in decision else ""
        return label or label_text(decision["file"])


def labelled_decisions(decisions: Sequence[Decision]) -> list[Decision]:
    """Return decisions with the labels that they have among each other."""
    labels = DecisionLabels()
    for decision in decisions:
        labels.see(decision)
    return [{**decision, "label": labels.label(decision)} for decision in decisions]


def write_labelled(unlabelled: Path, path: Path, labels: DecisionLabels) -> dict[str, str]:
    """Write the lines of a file of decisions, each with its label, into another one.

    Parameters
    ----------
    unlabelled
        The decisions, all of which `labels` has seen.
    path
        The other file.
    labels
        Gives them.

    Returns
    -------
    dict of str to str
        Labels of the jobs to run, by key.
    """
    to_run = {}
    with unlabelled.open() as lines, path.open("w") as out:
        for line in lines:
            decision: Decision = json.loads(line)
            label = labels.label(decision)
            if decision["decision"] == "run":
                to_run[decision["key"]] = label
            out.write(f'{line.rstrip().removesuffix("}")}, "label": {json.dumps(label)}}}\n')  # not composed anew
    return to_run


def _named(decision: Decision) -> Named:
    return Named(decision["inputs"], decision.get("assets", ()), decision.get("parameters", {}))
