"""What the check finds in the imports of an analysis: modules that are missing, files that are used by their names."""

import sys
from pathlib import Path

import pytest
from support.checks import NAMED, found
from support.samples import write_files

from analysis_jobs.authoring.check import check_analysis

pytestmark = pytest.mark.usefixtures("importing")


def test_every_missing_module_is_named_once_with_its_place(tmp_path: Path) -> None:
    text = "import no_such\nfrom no_other.inside import x\nimport sibling, os.path\ntry:\n    import optional\n"
    text += (
        "except ImportError:\n    pass\nfrom typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import types_only\n"
    )
    sibling = "import no_such\ndef f():\n    import late_and_missing\n"
    remedy = f"is not installed in {sys.prefix}; install it, or put it beside"
    assert found(tmp_path, text + NAMED, **{"sibling.py": sibling}) == [
        f"wrong: my_analysis.py, line 1: the module no_such {remedy}",
        f"wrong: my_analysis.py, line 2: the module no_other {remedy}",
        f"wrong: sibling.py, line 3: the module late_and_missing {remedy}",
    ]


def test_a_long_chain_of_elif(tmp_path: Path) -> None:
    chain = "".join(
        f"    {'el' if number else ''}if x == {number}:\n        return {number}\n" for number in range(900)
    )
    (message,) = found(tmp_path, f"{NAMED}\ndef f(x):\n{chain}    import no_such\n")
    assert "the module no_such is not installed" in message


TRAVELS = "so that it does not go to the jobs, and no key covers it"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (
            "importlib.import_module('helper')",
            f"'helper' is used by its name at run time, {TRAVELS}; write `import helper`",
        ),
        ("__import__('helper')", "'helper' is used by its name at run time"),
        ("import_module('sub.part')", "'sub.part' is used by its name at run time"),
        ("import_module('.helper', package='x')", "'.helper' is used by its name at run time"),
        ("importlib.util.spec_from_file_location('h', 'helper.py')", "'helper.py' is used by its name at run time"),
        ("runpy.run_path(Path(__file__).with_name('helper.py'))", "'helper.py' is used by its name at run time"),
        ("exec(open('helper.py').read())", "'helper.py' is used by its name at run time"),
        ("importlib.import_module(f'{x}er')", "f'{x}er' is imported by a name that is made at run time"),
        ("importlib.import_module(x)", "x is imported by a name that is made at run time"),
    ],
)
def test_a_file_beside_that_is_used_by_its_name(tmp_path: Path, code: str, said: str) -> None:
    text = f"import importlib\n{NAMED}\ndef late(x):\n    {code}\n"
    messages = found(tmp_path, text, **{"helper.py": "", "sub/part.py": ""})
    assert [
        message.startswith(f"warning: my_analysis.py, line {len(text.splitlines())}: {said}") for message in messages
    ] == [True], messages


@pytest.mark.parametrize(
    "code",
    [
        "importlib.import_module('json')",
        "importlib.import_module('helper')\n    import helper",
        "importlib.import_module()",
        "x.import_module(1)",
        "print('other.py', 'a\\0b.py', '../my_analysis.py')",
    ],
)
def test_what_is_covered_or_not_there(tmp_path: Path, code: str) -> None:
    assert found(tmp_path, f"import importlib\n{NAMED}\ndef late(x):\n    {code}\n", **{"helper.py": ""}) == []


def test_of_a_folder_all_is_covered_but_tests(tmp_path: Path) -> None:
    code = (
        "\ndef late(x):\n    import importlib\n    importlib.import_module('helper')\n    importlib.import_module(x)\n"
    )
    code += "    importlib.import_module('test_helper')\n"
    write_files(tmp_path, {"analysis.py": NAMED + code, "helper.py": "", "test_helper.py": ""})
    (finding,) = check_analysis(str(tmp_path)).findings
    assert finding.message.endswith("at run time, so that no key covers it; write `import test_helper`")
