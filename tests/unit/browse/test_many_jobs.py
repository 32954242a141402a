"""Pages about many jobs, as somebody asks for them."""

import html
import io
import re
from urllib.parse import parse_qsl

import duckdb
import pandas as pd
import pytest
from starlette.testclient import TestClient

from analysis_jobs.browse.selection import Selection

from .conftest import Browsed


def links(text: str) -> list[str]:
    return re.findall(r'href="/job/([0-9a-f]{64})"', text)


def test_the_table(client: TestClient, browsed: Browsed) -> None:
    answer = client.get("/jobs")
    assert answer.status_code == 200
    assert sorted(links(answer.text)) == sorted(browsed.keys.values())
    assert "<b>9</b> all" in answer.text
    assert "<b>2</b> failed" in answer.text
    assert "parameters.isi_violations_cutoff" in answer.text
    assert "42" in answer.text


def test_a_selection(client: TestClient, browsed: Browsed) -> None:
    text = client.get("/jobs?is:state=failed&is:subject=701003").text
    assert links(text) == [browsed.keys["701003 0.004"]]
    assert "subject is 701003" in text
    assert 'value="failed" checked' in text
    assert "No job is like that." in client.get("/jobs?text=nowhere").text


def test_pages(client: TestClient, browsed: Browsed) -> None:
    pages = [links(client.get(f"/jobs?size=4&page={page}&sort=key").text) for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [4, 4, 1]
    assert [key for page in pages for key in page] == sorted(browsed.keys.values())
    assert links(client.get("/jobs?size=4&page=99&sort=key").text) == pages[2]


def test_what_a_form_leaves_empty_is_not_in_the_address(client: TestClient) -> None:
    answer = client.get("/jobs?text=&is:state=done&min:outputs.good_units=&max:outputs.good_units=3&size=50")
    assert answer.status_code == 303
    address = answer.headers["location"]
    assert parse_qsl(address.partition("?")[2]) == [("is:state", "done"), ("max:outputs.good_units", "3")]
    assert client.get("/jobs?text=&size=50").headers["location"] == "/jobs"


def test_chosen_columns(client: TestClient) -> None:
    text = client.get("/jobs?column=key&column=outputs.fraction&column=nothing").text
    heads = re.findall(r'<th scope="col".*?aria-label="(.*?)"', text)
    assert heads == ["key", "outputs.fraction"]


def test_wrong_addresses_are_told(client: TestClient) -> None:
    answer = client.get("/jobs?min:outputs.good_units=many")
    assert answer.status_code == 400
    assert "a bound of outputs.good_units is &#39;many&#39;, and must be a number" in answer.text


def test_the_gallery(client: TestClient, browsed: Browsed) -> None:
    text = client.get("/gallery").text
    assert "isi_violations_cutoff=0.002" in text
    assert text.count("/small/") == 7
    assert "failed: ValueError: unit 6 of 701003 has 2 spikes" in text
    other = client.get("/gallery?figure=plots/waveform.png&is:state=done").text
    assert f"/job/{browsed.keys['701001 0.001']}/small/plots/waveform.png" in other
    assert "None of these jobs has a figure" in client.get("/gallery?is:state=failed").text
    beyond = client.get("/gallery?page=99")  # a link that is older than the jobs
    assert beyond.text == text


def test_a_filter_by_what_no_job_has(client: TestClient) -> None:
    text = client.get("/jobs?min:outputs.good_unit=1").text
    assert "outputs.good_unit at least 1, but no job has outputs.good_unit" in text
    answer = client.get("/export/outputs.csv?state=failed")
    assert answer.status_code == 400
    assert "the address asks for &#39;state&#39;, which no page knows" in answer.text


def test_failures(client: TestClient, browsed: Browsed) -> None:
    text = client.get("/failures").text
    assert "2 jobs failed in the analysis." in text
    assert text.count('class="failure"') == 1  # of one cause
    assert "Traceback (most recent call last)" in text
    assert set(links(text)) == {browsed.keys["701002 0.004"], browsed.keys["701003 0.004"]}
    assert "None of these jobs has failed." in client.get("/failures?is:state=done").text


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_export(client: TestClient, tmp_path, kind: str) -> None:
    answer = client.get(f"/export/outputs.{kind}?min:outputs.good_units=42")
    assert answer.headers["content-disposition"] == f'attachment; filename="outputs.{kind}"'
    path = tmp_path / f"outputs.{kind}"
    path.write_bytes(answer.content)
    rows = duckdb.sql(f"SELECT \"outputs.good_units\" FROM '{path}' ORDER BY 1").fetchall()
    assert [units for (units,) in rows] == [42, 47, 49, 54]
    assert client.get("/export/outputs.xlsx").status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "",
        "is:name=unit quality&is:tag=v1",
        "is:parameters.isi_violations_cutoff=0.001",
        "is:parameters.isi_violations_cutoff=0.001&is:parameters.isi_violations_cutoff=0.002",
        "min:outputs.fraction=0.8&max:outputs.good_units=47",
        "min:changed=2026-01-02&max:changed=2026-01-02",
        "text=701002",
        "is:recording=ecephys_701001_2025-06-01_10-20-30/recording.nwb&is:state=done",
        "latest=1",
    ],
)
def test_the_lines_of_python_give_the_same_table(client: TestClient, query: str) -> None:
    text = client.get(f"/jobs?{query}").text
    code = re.search(r"<pre tabindex=\"0\"><code>(from .*?)</code>", text, re.DOTALL)
    assert code is not None
    variables: dict[str, pd.DataFrame] = {}
    exec(html.unescape(code[1]), {}, variables)
    exported = pd.read_csv(io.BytesIO(client.get(f"/export/outputs.csv?{query}").content))
    assert sorted(variables["table"]["key"]) == sorted(exported["key"])
    assert len(exported) > 0


def test_two_sides(client: TestClient, browsed: Browsed) -> None:
    text = client.get("/compare").text
    assert "<option>parameter.isi_violations_cutoff=0.002</option>" in text
    query = "a=parameter.isi_violations_cutoff=0.001&b=parameter.isi_violations_cutoff=0.004"
    text = client.get(f"/compare?{query}").text
    assert "1 pair: 0 equal in all outputs, 1 different." in text
    assert "failed in B: ValueError: unit 6 of 701003 has 2 spikes" in text
    assert "<circle" in text
    assert f"/job/{browsed.keys['701001 0.004']}" in text
    assert ">fraction</bdi></h2>" in client.get(f"/compare?{query}&output=fraction").text
    table = client.get(f"/export/compared.csv?{query}")
    assert len(pd.read_csv(io.BytesIO(table.content))) == 4  # two outputs of one pair, two pairs without a result
    assert "2 jobs" not in client.get(f"/compare?{query}&text=701001").text


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("a=tag=v1&b=tag=v1", "both sides are tag=v1"),
        ("a=nonsense&b=tag=v1", "write TERM=VALUE"),
        ("a=tag=v7&b=tag=v1", "no job is in A (tag=v7)"),
    ],
)
def test_sides_that_are_none(client: TestClient, query: str, said: str) -> None:
    answer = client.get(f"/compare?{query}")
    assert answer.status_code == 400
    assert said in answer.text


def test_launches(client: TestClient, browsed: Browsed) -> None:
    text = client.get("/launches").text
    assert "happy_turing" in text
    assert "7 done, 2 failed" in text
    assert 'href="/jobs?is%3Alaunch=this-run"' in text
    assert sorted(links(client.get("/jobs?is:launch=this-run").text)) == sorted(browsed.keys.values())
    assert "happy_turing" in client.get(f"/job/{browsed.keys['701001 0.001']}").text


def test_without_a_table_there_are_no_lines(client: TestClient) -> None:
    assert "# none of these jobs is done" in client.get("/jobs?is:state=failed").text


def test_the_same_selection_is_not_looked_for_twice(browsed: Browsed) -> None:
    selection = Selection(text="701002")
    assert browsed.desk.chosen(browsed.index, selection) is browsed.desk.chosen(browsed.index, selection)
