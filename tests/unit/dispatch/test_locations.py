"""What matches a pattern and what lies in folders: the same in a folder of this machine and in S3."""

import os
from pathlib import Path

import pytest
from fakes.s3 import S3Server
from support.samples import write_files

from analysis_jobs.dispatch.locations import files_below, matches
from analysis_jobs.errors import InvalidInput

NAMES = [
    "4.nwb",
    ".hidden/5.nwb",
    "a/1.nwb",
    "a/deep/2.nwb",
    "a/deep/er/x",
    "b/3.nwb/x/lure.nwb",
    "c/x.txt",
    "d[1]/ü 6.nwb",
]
TOP = [".hidden", "4.nwb", "a", "b", "c", "d[1]"]
ALL_OF_A = ["a", "a/1.nwb", "a/deep", "a/deep/2.nwb", "a/deep/er", "a/deep/er/x"]


@pytest.fixture(scope="module")
def bucket(s3: S3Server) -> str:
    """A bucket with the tree; read only."""
    bucket = s3.make_bucket(f"tree-{os.urandom(6).hex()}")
    client = s3.client()
    for name in [*NAMES, "a/"]:  # a folder may have an object of its own
        client.put_object(Bucket=bucket, Key=f"tree/{name}", Body=b"")
    return bucket


@pytest.fixture(params=["local", pytest.param("s3", marks=pytest.mark.slow)])
def tree(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "local":
        return str(write_files(tmp_path / "tree", dict.fromkeys(NAMES, "")))
    s3: S3Server = request.getfixturevalue("s3")
    for name, value in s3.reader_environment.items():
        monkeypatch.setenv(name, value)
    return f"s3://{request.getfixturevalue('bucket')}/tree"


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*", TOP),
        ("*/", TOP),
        ("a", ["a"]),
        ("a/1.nwb", ["a/1.nwb"]),
        ("a/1.nwb/*", []),
        ("a/1.nwb/**", []),
        ("no", []),
        ("no/*", []),
        ("no/**", []),
        ("*/no", []),
        ("?", ["a", "b", "c"]),
        ("[!a]", ["b", "c"]),
        (".h*", [".hidden"]),
        ("*.nwb", ["4.nwb"]),
        ("*/*.nwb", [".hidden/5.nwb", "a/1.nwb", "b/3.nwb", "d[1]/ü 6.nwb"]),
        ("*/deep", ["a/deep"]),
        ("*/deep/*", ["a/deep/2.nwb", "a/deep/er"]),
        ("d[[]1]/*", ["d[1]/ü 6.nwb"]),
        ("a/**", ALL_OF_A),
        ("a/**/*.nwb", ["a/1.nwb", "a/deep/2.nwb"]),
        ("**/x", ["a/deep/er/x", "b/3.nwb/x"]),
        ("**/deep/**", ALL_OF_A[2:]),
        ("*/**/er", ["a/deep/er"]),
    ],
)
def test_patterns(tree: str, pattern: str, found: list[str]):
    assert matches(f"{tree}/{pattern}") == [f"{tree}/{name}" for name in found]


def test_a_pattern_with_stars_in_a_name(tree: str):
    with pytest.raises(InvalidInput, match=r"'\*\*' can only be an entire path component; give a path or an s3:// URL"):
        matches(f"{tree}/a**")


def test_files_below(tree: str):
    names = ["a", "a/", "4.nwb", "b", "c", "c/x.txt", "none"]
    assert files_below([f"{tree}/{name}" for name in names], ".nwb") == [
        [f"{tree}/a/1.nwb", f"{tree}/a/deep/2.nwb"],
        [f"{tree}/a/1.nwb", f"{tree}/a/deep/2.nwb"],
        [f"{tree}/4.nwb"],
        [f"{tree}/b/3.nwb"],
        [],
        [],
        [],
    ]


def test_a_whole_bucket(s3: S3Server, monkeypatch: pytest.MonkeyPatch):
    for name, value in s3.reader_environment.items():
        monkeypatch.setenv(name, value)
    bucket = s3.make_bucket(f"whole-{os.urandom(6).hex()}")
    s3.client().put_object(Bucket=bucket, Key="a/1.nwb", Body=b"")
    assert matches(f"s3://{bucket}") == [f"s3://{bucket}"]
    assert matches(f"s3://{bucket}/**") == [f"s3://{bucket}/a", f"s3://{bucket}/a/1.nwb"]
    assert files_below([f"s3://{bucket}", "s3://no-such-bucket/x"], ".nwb") == [[f"s3://{bucket}/a/1.nwb"], []]
    with pytest.raises(InvalidInput, match="nothing at 's3://no-such-bucket"):
        matches("s3://no-such-bucket/x")


def test_wrong_credentials_are_said_without_them(s3: S3Server, monkeypatch: pytest.MonkeyPatch):
    for name, value in {**s3.environment, "AWS_SECRET_ACCESS_KEY": "another"}.items():
        monkeypatch.setenv(name, value)
    for ask in (lambda: matches("s3://some/*"), lambda: files_below(["s3://some/x"], ".nwb")):
        with pytest.raises(InvalidInput, match=r"cannot be listed: SignatureDoesNotMatch; check permissions, for S3"):
            ask()


@pytest.mark.parametrize("url", ["odd://x/*", "https://host/*", "s3://what a bucket!/*"])
def test_other_urls(url: str):
    with pytest.raises(InvalidInput, match=r"cannot be listed: .*; give a path or an s3:// URL"):
        matches(url)


def test_links_are_followed_where_they_are_named(tmp_path: Path):
    write_files(tmp_path, {"tree/a/1.nwb": ""})
    (tmp_path / "tree" / "link").symlink_to(tmp_path / "tree" / "a")
    tree = str(tmp_path / "tree")
    assert matches(f"{tree}/link/*") == [f"{tree}/link/1.nwb"]
    assert matches(f"{tree}/*") == [f"{tree}/a", f"{tree}/link"]
    assert matches(f"{tree}/**/*.nwb") == [f"{tree}/a/1.nwb"]
    assert files_below([f"{tree}/link", f"file://{tree}"], ".nwb") == [[f"{tree}/link/1.nwb"], [f"{tree}/a/1.nwb"]]
