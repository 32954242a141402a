"""The comments in which a script declares its packages."""

from pathlib import Path

import pytest

from analysis_jobs.analysis.code_files import digest
from analysis_jobs.analysis.script_block import script_block, without_blocks
from analysis_jobs.errors import InvalidInput

BLOCK = '# /// script\n# dependencies = ["numpy"]\n#\n# requires-python = ">=3.11"\n# ///\n'


def test_it_is_taken_apart() -> None:
    source = f"#!/usr/bin/env python\n{BLOCK}import numpy\n"
    assert script_block(source, "a.py") == 'dependencies = ["numpy"]\n\nrequires-python = ">=3.11"\n'
    assert without_blocks(source) == "#!/usr/bin/env python\nimport numpy\n"


@pytest.mark.parametrize(
    "source",
    [
        "import numpy\n",
        "# /// other\n# x\n# ///\n",
        "x = 1  # what follows /// script\n",
        'x = """\n# ///script\n"""\n',
    ],
)
def test_what_is_no_block_is_left(source: str) -> None:
    assert (script_block(source, "a.py"), without_blocks(source)) == ("", source)


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        (
            "# /// script\n# a = 1\nx = 1\n# ///\n",
            "line 1: the block of packages has no end: write a line '# ///' ",
        ),
        ("x = 1\n\n# /// script\n", "line 3: the block of packages has no end"),
        ("# /// script\n#a = 1\n# ///\n", "line 1: the block of packages breaks off at line 2, which does not begin "),
        ("# /// script \n# a = 1\n# ///\n", "line 1: '# /// script ' begins no block of packages, as it is not "),
        ("#/// script\n# a = 1\n# ///\n", "line 1: '#/// script' begins no block of packages"),
        ("# /// Script\n# a = 1\n# ///\n", "line 1: '# /// Script' begins no block of packages"),
        ("# /// script\n# a = 1\n# /// \n", "line 1: the block of packages has no end, as line 3 is not '# ///'"),
        ("# /// script\n# ///\n", "line 1: it is empty"),
        (f"{BLOCK}\n{BLOCK}", "declares packages in 2 blocks (# /// script); write one with all of them"),
        (f"{BLOCK}\n# /// script\n# a", "line 7: the block of packages has no end"),
    ],
)
def test_what_was_meant_to_be_one_is_refused(source: str, problem: str) -> None:
    with pytest.raises(InvalidInput) as error:
        script_block(source, "a.py")
    assert str(error.value).startswith(("a.py, line", "a.py declares"))
    assert problem in str(error.value)


@pytest.mark.parametrize("odd", ["\f", "\u2028", "\v", "\x1c", "\x85"])
def test_only_a_line_feed_ends_a_line(odd: str) -> None:
    source = f"# /// script\n# # a{odd}b\n# a = 1\n# ///\n"
    assert script_block(source, "a.py") == f"# a{odd}b\na = 1\n"
    assert without_blocks(source) == ""


def test_it_ends_with_the_last_end_before_the_code() -> None:
    source = "# /// script\n# a = '''\n# ///\n# '''\n# ///\nx = 1\n# ///\n"
    assert script_block(source, "a.py") == "a = '''\n///\n'''\n"
    assert without_blocks(source) == "x = 1\n# ///\n"


def test_it_is_no_part_of_the_code(tmp_path: Path) -> None:
    """As a requirements.txt is none: another version of a library is no other job."""
    digests = set()
    for number, text in enumerate(("x = 1\n", f"{BLOCK}x = 1\n", BLOCK.replace("numpy", "numpy<2") + "x = 1\n")):
        path = tmp_path / f"{number}.py"
        path.write_text(text)
        digests.add(digest([("a.py", path)]))
    assert len(digests) == 1
