"""A mistake in the learner's own line is what the message says first: parameters, `self.`, what a handler hid."""

import os
import re

import pytest

from readiness.course import checks
from tests.course.cells import failed, lab_with

CLASS = """
class Decoder:
    size = 3

    def __init__(self):
        self.partial = b""

    def feed({parameters}):
        {body}
"""


@pytest.fixture(autouse=True)
def progress_folder(tmp_path, monkeypatch):
    monkeypatch.setenv(checks.PROGRESS_ENV, str(tmp_path))


def feeds(parameters, body, check="Decoder().feed(b'')", answer="Decoder.feed"):
    return failed(lab_with(CLASS.format(parameters=parameters, body=body)), check, f'answer="{answer}"')


@pytest.mark.parametrize("answer", ["Decoder.feed", "Decoder"])
def test_a_forgotten_self_is_seen_in_the_line_of_the_def(answer):
    text = feeds("data", "return []", answer=answer)
    assert (
        "at: def feed(data):   (feed, line 8)\nThe lab calls it so: Decoder().feed(b'')\nDoes it begin with self?"
        in text
    )
    assert "Not your code" not in text


@pytest.mark.parametrize("parameters", ["self", "self, data, other"])
def test_other_parameters_are_seen_there_too(parameters):
    text = feeds(parameters, "return []")
    assert f"at: def feed({parameters}):   (feed, line 8)" in text
    assert "Keep the parameters that the lab's cell had." in text


def test_a_function_has_its_def_as_well():
    text = failed(lab_with("def to_bits():\n    return 1\n"), "to_bits([3])", 'answer="to_bits"')
    assert "at: def to_bits():   (to_bits, line 1)\nThe lab calls it so: to_bits([3])" in text


@pytest.mark.parametrize(
    "body", ["got = len(repr(to_bits([3], 'ä')) + 'x')", "got = len(\n    repr(to_bits([3],\n    'ä')))"]
)
def test_the_call_is_shown_without_the_code_of_the_check_around_it(body):
    text = failed(lab_with("def to_bits():\n    return 1\n"), body, 'answer="to_bits"')
    assert "The lab calls it so: to_bits([3], 'ä')\nKeep the parameters" in text


PASSES_ON = """
class Session:
    def listen(self, loop):
        loop.append({callback})

    def accept(self, mask):
        return mask
"""


@pytest.mark.parametrize("callback", ["self.accept()", "(2, self.accept())", "object=self.accept()"])
@pytest.mark.parametrize("answer", ["Session.listen", "Session.accept"])
def test_a_method_that_was_called_instead_of_passed_on(callback, answer):
    names = lab_with(PASSES_ON.format(callback=callback))
    text = failed(names, "Session().listen([])", f'answer=("Session.listen", "{answer}")')
    assert (
        "Your code raised TypeError: Session.accept() missing 1 required positional argument: 'mask'\n  at: loop"
        in text
    )
    assert "`self.accept()` calls it at once. To pass it on, write `self.accept`, without parentheses." in text


CALLS_ITSELF = """
class Server:
    def accept(self, mask):
        sock, address = self.accept({arguments})
"""


@pytest.mark.parametrize("arguments", ["", "mask, 2"])
def test_a_method_that_calls_itself_with_other_arguments_has_the_right_parameters(arguments):
    text = failed(lab_with(CALLS_ITSELF.format(arguments=arguments)), "Server().accept(1)", 'answer="Server.accept"')
    assert f"at: sock, address = self.accept({arguments})   (accept, line 4)" in text
    assert "Keep the parameters" not in text
    assert "To pass it on" not in text
    assert "Keep the parameters" not in text


def test_a_call_that_lacks_an_argument_and_is_not_passed_on_has_its_parameters():
    names = lab_with(PASSES_ON.format(callback="1").replace("loop.append(1)", "self.accept()"))
    text = failed(names, "Session().listen([])", 'answer=("Session.listen", "Session.accept")')
    assert "without parentheses" not in text


HIDDEN_SELF = """
def login():
    pass

class Session:
    def __init__(self):
        self.login = 1

    def do_pass(self):
        return login.name
"""


def test_a_function_of_the_notebook_does_not_hide_that_self_is_missing():
    text = failed(lab_with(HIDDEN_SELF), "Session().do_pass()", 'answer="Session.do_pass"')
    assert "Your code raised AttributeError: 'function' object has no attribute 'name'\n  at: return login.name" in text
    assert "self has an attribute login: is `self.` missing?" in text


def test_a_function_that_self_does_not_have_gets_no_such_question():
    text = failed(lab_with(HIDDEN_SELF.replace("self.login", "self.other")), "Session().do_pass()", 'answer="Session"')
    assert "AttributeError" in text
    assert "is `self.` missing?" not in text


def test_a_check_that_turns_the_error_into_another_one_says_it_too():
    check = """
    try:
        Decoder().feed(b'')
    except Exception as error:
        raise AssertionError('Catch OSError alone.') from None
    """
    text = feeds("data", "return []", check)
    assert "Does it begin with self?" in text
    assert "Catch OSError" not in text


MADE = """
def session():
    class Probe:
        def check_password(self, password):
            pass

    def ask(password):
        pass

    return Probe, ask
"""


@pytest.mark.parametrize(
    ("call", "named"), [("session()[0]().check_password()", "Probe.check_password"), ("session()[1]()", "ask")]
)
def test_what_a_function_of_the_lab_has_made_has_its_own_name(call, named):
    names = lab_with(f"def do_pass():\n    {call}\n", setup=MADE)
    text = failed(names, "do_pass()", 'answer="do_pass"')
    assert f"Your code raised TypeError: {named}() missing 1 required positional argument: 'password'\n" in text


def test_a_call_of_something_else_is_no_matter_of_the_parameters():
    text = feeds("self, data", "return len(1, 2)")
    assert "Your code raised TypeError: len() takes exactly one argument (2 given)\n  at: return len(1, 2)" in text


@pytest.mark.parametrize(
    ("name", "shown"), [("partial", "self"), ("size", "self"), ("feed", "self"), ("nbytes", "data")]
)
def test_a_name_that_is_an_attribute_lacks_its_owner(name, shown):
    text = feeds("self, data", f"return {name}", "Decoder().feed(memoryview(b''))")
    assert f"name '{name}' is not defined" in text
    assert f"{shown} has an attribute {name}: is `{shown}.` missing?" in text
    assert "cells above" not in text


def test_another_name_may_be_in_a_cell_above():
    assert "If a cell above defines it, run that cell first." in feeds("self, data", "return others")


COVERS = """
try:
    Decoder().feed(b'')
except Exception as error:
    raise AssertionError('Catch OSError alone.') from None
"""


def test_an_error_of_the_own_line_comes_before_what_the_check_makes_of_it():
    text = feeds("self, data", "return self.patrial", COVERS)
    assert re.search(
        r"raised AttributeError: .*'patrial'.*\n  at: return self.patrial .*\n(.*\n)*Catch OSError alone", text
    )


def test_for_a_name_that_is_not_there_nothing_else_matters():
    text = feeds("self, data", "return partail", COVERS)
    assert "name 'partail' is not defined\n  at: return partail" in text
    assert "Catch OSError" not in text


COVERS_OS_ERROR = """
try:
    Decoder().feed(b'')
except OSError as error:
    raise AssertionError(f'feed raised {error!r}.') from None
"""


@pytest.mark.parametrize("body", ["os.stat('/gone')", "helper()"])  # of the own line, or of what it calls
def test_another_error_that_a_check_judges_has_the_own_line(body):
    names = lab_with(CLASS.format(parameters="self, data", body=body), setup="def helper():\n    os.stat('/gone')\n")
    text = failed(names, COVERS_OS_ERROR, 'answer="Decoder.feed"')
    assert "feed raised FileNotFoundError(" in text
    assert f"\nThe error came from your line:\n  at: {body}   (feed, line 9)\n" in text


def test_a_line_of_the_judged_answer_comes_before_one_of_what_it_calls():
    answer = "def flush():\n    os.stat('/gone')\n\ndef on_event():\n    flush()\n"
    check = COVERS_OS_ERROR.replace("Decoder().feed(b'')", "on_event()")
    text = failed(lab_with(answer), check, 'answer="on_event"')
    assert "\n  at: flush()   (on_event, line 5)\n" in text


def test_an_assertion_without_an_error_has_no_line():
    text = feeds("self, data", "return []", "assert Decoder().feed(b'') == 3, 'Expected 3.'")
    assert "your line" not in text


KEEPS = """
def raised_by(call):
    try:
        call()
    except Exception as error:
        return error
error = raised_by(lambda: Decoder().feed(b''))
assert error is None, f'Expected no error, saw {error!r}.'
"""


@pytest.mark.parametrize(("body", "shown"), [("return partail", False), ("return self.patrial", True)])
def test_a_mistake_that_a_check_keeps_in_a_variable_has_its_line(body, shown):
    text = feeds("self, data", body, KEEPS)
    assert f"  at: {body}   (feed, line 9)" in text
    assert ("Expected no error" in text) is shown


HIDES = """
def read_all(conns):
    try:
        {line}
    except{kind}:
        return None
"""


@pytest.mark.parametrize("kind", ["", " Exception", " (OSError, Exception)", " BaseException as error"])
def test_what_a_handler_for_every_error_hid_is_said_first(kind):
    names = lab_with(HIDES.format(line="return conn", kind=kind))
    text = failed(names, "assert read_all([]) == 1, 'Read on.'", 'answer="read_all"')
    assert re.search(r"Your code raised NameError: name 'conn' is not defined\n  at: return conn .*line 4", text)
    assert text.index("An except of yours hid it") < text.index("Read on.")


def test_a_handler_that_names_its_errors_hides_nothing():
    names = lab_with(HIDES.format(line="return conn", kind=" (NameError, OSError)"))
    assert "hid it" not in failed(names, "assert read_all([]) == 1, 'Read on.'", 'answer="read_all"')


def test_what_the_handler_is_for_is_no_mistake():
    names = lab_with(HIDES.format(line="raise BlockingIOError", kind=" Exception"))
    assert "hid it" not in failed(names, "assert read_all([]) == 1, 'Read on.'", 'answer="read_all"')


RAISED_BY = "from readiness.course.stand_ins.lab_08 import raised_by\n"
UNBOUND = """
def take(queue):
    try:
        key = len(queue)
    except:
        pass
    return key
"""


@pytest.mark.parametrize(
    "body",
    [
        "take(3)",
        "error = raised_by(take, 3)\nassert isinstance(error, OSError), 'Expected OSError.'",
    ],
)
def test_only_what_a_handler_caught_was_hidden(body):
    text = failed(lab_with(UNBOUND, setup=RAISED_BY), body, 'answer="take"')
    hidden = "TypeError: object of type 'int' has no len()\n  at: key = len(queue)   (take, line 4)\nAn except"
    assert f"Your code raised {hidden}" in text
    assert text.count("hid it") == 1
    assert text.count("Your code raised UnboundLocalError") == 1
    assert ("Expected OSError." in text) is ("Expected" in body)


@pytest.mark.parametrize("ends", ["except:\n        raise", "finally:\n        pass"])
def test_what_a_handler_raises_again_was_not_hidden(ends):
    answer = f"def take(queue):\n    try:\n        return len(queue)\n    {ends}\n{HIDES.format(line='pass', kind='')}"
    body = "error = raised_by(take, 3)\nassert isinstance(error, OSError), 'Expected OSError.'"
    text = failed(lab_with(answer, setup=RAISED_BY), body, 'answer="take"')
    assert "hid it" not in text
    assert text.count("Your code raised TypeError") == 1


def test_errors_that_came_out_leave_room_for_those_that_were_hidden():
    answer = f"def take():\n    return queue\n{HIDES.format(line='return conn', kind='')}"
    body = "for _ in range(9):\n    raised_by(take)\nassert read_all([]) == 1, 'Read on.'"
    text = failed(lab_with(answer, setup=RAISED_BY), body, 'answer=("take", "read_all")')
    assert "name 'conn' is not defined" in text
    assert "queue" not in text


OPENS = """
def inner(path):
    try:
        return os.open(path, os.O_RDONLY)
    except {kind}:
        {instead}

def open_directory(path):
    return inner(path)
"""
OPENED = """
from readiness.course import expect
try:
    os.close(open_directory("/"))
    result = open_directory("/gone")
except OSError:
    result = 3
expect.kind(result, int, "open_directory('/gone')")
"""


@pytest.mark.parametrize("instead", ["return None", "return", "pass", "print('no')"])
@pytest.mark.parametrize("kind", ["OSError", "(FileNotFoundError, NotADirectoryError) as error", "Exception"])
def test_a_system_call_error_that_became_none_is_the_cause(kind, instead):
    text = failed(lab_with(OPENS.format(kind=kind, instead=instead)), OPENED, 'answer=("open_directory", "inner")')
    assert "Your code raised FileNotFoundError: [Errno 2]" in text
    assert "  at: return os.open(path, os.O_RDONLY)   (inner, line 4)\nAn except of yours hid it, and the call" in text
    assert "Expected open_directory('/gone') to return an int, saw None." in text
    assert "Is a return missing?" not in text


def test_an_error_of_an_earlier_call_hides_nothing():
    names = lab_with(OPENS.format(kind="OSError", instead="return None") + "def nothing():\n    pass\n")
    body = "from readiness.course import expect\nopen_directory('/gone')\nexpect.kind(nothing(), int, 'nothing()')"
    text = failed(names, body, 'answer=("open_directory", "inner", "nothing")')
    assert "hid it" not in text
    assert "Is a return missing?" in text


def test_a_loop_in_a_handler_is_stopped_and_what_it_hid_is_said():
    answer = "def read_all():\n    while True:\n        try:\n            conn\n        except:\n            pass\n"
    text = failed(lab_with(answer), "read_all()", 'answer="read_all", timeout=0.1')
    assert "Your code raised NameError: name 'conn' is not defined" in text
    assert "It was stopped after 0.1 seconds" in text


def test_a_local_name_without_a_value_is_put_in_plain_words():
    text = failed(lab_with("def add(chunk):\n    data += chunk\n    return data\n"), "add(1)", 'answer="add"')
    assert "Your code raised UnboundLocalError" in text
    assert "The function assigns to data, so data is its own variable. Here it has no value yet." in text


def test_a_note_on_the_error_is_shown():
    body = """
    try:
        select_any([])
    except Exception as error:
        error.add_note("The call was select_any([]).")
        raise
    """
    text = failed(lab_with("def select_any(fds):\n    return max(fds)\n"), body, 'answer="select_any"')
    assert "Your code raised ValueError: " in text
    assert "The call was select_any([])." in text


WRAPPED = """
import textwrap
from readiness.base.code_location import cell_location, traceback_places

def show(error, other):
    return {call}
"""


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("traceback_places(3)", "In this line, traceback_places was called with error = 3."),
        ("cell_location(other)", "In this line, cell_location was called with error = a function."),
        ("traceback_places(bytes(10_000_000))", "In this line, traceback_places was called with error = a bytes."),
        ("cell_location(error.gone)", ""),  # the line fails before the call
        ("error.fileno()", ""),
        ("abs(other)", ""),  # Python's own function
        ("textwrap.dedent(error)", ""),
        ("(lambda value: value.gone)(error)", ""),  # the learner's own
    ],
)
def test_the_arguments_of_a_given_function_that_failed_are_shown(call, said):
    text = failed(lab_with(WRAPPED.format(call=call)), "show(3, lambda: 1)", 'answer="show"')
    assert f"  at: return {call}   (" in text or "lambda" in call
    assert said in text
    assert ("In this line" in text) == bool(said)


def test_a_given_function_of_the_lab_is_one_too():
    names = lab_with(
        "def show(sock):\n    return number_of(sock, 2)\n",
        setup="def number_of(sock, flag):\n    return sock.fileno()\n",
    )
    text = failed(names, "show(None)", 'answer="show"')
    assert (
        "  at: return number_of(sock, 2)   (show, line 2)\nIn this line, number_of was called with sock = None" in text
    )
    assert "sock is None here" not in text  # that is another function's variable


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("return lenn(chunk)", "There is a name len: is lenn misspelt?"),
        ("return chnk", "There is a name chunk: is chnk misspelt?"),
        ("return [chnk for _ in '12']", "There is a name chunk: is chnk misspelt?"),
        ("return mean(chunk)", "Is it misspelt, or is an import missing?"),
        ("return sock", "Is it misspelt, or is an import missing?"),  # socket is a module
        ("return _hidden_", "Is it misspelt, or is an import missing?"),
        (
            "def inner():\n        return later\n    inner()\n    later = 1",
            "The function around this one assigns to later, and has not done so yet.",
        ),
    ],
)
def test_a_name_that_was_not_found(body, said):
    text = failed(lab_with(f"def add(chunk):\n    {body}\n"), "add(1)", 'answer="add"')
    assert text.splitlines()[3] == said or text.splitlines()[3].startswith(said)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            "length(sock.fileno())",
            "length was called with room = -1\n  at: return length(sock.fileno())   (show, line 4)",
        ),
        ("length(sock)", "length was called with room = a socket\n  at: return length(sock)   (show, line 4)"),
    ],
)
def test_the_arguments_of_an_answer_that_another_answer_called_are_shown(call, said):
    source = f"def length(room):\n    return room.size\ndef show(sock):\n    return {call}\n"
    names = lab_with(source, setup="import socket\n")
    body = "with socket.socket() as sock:\n    pass\nshow(sock)"
    text = failed(names, body, 'answer="show"')
    assert f"at: return room.size   (length, line 2)\n{said}" in text
    assert "was called with" not in failed(names, body, 'answer=("show", "length")')


def test_a_closed_socket_is_called_one():
    setup = "import socket\ndef register(sock):\n    sock.getsockname()\n"
    names = lab_with("def show(sock):\n    sock.close()\n    register(sock)\n", setup=setup)
    text = failed(names, "show(socket.socket())", 'answer="show"')
    assert "OSError: [Errno 9]" in text
    assert "In this line, register was called with sock = a closed socket." in text


def test_a_method_outside_of_its_class_is_lacking():
    names = lab_with("class Lines:\n    pass\ndef feed(self, data):\n    return []\n")
    text = failed(names, "Lines().feed(b'')", 'answer="Lines.feed"')
    assert "Lines has no method feed. Does its def stand in the class, indented, and is its name right?" in text
    assert "Not your code" not in text


SERVER = """
class Server:
    address = ("127.0.0.1", 1)
    def serve(self, stop):
        {loop}
    def accept(self, mask):
        pass
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a copy of a process needs fork")
@pytest.mark.parametrize(
    ("loop", "said", "unsaid"),
    [
        ("self.accept()", "at: self.accept()   (serve, line 5)", "Keep the parameters"),
        ("run(self)", "(accept, line 6)\nThe lab calls it so: ", "unlike"),
        ("self.raed()", "has no attribute 'raed'", "Does its def stand"),
        ("self.read()", "Server has no method read. Does its def stand in the class", "has no attribute"),
    ],
)
def test_a_loop_apart_has_the_call_of_the_learners_line(loop, said, unsaid):
    setup = "from readiness.base.forked_server import ForkedServer\ndef run(server):\n    server.accept()\n"
    names = lab_with(SERVER.format(loop=loop), setup=setup)
    body = "import time\nwith ForkedServer(Server) as server:\n    time.sleep(0.2)\n    server.raise_if_failed()"
    text = failed(names, body, 'answer=("Server.serve", "Server.accept", "Server.read")')
    assert said in text
    assert unsaid not in text


ENDLESS = """
def work():
    while True:
        step()
def step():
    pass
"""


def test_an_endless_loop_has_the_line_of_the_loop_and_no_def(monkeypatch):
    monkeypatch.setattr(os, "getloadavg", lambda: (0.5, 0.5, 0.5), raising=False)
    for _ in range(10):  # where the alarm interrupts it is chance
        text = failed(lab_with(ENDLESS), "work()", 'timeout=0.05, answer="work"')
        assert "  at: def" not in text
        assert "very busy" not in text


def test_a_very_busy_computer_may_be_the_cause_of_a_stop(monkeypatch):
    monkeypatch.setattr(os, "getloadavg", lambda: (39.7, 20, 10), raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    text = failed(lab_with(ENDLESS), "work()", 'timeout=0.05, answer="work"')
    assert "This computer is very busy (load 40 on 2 processors), which may be the cause. Run it again." in text
