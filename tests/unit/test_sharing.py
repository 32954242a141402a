"""What is made in a folder that several users share is shared as the folder is, whatever the umask."""

import errno
import os
from pathlib import Path

import pytest
from support.users import (  # noqa: F401
    ALICE,
    BOB,
    LAB,
    STRANGER,
    as_user,
    commons,
    folder_of,
    group_name,
    mode_of,
    needs_users,
    user_name,
)

from analysis_jobs import sharing
from analysis_jobs.sharing import (
    closed_folder,
    make_folder,
    may_enter,
    may_write,
    share,
    why_not_readable,
    why_not_writable,
)

FOLDERS = {  # mode of the folder: modes of a folder and of a file in it, made with a umask of 022, and of 077
    0o2775: ((0o2775, 0o664), (0o2770, 0o660)),
    0o0775: ((0o0775, 0o664), (0o0770, 0o660)),
    0o0770: ((0o0775, 0o664), (0o0770, 0o660)),
    0o3770: ((0o2775, 0o664), (0o2770, 0o660)),
    0o0777: ((0o0777, 0o666), (0o0777, 0o666)),
    0o1777: ((0o0755, 0o644), (0o0700, 0o600)),  # as /tmp
    0o0755: ((0o0755, 0o644), (0o0700, 0o600)),
    0o2755: ((0o2755, 0o644), (0o2700, 0o600)),
}


@needs_users
@pytest.mark.parametrize("umask", [0o022, 0o077], ids=oct)
@pytest.mark.parametrize("mode", FOLDERS, ids=oct)
def test_by_the_mode_of_the_folder(commons: Path, mode: int, umask: int) -> None:  # noqa: F811
    folder = folder_of(commons / "shared", ALICE, mode)

    def make() -> None:
        make_folder(folder / "a" / "b")
        (folder / "a" / "file").touch()
        share(folder / "a" / "file")

    assert as_user(ALICE, make, umask=umask) == 0
    of_folders, of_file = FOLDERS[mode][umask == 0o077]
    made = [mode_of(folder / "a"), mode_of(folder / "a" / "b"), mode_of(folder / "a" / "file")]
    assert made == [of_folders, of_folders, of_file]
    group = LAB if of_file & 0o020 or mode & 0o2000 else ALICE
    assert {path.stat().st_gid for path in (folder / "a", folder / "a" / "b", folder / "a" / "file")} == {group}


@needs_users
def test_what_is_somebody_elses_stays(commons: Path) -> None:  # noqa: F811
    folder = folder_of(commons / "shared", ALICE, 0o2775)
    (folder / "file").touch(mode=0o600)
    assert as_user(BOB, lambda: share(folder / "file")) == 0
    assert mode_of(folder / "file") == 0o600
    share(folder / "gone")


def test_what_is_there_is_left_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    (tmp_path / "there").mkdir(mode=0o700)
    make_folder(tmp_path / "there")
    assert mode_of(tmp_path / "there") == 0o700
    make_folder(tmp_path / "there" / "new")
    assert (tmp_path / "there" / "new").is_dir()


@needs_users
@pytest.mark.parametrize(
    ("user", "line"), [(BOB, "`chmod g+w {path}`"), (STRANGER, "`chgrp GROUP {path} && chmod g+w {path}`")]
)
def test_whose_it_is_and_what_changes_that(commons: Path, user: int, line: str) -> None:  # noqa: F811
    path = folder_of(commons / "folder", ALICE, 0o750 if user == BOB else 0o755)
    said = commons / "said"
    said.touch(mode=0o666)
    said.chmod(0o666)
    assert may_write(path)  # the administrator

    def ask() -> None:
        assert not may_write(path)
        said.write_text(why_not_writable(path))

    assert as_user(user, ask) == 0
    assert (
        f"{path} belongs to {user_name(ALICE)} (group {group_name(LAB)}, mode 0{mode_of(path):o}): ask for "
        in said.read_text()
    )
    assert line.format(path=path) in said.read_text()


def test_a_file_system_that_is_mounted_read_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert why_not_writable(tmp_path).startswith(f"{tmp_path} belongs to ")
    about = os.statvfs_result((0,) * 8 + (os.ST_RDONLY, 255))
    monkeypatch.setattr(sharing.os, "statvfs", lambda _: about)
    assert why_not_writable(tmp_path) == f"{tmp_path} is on a file system that is mounted read-only"


@needs_users
def test_the_folder_that_one_may_not_enter(commons: Path) -> None:  # noqa: F811
    out = folder_of(commons / "out", ALICE, 0o2770)
    (commons / "link").symlink_to(out / "analyses")

    def ask(*expected: Path | None) -> None:
        paths = [out, out / "analyses" / "x", commons / "link", commons, commons / "not" / "there"]
        assert [closed_folder(path) for path in paths] == list(expected)

    assert as_user(STRANGER, lambda: ask(out, out, out, None, None)) == 0
    assert as_user(BOB, lambda: ask(None, None, None, None, None)) == 0


@needs_users
def test_what_cannot_be_read_is_named_by_whose_folder_it_is_in(commons: Path) -> None:  # noqa: F811
    folder, said = folder_of(commons / "of alice", ALICE, 0o700), commons / "said"
    (folder / "file").touch()
    said.touch()
    said.chmod(0o666)

    def ask() -> None:
        try:
            (folder / "file").read_text()
        except OSError as error:
            said.write_text(why_not_readable(error))

    assert as_user(STRANGER, ask) == 0
    assert said.read_text() == (
        f"Permission denied: {folder} belongs to {user_name(ALICE)} (group {group_name(LAB)}, mode 0700); its owner "
        f"can run `chmod -R a+rX {folder}`"
    )


def test_another_reason_why_something_cannot_be_read() -> None:
    assert why_not_readable(OSError(errno.EIO, "Input/output error", "/x")) == "Input/output error"
    assert not may_enter(Path("/nowhere"))
