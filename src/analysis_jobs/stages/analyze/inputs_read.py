"""What the inputs of a job are while it reads them: looked at before, and again when it has ended."""

import json
import logging
import os
import socket
from collections.abc import Mapping
from typing import cast

from analysis_jobs.documents import Entry, InputIdentity
from analysis_jobs.jobs.addresses import addresses_of, opened_inputs
from analysis_jobs.jobs.labels import name_in_log
from analysis_jobs.recordings.inputs import Inputs
from analysis_jobs.records.input_identity import what_changed
from analysis_jobs.retries import patience
from analysis_jobs.stages.analyze.companion import Companion
from analysis_jobs.wording import is_url

log = logging.getLogger(__name__)

# Seconds for it all, as a job waits for it, and for a server that does not answer; what cannot be told is not recorded
_LONGEST, _PATIENCE = 120.0, 10.0


class InputsRead(Companion):
    """Looks at inputs on a disk itself, and at others by a process that stays, with its connections.

    As who has used S3 may fork no process that does, such as those of jobs.
    """

    def __init__(self) -> None:
        """Begin without that process."""
        super().__init__(_serve)

    def identities_of(self, entry: Entry) -> list[InputIdentity]:
        """Return what the inputs of a job are now, those of which that can be told; the log says of which it cannot.

        They are not looked at where nobody asks for it by ``ANALYSIS_CHECK_INPUTS``, as a launch does; for
        ``--check_inputs none`` it is that.
        """
        if os.environ.get("ANALYSIS_CHECK_INPUTS", "none") == "none":
            return []
        places = opened_inputs(entry["job"], addresses_of(entry))
        if not any(map(is_url, places.values())):
            return _looked(Inputs(), places)
        self.start()
        try:
            self.link.settimeout(_LONGEST)
            self.link.sendall(json.dumps(places).encode() + b"\n")
            with self.link.makefile("rb") as answers:
                return cast(list[InputIdentity], json.loads(answers.readline()))
        except (OSError, ValueError):  # too late, or not at all
            log.warning("what the inputs of job %s are could not be found out in time", name_in_log(entry))
            self.end()
            return []

    def compared_with_now(self, before: list[InputIdentity], entry: Entry) -> list[InputIdentity]:
        """Return what the inputs of a job were when it began, with a mark on those that have changed until now."""
        if not before:
            return []
        now = {identity["location"]: identity for identity in self.identities_of(entry)}
        return [_marked(identity, now.get(identity["location"]), entry) for identity in before]


def _marked(before: InputIdentity, now: InputIdentity | None, entry: Entry) -> InputIdentity:
    if now is None or not (changes := what_changed(before, now)):
        return before
    log.warning("the input %s of job %s changed while it ran: %s", before["location"], name_in_log(entry), changes)
    return {**before, "changed_meanwhile": True}


def _serve(link: socket.socket) -> None:
    os.environ["ANALYSIS_RETRY_SECONDS"] = str(min(patience(), _PATIENCE))
    inputs = Inputs()
    with link.makefile("rb") as asked:
        for line in asked:
            places = json.loads(line)
            identities = _looked(inputs, places)
            if len(identities) < len(places):
                inputs = Inputs()  # so that no connection or credentials that have come to their end stay
            link.sendall(json.dumps(identities).encode() + b"\n")


def _looked(inputs: Inputs, places: Mapping[str, str]) -> list[InputIdentity]:
    try:
        looked = inputs.look(list(places.values()), identify=True)
    except Exception as error:  # whatever it is, the job may read them yet
        log.warning("what the inputs are could not be found out: %s", str(error) or type(error).__name__)
        return []
    identities: list[InputIdentity] = []
    for location, place in places.items():
        if identity := looked[place].identity:
            identities.append({**identity, "location": location})
        else:
            log.info("what the input %s is cannot be found out: %s", location, looked[place].why)
    return identities
