"""The bucket and the store that the commands of this room look after."""

from dataclasses import dataclass

from analysis_jobs.bucket.protocol import Bucket
from analysis_jobs.errors import InvalidInput
from analysis_jobs.store.protocol import Store
from analysis_jobs.upkeep.folder import Folder
from analysis_jobs.upkeep.known import known_now


@dataclass(frozen=True)
class Pair:
    """A bucket and a store that are compared.

    Attributes
    ----------
    together
        Whether they are of one OUTDIR: if that was moved or copied, what a record names is here or nowhere.
    by
        Who looks after them, for the history.
    """

    bucket: Bucket
    store: Store
    together: bool = False
    by: str = "unknown"

    def check_history(self) -> None:
        """See that notes can be written, before anything is removed.

        Raises
        ------
        InvalidInput
            If not.
        """
        try:
            self.store.check_history()
        except InvalidInput as error:
            raise InvalidInput(
                f"nothing was changed, because the history of the store cannot be written: {error}"
            ) from None

    def is_recorded(self, key: str) -> bool:
        """Return whether a job has a record, be it damaged."""
        return key in self.store.recorded([key]) or bool(self.store.raw("record", key))

    def folder(self, key: str) -> Folder:
        """Return the folder of a key as it is now."""
        return Folder(key, self.bucket.files(key), known_now(key, self.store), self.bucket, self.together)
