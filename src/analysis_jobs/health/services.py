"""Store and bucket, each as a launch opens it: read, written where that is asked for, and left as it was."""

from collections.abc import Iterator
from pathlib import Path

from analysis_jobs.bucket.opening import check_is_there, check_name, open_bucket
from analysis_jobs.errors import InvalidInput
from analysis_jobs.health.diagnosis import Said, broken, doubtful, fine
from analysis_jobs.health.disks import file_system_of, is_network
from analysis_jobs.health.given import Given
from analysis_jobs.sharing import why_not_readable
from analysis_jobs.store.opening import check_writable, no_store, open_store
from analysis_jobs.wording import is_url, plural


def look_at_store(given: Given) -> Iterator[Said]:
    """Open the store, count its records, and see whether it can be written."""
    place = given.store_place
    is_file = place != "docdb" and not is_url(place)
    if is_file and is_network(kind := file_system_of(Path(place))):
        yield doubtful(
            f"the store {place} is a SQLite file on {kind}, where locks of several machines do not hold; give "
            "--store a file on a disk of this machine, or postgresql://HOST/DATABASE"
        )
    if is_file and not Path(place).exists():
        if "/" not in place and "." not in place:
            raise InvalidInput(no_store(place, f"give a path or an ending, such as ./{place}.sqlite"))
        if not given.read_only:
            check_writable(place)
        yield fine(f"{place} is not there yet, and the first launch makes it")
        return
    store = open_store(place, read_only=True)
    store.check(write=False)
    told = ", ".join(filter(None, [f"{place}: {plural(store.count(), 'record')}", store.form()]))
    if given.read_only:
        yield fine(f"{told}; whether it can be written was not tried")
        return
    yield fine(f"{told}; it can be read")
    check_writable(place, given.write_profile)
    yield fine(f"{place} can be written")


def look_at_bucket(given: Given) -> Iterator[Said]:
    """See that the bucket is there, and can be listed and written: the last by a probe that is removed again."""
    place = given.bucket_place
    check_name(place)
    is_folder = not is_url(place)
    if is_folder and not Path(place).exists():
        if not given.read_only:
            open_bucket(place).check()
        yield fine(f"{place} is not there yet, and the first launch makes it")
        return
    check_is_there(place)
    bucket = open_bucket(place, given.write_profile)
    try:
        first = next(bucket.folders(), None)  # one page, where there are many
        if first and isinstance(first[1], OSError):
            raise first[1]
    except OSError as error:
        if is_folder:
            yield broken(f"{place} cannot be listed ({why_not_readable(error)}); or give --bucket another folder")
        else:
            yield broken(
                f"{place} refuses to be listed ({error}); check the AWS credentials (AWS_PROFILE or --write_profile) "
                "and --bucket"
            )
        return
    holds = "something is in it" if first else "it is empty"
    if given.read_only:
        yield fine(f"{place} can be listed, {holds}; whether it can be written was not tried")
        return
    yield fine(f"{place} can be listed, {holds}")
    bucket.check()
    how = "by this user" if is_folder else "a probe was made, refused a second time, and removed"
    yield fine(f"{place} can be written: {how}")
