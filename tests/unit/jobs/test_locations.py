"""The one spelling of a location."""

from pathlib import Path

import pytest

from analysis_jobs.jobs.locations import blank_places, leads_elsewhere, normal_location

NORMAL = {
    "/a/x": ["/a/../a/x", "//a/x", "/a//x", "/a/./x", "/a/x/", "file:///a/x", "FILE:/a/x", "file://localhost/a/x"],
    "/a b/ü": ["file:///a%20b/%C3%BC", "/a b/ü/."],
    "s3://b/x": ["S3://b/x", "s3://b//x", "s3://b/x//", "s3:///b/x", "s3:/b/x", "s3://b/y/../x"],
    "s3://b": ["s3://b/", "S3://b//"],
    "https://h/x//y": ["HTTPS://H/x//y", "https://h:443/x//y", "https://h/z/../x/.//y"],
    "a/x": ["./a/x", "a//x", "a/b/../x/"],
    "/": ["//", "/..", "/a/.."],
}
# Keys of these were as they are, whatever else there may be in them.
AS_THEY_ARE = [
    *("test", "/a/x.nwb", "s3://b/a%20b/x?y", "s3://B-old/x", "/a/.x/..y", "C:\\a\\x", "https://h/%7Ex?y=//z/..&a=B"),
    *(
        "gs://b/x",
        "zip://x::s3://b//x",
        "/file:/x",
        "a:b/x",
        "file:///%FF"[7:],
        "https://u:P@h:8080/x",
        "ü/é",
        "e\u0301",
    ),
]


@pytest.mark.parametrize("normal", NORMAL)
def test_other_spellings_of_a_location_are_the_same(normal: str) -> None:
    for location in (normal, *NORMAL[normal]):
        assert normal_location(location) == normal, location


@pytest.mark.parametrize("location", AS_THEY_ARE)
def test_what_is_normal_stays(location: str) -> None:
    assert normal_location(location) == location


def test_what_differs_stays_apart() -> None:
    apart = ["/a/x", "/A/x", "a/x", "s3://a/x", "s3://A/x", "s3://a/x%20", "s3://a/x ", "https://a/x", "http://a/x"]
    assert len(set(map(normal_location, apart))) == len(apart)
    assert [normal_location(f"file:///a{code}x") for code in ("%FF", "%00")] == [
        "/a%FFx",
        "/a%00x",
    ]  # no names of files


def test_a_slash_at_the_end_of_an_address_is_the_servers() -> None:
    assert normal_location("https://h/x/../") == "https://h/"
    assert normal_location("https://h/x/?y=/") == "https://h/x/?y=/"


def test_a_way_up_that_leads_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "far" / "deep").mkdir(parents=True)
    (tmp_path / "near").symlink_to(tmp_path / "far" / "deep")
    assert leads_elsewhere(f"{tmp_path}/near/../x")
    here = (f"{tmp_path}/far/deep/../x", f"{tmp_path}/near/x", "near/../x", "s3://near/a/../x", "/nowhere/../x")
    assert not any(map(leads_elsewhere, here))


def test_blanks() -> None:
    assert [index for index, _ in blank_places(["a", "", " ", "a b", "\t", "a ", "\u200b", " a"])] == [1, 2, 4, 5, 6, 7]


@pytest.mark.parametrize("location", ["s3://", "s3:/", "https://", "file:///"])
def test_what_names_nothing(location: str) -> None:
    assert [index for index, _ in blank_places(["s3://b", location])] == [1]
