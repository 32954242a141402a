"""A text without the folds in it, and where its characters are in the text."""

from analysis_jobs.redaction.folds import FOLD_OR_BLANKS, ONE_FOLD, has_break, unfolded


def test_what_is_left_knows_where_it_was() -> None:
    text = "ab\\\n  cd\r\n# ef\\ngh\n\ni"
    view = unfolded(text)
    assert view.text == "abcdefghi"
    assert [text[view.place(index)] for index in range(9)] == list(view.text)


def test_pieces_that_begin_in_a_part() -> None:
    view = unfolded("ab\ncd\nef")
    assert [view.breaks(0, 6), view.breaks(1, 4), view.breaks(2, 5), view.breaks(3, 4)] == [[0, 2, 4], [2], [2, 4], []]


def test_kinds_of_folds() -> None:
    assert unfolded("a b\nc d", FOLD_OR_BLANKS).text == "abcd"
    assert unfolded("a\n\nb\nc", ONE_FOLD).text == "abc"
    assert [has_break(text) for text in ("a\nb", "a\rb", "a\\nb", "a b")] == [True, True, True, False]
