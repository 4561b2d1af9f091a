"""The tools for labs: answers as replacements, functions left out, collapsed checks, and the rules for a lab's form."""

import nbformat
import pytest

from readiness.base.messages import UserError
from tools.labs import collapse, rules, stubs
from tools.labs.answers import AnswerError, apply, by_cell, check_name, first_failure, run

SETUP = "from pathlib import Path\nlimit = 3"
ANSWER = '''class Buffer(Base):
    def take(self, data):
        """Take the data.

        It may be empty.
        """
        ### BEGIN SOLUTION
        self.data += data
        ### END SOLUTION

    def given(self):
        return self.data


def empty(buffer):
    ### BEGIN SOLUTION
    return not buffer.data
    ### END SOLUTION'''
CHECK = '''@lab.check("02a-what-ready-means.ipynb#Three-questions")
def takes_what_comes():
    """All bytes arrive in order, also `b""`. More of it."""
    assert True, "Each hint counts."'''
OTHER = CHECK.replace("takes_what_comes", "knows_when_it_is_empty").replace("All bytes arrive", "An end")
PROSE = 'The check tries this: **all bytes** arrive in order, also `b""`.\n\nAn end in order, also `b""`.'


class Base:
    data = b""


class Lab:
    """A lab whose checks raise what they raise."""

    def check(self, section, answer=""):
        return lambda function: function()


def code(name: str, source: str, **metadata):
    cell = nbformat.v4.new_code_cell(source, id=name)
    cell.metadata.update({"nbgrader": {"grade": "@lab.check" in source}, **metadata})
    return cell


def prose(name: str, source: str):
    return nbformat.v4.new_markdown_cell(source, id=name)


def lab(*cells):
    return nbformat.v4.new_notebook(cells=list(cells))


def small_lab():
    return lab(
        prose("title", "# Lab 99: take\n\n[02a](../notebooks/02a-what-ready-means.ipynb)"),
        code("setup", SETUP),
        prose("task", PROSE),
        code("answer", ANSWER),
        code("check-take", CHECK),
        code("check-empty", OTHER),
    )


class TestAnswers:
    def test_an_answer_is_a_text_or_replacements_one_after_the_other(self):
        assert apply("a = 1\nb = 2", "c") == "c"
        assert apply("a = 1\nb = 2", [("1", "2, 3"), ("3\nb = 2", "4")]) == "a = 2, 4"

    @pytest.mark.parametrize("old", ["not there", "a"])
    def test_the_text_to_replace_stands_in_the_cell_once(self, old):
        with pytest.raises(AnswerError, match=r"talk: .*expected once"):
            apply("a = a", [(old, "")], "talk")

    def test_an_answer_may_span_cells(self):
        assert by_cell("talk", "text") == {"talk": "text"}
        assert by_cell({"talk": "text", "send": [("a", "b")]}) == {"talk": "text", "send": [("a", "b")]}
        nb = lab(code("one", "a = 1"), code("two", "b = a + 1"))
        names = {}
        run(nb, {"one": "a = 5", "two": [("1", "2")]}, names)
        assert (names["a"], names["b"]) == (5, 7)
        with pytest.raises(AnswerError, match="no code cell 'three'"):
            run(nb, {"three": ""})

    def test_the_run_ends_at_the_first_failure_if_there_is_an_answer(self):
        wrong = OTHER.replace("assert True", "assert False")
        nb = lab(code("setup", "x = 1"), code("first", wrong), code("last", CHECK))
        raised = run(nb, names={"lab": Lab()})
        assert list(raised) == ["knows_when_it_is_empty", "takes_what_comes"]
        assert first_failure(raised) == "knows_when_it_is_empty"
        assert list(run(nb, {"setup": "x = 2"}, {"lab": Lab()})) == ["knows_when_it_is_empty"]

    @pytest.mark.parametrize("begin", ["", "# Check: it works\n"])
    def test_a_check_may_begin_with_a_comment(self, begin):
        assert check_name(code("check", begin + CHECK)) == "takes_what_comes"

    @pytest.mark.parametrize("begin", ["x = 1\n", "# one\n# two\n", "\n"])
    def test_a_check_begins_with_nothing_else(self, begin):
        with pytest.raises(AnswerError, match="check: a check is"):
            check_name(code("check", begin + CHECK))


class TestStubs:
    def test_each_function_is_left_out_misspelt_and_inherited(self):
        made = stubs.stubs(code("answer", ANSWER))
        assert list(made) == [
            *("Buffer.take-deleted", "Buffer.take-misspelt", "Buffer.take-super"),
            *("empty-deleted", "empty-misspelt"),
        ]
        for source in made.values():
            compile(source, "", "exec")
        assert made["Buffer.take-deleted"].startswith("class Buffer(Base):\n    pass\n\n    def given(self):")
        assert "def taek(self, data):" in made["Buffer.take-misspelt"]
        assert made["Buffer.take-super"].startswith(
            "class Buffer(Base):\n    def take(self, *args, **kwargs):\n"
            "        return super().take(*args, **kwargs)\n\n    def given"
        )
        assert "def empty" not in made["empty-deleted"]

    @pytest.mark.parametrize(
        ("name", "other"), [("read", "reda"), ("feed", "fede"), ("to_fds", "to_fsd"), ("aab", "aba")]
    )
    def test_two_letters_are_swapped(self, name, other):
        assert stubs.misspelt(name) == other

    def test_a_cell_without_a_region_has_no_stubs(self):
        assert stubs.stubs(code("given", "def given():\n    pass")) == {}

    def test_the_own_checks_stand_below_the_answer_or_name_it(self):
        nb = small_lab()
        assert stubs.own_checks(nb, "answer", "empty") == ["takes_what_comes", "knows_when_it_is_empty"]
        nb.cells[-1].source = OTHER.replace('questions")', 'questions", answer=("empty", "Buffer.given"))')
        assert stubs.own_checks(nb, "answer", "empty") == ["knows_when_it_is_empty"]
        nb.cells.append(code("next", ANSWER))
        nb.cells.append(code("check-next", CHECK.replace("takes", "gives")))
        assert stubs.own_checks(nb, "answer", "Buffer.take") == ["takes_what_comes", "knows_when_it_is_empty"]
        assert stubs.own_checks(nb, "next", "Buffer.take") == ["gives_what_comes"]


class TestCollapse:
    def test_checks_and_given_code_are_collapsed_below_a_comment_and_answers_are_open(self):
        nb = small_lab()
        assert collapse.collapse(nb) == ["setup", "check-take", "check-empty"]
        cells = {cell.id: cell for cell in nb.cells}
        hidden = [name for name, cell in cells.items() if cell.metadata.get("jupyter") == {"source_hidden": True}]
        assert hidden == ["setup", "check-take", "check-empty"]
        assert cells["check-take"].source == f'# Check: All bytes arrive in order, also `b""`\n{CHECK}'
        assert cells["setup"].source == f"# Given: setup\n{SETUP}"
        assert cells["answer"].source == ANSWER
        assert list(rules.collapsed_checks(nb)) == list(rules.helpers(nb)) == []

    def test_what_is_worded_stays_and_code_to_read_opens(self):
        nb = small_lab()
        nb.cells[4].source = "# Check: what comes, in order\n" + CHECK
        collapse.collapse(nb)
        assert nb.cells[4].source == "# Check: what comes, in order\n" + CHECK
        assert collapse.collapse(nb) == []
        assert collapse.collapse(nb, ("setup",)) == ["setup"]
        assert "jupyter" not in nb.cells[1].metadata
        with pytest.raises(UserError, match="no code cell stup"):
            collapse.collapse(nb, ("stup",))

    def test_a_long_sentence_is_shortened_at_a_word(self):
        assert collapse.shortened("one two, three", 11) == "one two…"
        assert collapse.shortened("one two", 7) == "one two"

    def test_the_command_writes_the_solution(self, tmp_path, monkeypatch, capsys):
        monkeypatch.setattr(collapse.episode, "SOLUTIONS", tmp_path)
        path = tmp_path / "99-take.ipynb"
        nbformat.write(small_lab(), path)
        monkeypatch.setattr("sys.argv", ["collapse", "99"])
        assert collapse.main() == 0
        assert capsys.readouterr().out == "solutions/99-take.ipynb: setup, check-take, check-empty changed\n"
        assert not list(rules.collapsed_checks(nbformat.read(path, 4)))
        monkeypatch.setattr("sys.argv", ["collapse", "98"])
        assert collapse.main() == 1
        assert "no lab '98'" in capsys.readouterr().err


LESSON = lab(
    prose("title", "# Ready\n\nHint."),
    prose(
        "three", "## Three questions\n\nA socket is *ready*.\n\n### A detail\n\nA hint at most.\n\n```\n# buffer\n```"
    ),
    prose("next", "## Next\n\nEnd of file."),
)
WORDS = {"takes_what_comes": "hint", "knows_when_it_is_empty": "hint"}


class TestRules:
    """Each rule holds for the small lab when it is collapsed, and catches what breaks it."""

    @pytest.fixture
    def nb(self):
        nb = small_lab()
        collapse.collapse(nb)
        return nb

    def test_a_good_lab_keeps_them(self, nb):
        found = [*rules.collapsed_checks(nb), *rules.helpers(nb), *rules.announced(nb)]
        found += rules.key_words(nb, WORDS, lambda name: LESSON)
        assert found == []

    def test_a_check_is_collapsed_below_its_comment(self, nb):
        nb.cells[4].metadata.pop("jupyter")
        nb.cells[5].source = OTHER
        assert [cell for cell, _ in rules.collapsed_checks(nb)] == ["check-take", "check-empty"]
        nb.cells[5].source = "# Check: \n" + OTHER
        assert "comment" in [sentence for _, sentence in rules.collapsed_checks(nb)][-1]

    def test_given_code_is_short_or_collapsed_below_a_comment(self, nb):
        nb.cells[1].source = SETUP
        assert [cell for cell, _ in rules.helpers(nb)] == ["setup"]
        nb.cells[1].metadata.pop("jupyter")
        assert list(rules.helpers(nb)) == []
        nb.cells[1].source = "\n".join(f"x = {n}" for n in range(31))
        assert list(rules.helpers(nb)) == [("setup", "is open, and has 31 lines, more than 30")]

    def test_no_line_that_is_shown_is_cut_at_the_right(self, nb):
        assert list(rules.widths(nb)) == []
        nb.cells[1].source += "\nx = " + "1" * 100  # collapsed
        assert list(rules.widths(nb)) == []
        nb.cells[1].source = "# " + "x" * 87 + "\n"
        nb.cells[3].source += "\n# " + "y" * 87
        assert [cell for cell, _ in rules.widths(nb)] == ["setup", "answer"]

    def test_an_answer_is_open_and_short(self, nb):
        nb.cells[3].metadata["jupyter"] = {"source_hidden": True}
        assert [cell for cell, _ in rules.helpers(nb)] == ["answer"]
        nb.cells[3].metadata.pop("jupyter")
        nb.cells[3].source += "\n    pass" * 20
        assert list(rules.helpers(nb)) == [("answer", "is open, and has 34 lines, more than 30")]

    @pytest.mark.parametrize("minutes", [35, 36])
    def test_a_second_sitting_says_how_to_go_on(self, nb, minutes, monkeypatch):
        monkeypatch.setattr(rules.plan, "lab_minutes", lambda nb, name: minutes)
        monkeypatch.setattr(rules.plan, "lab_break", lambda nb, name: ("2. Empty", 20))
        nb.cells.append(prose("task", "## 2. Empty\n\nIs it?"))
        silent = list(rules.breaks(nb, "99-take.ipynb"))
        nb.cells[-1].source += f"\nFirst {rules.RUN_ABOVE}."
        spoken = list(rules.breaks(nb, "99-take.ipynb"))
        assert [[cell for cell, _ in found] for found in (silent, spoken)] == (
            [["task"], []] if minutes > 35 else [[], ["task"]]
        )

    @pytest.mark.parametrize(("old", "new"), [("in order", "in any order"), ("An end", "An")])
    def test_the_prose_above_says_what_a_check_tries(self, nb, old, new):
        nb.cells[2].source = PROSE.replace(old, new)
        assert list(rules.announced(nb))

    def test_the_prose_below_is_too_late(self, nb):
        nb.cells.append(nb.cells.pop(2))
        assert [cell for cell, _ in rules.announced(nb)] == ["check-take", "check-empty"]

    def test_a_section_ends_at_the_next_heading_of_its_level(self):
        assert "A hint at most." in rules.section_text(LESSON, "Three-questions")
        assert "End of file." not in rules.section_text(LESSON, "Three-questions")
        assert "buffer" not in rules.section_text(LESSON, "Three-questions")
        assert "ready" not in rules.section_text(LESSON, "A-detail")
        assert "End of file." in rules.section_text(LESSON, "Ready")
        assert rules.section_text(LESSON, "Four-questions") is None

    @pytest.mark.parametrize(
        ("words", "sentence"),
        [
            ({"takes_what_comes": "hint"}, "no word for knows_when_it_is_empty"),
            ({**WORDS, "is_no_check": "hint"}, "which is no check"),
            (
                {**WORDS, "takes_what_comes": "counts"},
                "“Three-questions” in 02a-what-ready-means.ipynb, which does not",
            ),
            ({**WORDS, "takes_what_comes": "socket"}, "does not speak of “socket” itself"),
            ({**WORDS, "takes_what_comes": "ready"}, "does not speak of “ready” itself"),  # only its link does
        ],
    )
    def test_a_check_leads_to_its_key_word(self, nb, words, sentence):
        found = list(rules.key_words(nb, words, lambda name: LESSON))
        assert sentence in found[0][1]
        assert len(found) == 1

    def test_a_lab_links_to_its_episodes_and_its_chapter_to_the_lab(self, nb):
        assert list(rules.links(nb, "02-take.ipynb")) == [
            ("title", "does not link to 02b-ready-is-a-hint.ipynb"),
            ("", "the last episode of chapter 02 does not link to the lab"),
        ]
