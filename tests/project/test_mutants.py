"""Each operator makes the mutants that it should. A mutant runs apart, the lab's checks judge it, and nothing is left.

That every mutant of a lab is caught is tested in tests/course/test_lab_mutants.py.
"""

import ast
import json
import os
import time

import nbformat
import pytest

from tools.mutants import __main__ as command
from tools.mutants import mutate
from tools.mutants.mutate import Mutant, mutants, of_cell
from tools.mutants.operators import EXPRESSIONS
from tools.mutants.run import DIED, HUNG, KILLED, SURVIVED, run_all
from tools.mutants.statements import STATEMENTS

EXAMPLES = [
    ("comparison", "x = a < b", "x = a <= b"),
    ("comparison", "x = a is None", "x = a is not None"),
    ("comparison", "x = a == b", "x = a != b"),
    ("bound", "x = a < b", "x = a < b - 1"),
    ("bound", "x = a < b", "x = a < 2 * b"),
    ("bound", "x = a in b", "x = a in list(b)[:1]"),
    ("constant", "x = 16", "x = 17"),
    ("constant", "x = 16", "x = 0"),
    ("constant", "x = True", "x = False"),
    ("constant", "x = b''", "x = b'x'"),
    ("constant", "x = None", "x = 0"),
    ("boolean", "x = a and b", "x = a or b"),
    ("boolean", "x = a and b", "x = b"),
    ("boolean", "x = a and b", "x = a and (not b)"),
    ("unary", "x = not a", "x = a"),
    ("unary", "x = a & ~b", "x = a & b"),
    ("binary", "x = a & b", "x = a | b"),
    ("binary", "x = a << b", "x = a >> b"),
    ("binary", "x = a + b", "x = b"),
    ("conditional", "x = a if b else c", "x = c if b else a"),
    ("arguments", "f(a, b)", "f(b, a)"),
    ("arguments", "f(a, b)", "f(a)"),
    ("arguments", "f(a, key=b)", "f(a)"),
    ("arguments", "x = list(a)", "x = a"),
    ("arguments", "if a.empty():\n    f(b)", "if a.empty:\n    f(b)"),
    ("sibling", "f(SHUT_WR)", "f(SHUT_RDWR)"),
    ("sibling", "x = select.EPOLLIN", "x = select.EPOLLOUT"),
    ("sibling", "s.send(a)", "s.sendall(a)"),
    ("mixed_up", "if a < HIGH:\n    f(CHUNK)", "if a < CHUNK:\n    f(CHUNK)"),
    ("mixed_up", "f(a.busy, a.transfer)", "f(a.transfer, a.transfer)"),
    ("container", "x = [a, b]", "x = (a, b)"),
    ("container", "x = {a}", "x = [a]"),
    ("container", "x = (a, b)", "x = (b,)"),
    ("container", "x = [a for a in b if c]", "x = {a for a in b if c}"),
    ("container", "x = [a for a in b if c]", "x = [a for a in b]"),
    ("items", "x = (a, b)", "x = (b, a)"),
    ("items", "x, y = f()", "y, x = f()"),
    ("items", "x = (a, b)", "x = (None, b)"),
    ("slices", "del a[:n]", "del a[:n + 1]"),
    ("slices", "del a[:n]", "del a[n:]"),
    ("slices", "x = a[1:]", "x = a[:]"),
    ("dropped", "f()\ng()", "g()"),
    ("doubled", "f()", "f()\nf()"),
    ("doubled", "x += 1", "x += 1\nx += 1"),
    ("condition", "if a:\n    f()", "if not a:\n    f()"),
    ("condition", "while a:\n    f()", "while True:\n    f()"),
    ("branches", "if a:\n    f()\nelse:\n    g()", "if a:\n    f()"),
    ("branches", "if a:\n    f()\nelse:\n    g()", "if a:\n    f()\ng()"),
    ("branches", "if a:\n    f()\nelif b:\n    g()", "if a:\n    f()\nif b:\n    g()"),
    ("loops", "if a:\n    f()", "while a:\n    f()"),
    ("loops", "for a in b:\n    f()", "for a in b:\n    f()\n    break"),
    ("loops", "for a in b:\n    break", "for a in b:\n    continue"),
    ("indentation", "if a:\n    f()\n    g()", "if a:\n    f()\ng()"),
    ("assignment", "x += 1", "x = 1"),
    ("assignment", "x += 1", "x -= 1"),
    ("assignment", "x = y = f()", "x = f()"),
    ("assignment", "x = f()", "x = None"),
    ("returns", "return a", "return"),
    ("returns", "return a", "a"),
    ("returns", "raise a", "return"),
    ("handlers", "try:\n    f()\nexcept OSError:\n    g()", "try:\n    f()\nexcept Exception:\n    g()"),
    ("handlers", "try:\n    f()\nexcept OSError:\n    g()", "try:\n    f()\nexcept ConnectionError:\n    g()"),
    ("handlers", "try:\n    f()\nexcept OSError:\n    g()", "try:\n    f()\nexcept OSError:\n    pass"),
    ("handlers", "try:\n    f()\nexcept OSError:\n    g()", "f()"),
    (
        "handlers",
        "try:\n    f()\nexcept KeyError:\n    g()\nexcept OSError:\n    h()",
        "try:\n    f()\nexcept OSError:\n    h()\nexcept KeyError:\n    g()",
    ),
    ("handlers", "try:\n    f()\nfinally:\n    g()", "f()"),
    (
        "handlers",
        "try:\n    f()\n    g()\nexcept OSError:\n    pass",
        "f()\ntry:\n    g()\nexcept OSError:\n    pass",
    ),
    ("contexts", "with a:\n    f()", "f()"),
    ("contexts", "with suppress(OSError):\n    f()", "with suppress(Exception):\n    f()"),
]


def cell_with(body: str, parameters: str = "a") -> str:
    """An answer cell whose region is `body`."""
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    return f"def answer({parameters}):\n    ### BEGIN SOLUTION\n{lines}\n    ### END SOLUTION"


def made(source: str) -> list[str]:
    return [mutant.source for mutant in of_cell("answer", source)]


@pytest.mark.parametrize(("operator", "before", "after"), EXAMPLES)
def test_an_operator_makes_its_mutant_and_no_other_one_does(operator, before, after, monkeypatch):
    wanted = ast.unparse(ast.parse(cell_with(after)))
    assert wanted in made(cell_with(before))
    for name, operators in (("EXPRESSIONS", EXPRESSIONS), ("STATEMENTS", STATEMENTS)):
        monkeypatch.setattr(mutate, name, [one for one in operators if one.__name__ == operator])
    assert wanted in made(cell_with(before)), "another operator made it"


def test_every_operator_has_an_example():
    assert {name for name, *_ in EXAMPLES} == {operator.__name__ for operator in (*EXPRESSIONS, *STATEMENTS)}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("f()\ng()", "g()\nf()"),
        ("if a:\n    f()\ng()", "if a:\n    f()\n    g()"),
        ("if a:\n    f()\nelse:\n    g()\nh()", "if a:\n    f()\nelse:\n    g()\n    h()"),
        ("try:\n    f()\nexcept OSError:\n    g()\nh()", "try:\n    f()\n    h()\nexcept OSError:\n    g()"),
        ("try:\n    f()\nexcept OSError:\n    g()\nh()", "try:\n    f()\nexcept OSError:\n    g()\n    h()"),
    ],
)
def test_neighbours_are_swapped_or_indented(before, after):
    assert ast.unparse(ast.parse(cell_with(after))) in made(cell_with(before))


def test_what_belongs_to_the_caller_is_replaced_by_a_new_object():
    new = "def answer(a):\n    a = a | b"
    assert new in made(cell_with("a |= b"))
    assert new.replace("(a)", "(c)") not in made(cell_with("a |= b", "c"))


def test_every_mutant_is_valid_and_different_and_has_an_id_of_its_own():
    source = cell_with("for b in a:\n    if b < 1:\n        continue\n    f(b, b)\nreturn a")
    found = list(of_cell("answer", source))
    texts = {mutant.source for mutant in found}
    assert len(texts) == len(found) == len({mutant.id for mutant in found})
    assert ast.unparse(ast.parse(source)) not in texts
    for text in texts:
        compile(text, "", "exec")


def test_an_id_says_the_cell_the_change_and_the_line():
    found = {mutant.id: mutant.diff for mutant in of_cell("talk", cell_with("return a < b  # a remark"))}
    assert found["talk:Lt to LtE:return a < b"] == "-    return a < b\n+    return a <= b"


def test_only_the_region_is_changed():
    source = "x = 1\n" + cell_with("return a") + "\ny = 2"
    assert all("x = 1" in text and "y = 2" in text for text in made(source))


@pytest.mark.parametrize(
    ("before", "same"),
    [
        ("x = a < 0", "x = a < 2 * 0"),
        ("x = max(a, 1)", "x = max(1, a)"),
        ("x = max([b for b in a])", "x = max((b for b in a))"),
        ("x = [*(b for b in a), 1]", "x = [*[b for b in a], 1]"),
        ("a[0] |= 1", "a[0] = a[0] | 1"),
        ("if a:\n    raise a", "while a:\n    raise a"),
        ("a.close()", "a.close()\na.close()"),
    ],
)
def test_what_is_surely_the_same_is_no_mutant(before, same):
    assert ast.unparse(ast.parse(cell_with(same))) not in made(cell_with(before))


def test_words_for_readers_stay():
    assert not [text for text in made(cell_with('f("two words", a)')) if '""' in text or "''" in text]
    assert not [text for text in made(cell_with('f(f"{a + 1} words")')) if "a - 1" in text]


SETUP = """import os
import subprocess
import sys
import time
from readiness.course.checks import Lab
lab = Lab("99", total_checks=2)"""
CHECK = """# Check: It doubles
@lab.check("02a-what-ready-means.ipynb#Three-questions")
def doubles():
    \"\"\"It doubles.\"\"\"
    assert answer(2) == 4"""
EARLY = CHECK.replace("doubles", "early").replace("answer(2) == 4", "False, 'a check before the answer'")


def lab_with(*cells: tuple[str, str]) -> nbformat.NotebookNode:
    """A lab of code cells (id, source); a cell with a check is graded."""
    nb = nbformat.v4.new_notebook()
    for name, source in cells:
        cell = nbformat.v4.new_code_cell(source, id=name)
        cell.metadata.nbgrader = {"grade": "@lab.check" in source}
        nb.cells.append(cell)
    return nb


LAB = lab_with(("setup", SETUP), ("early", EARLY), ("answer", cell_with("return 2 * a")), ("check", CHECK))


def result_of(body: str, timeout: float = 20):
    [result] = run_all(LAB, [Mutant("it", "answer", cell_with(body), "")], timeout=timeout)
    return result


def test_a_mutant_that_passes_survives():
    assert result_of("return a + a").outcome == SURVIVED


def test_a_mutant_is_killed_by_its_check_whose_message_is_kept():
    result = result_of("return a")
    assert (result.outcome, result.check) == (KILLED, "doubles")
    assert "It doubles." in result.message


def test_the_deadline_of_a_check_kills():
    result = result_of("while True:\n    pass")
    assert result.outcome == KILLED
    assert "stopped after 2 seconds" in result.message


def test_a_time_limit_is_not_a_check():
    started = time.monotonic()
    result = result_of("import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])\ntime.sleep(60)", 4)
    assert result.outcome == HUNG
    assert time.monotonic() - started < 30


def test_a_process_that_ends_is_not_a_check():
    assert result_of("os._exit(1)").outcome == DIED
    assert result_of("raise SystemExit").outcome != SURVIVED


def test_a_check_that_fails_by_itself_has_not_judged():
    [result] = run_all(LAB, [Mutant("it", "answer", "lab = None", "")])
    assert (result.outcome, result.check) == (DIED, "doubles")


def test_nothing_is_left_over_of_a_mutant(tmp_path):
    """Not in a session of its own, and not when the time is over; the test's own rule sees what is left."""
    note = tmp_path / "pid"
    child = (
        f"[sys.executable, '-c', 'import time; time.sleep(60)'], start_new_session=True).pid\nopen({str(note)!r}, 'w')"
    )
    result = result_of(f"pid = subprocess.Popen({child}.write(str(pid))\nreturn 2 * a")
    assert result.outcome in (SURVIVED, KILLED)  # a check may refuse what is left over
    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text()), 0)


def test_a_mutant_has_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert result_of("open('here', 'w').close()\nreturn 2 * a").outcome == SURVIVED
    assert not list(tmp_path.iterdir())


def test_several_mutants_run_at_the_same_time():
    slow = Mutant("slow", "answer", cell_with("time.sleep(1)\nreturn 2 * a"), "")
    started = time.monotonic()
    results = list(run_all(LAB, [slow] * 4, jobs=4))
    assert [result.outcome for result in results] == [SURVIVED] * 4
    assert time.monotonic() - started < 3.5


@pytest.fixture
def lab_file(tmp_path, monkeypatch):
    """The command finds lab 99, and one of its mutants is listed as equivalent."""
    nbformat.write(LAB, tmp_path / "99-doubling.ipynb")
    monkeypatch.setattr(command.episode, "SOLUTIONS", tmp_path)
    monkeypatch.setattr(command.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(command, "equivalents", lambda number: {})


def call(monkeypatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["mutants", "99", *arguments])
    return command.main()


def test_the_command_shows_survivors_and_says_how_many(lab_file, tmp_path, monkeypatch, capsys):
    answer = cell_with("if a is None:\n    return 0\nreturn 2 * a")
    lab = lab_with(("setup", SETUP), ("answer", answer), ("check", CHECK))
    nbformat.write(lab, tmp_path / "99-doubling.ipynb")
    assert call(monkeypatch, "--jobs", "2") == 1
    printed = capsys.readouterr().out
    assert "survived: answer:constant 1:return 0\n-        return 0\n+        return 1\n" in printed
    assert f"Lab 99: {len(mutants(lab))} mutants" in printed
    survivors = json.loads(command.last_survivors("99").read_text())
    assert "answer:constant 1:return 0" in survivors
    assert call(monkeypatch, "--survivors") == 1
    assert f"Lab 99: {len(survivors)} mutants, 0 killed, {len(survivors)} survived" in capsys.readouterr().out
    monkeypatch.setattr(command, "equivalents", lambda number: dict.fromkeys(survivors, "why"))
    assert call(monkeypatch, "--survivors") == 0
    assert "  equivalent: why\n" in capsys.readouterr().out


def test_the_command_shows_the_message_of_one_mutant(lab_file, monkeypatch, capsys):
    with pytest.raises(SystemExit):
        call(monkeypatch, "--mutant", "answer:Mult:return 2 * a")
    assert call(monkeypatch, "--mutant", "answer:FloorDiv:return 2 * a") == 0
    assert "doubles\nNot yet: It doubles." in capsys.readouterr().out
