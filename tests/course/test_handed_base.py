"""A base class without the methods that a learner writes: what is missing or misspelt, and super(), is not written."""

import pytest

from readiness.base.unwritten import UnwrittenError
from readiness.course import checks
from readiness.course.handed_base import without_methods
from tests.course.cells import failed, lab_with


class Session:
    """A session of the course."""

    def feed(self, data):
        return "solution"

    def dispatch(self, line):
        return "solution"

    def reply(self):
        return "given"


Handed = without_methods(Session, "feed", "dispatch")


def sentence(kind, method="feed"):
    with pytest.raises(UnwrittenError) as caught:
        getattr(kind(), method)(b"")
    return str(caught.value)


def test_the_rest_of_the_class_is_there():
    assert issubclass(Handed, Session)
    assert Handed().reply() == "given"
    assert (Handed.__name__, Handed.__doc__) == ("Session", "A session of the course.")
    assert Session().feed(b"") == "solution"


def test_a_method_that_is_written_is_called():
    class Lines(Handed):
        def feed(self, data):
            return "mine"

    assert Lines().feed(b"") == "mine"
    assert "has no method dispatch. It has feed instead." in sentence(Lines, "dispatch")


def test_an_empty_class_has_no_methods():
    class Lines(Handed):
        pass

    assert sentence(Lines) == "Lines has no method feed. It has no methods: is the def indented below the class?"


def test_a_misspelt_method_is_named():
    class Lines(Handed):
        def fede(self, data):
            return "mine"

    assert sentence(Lines) == "Lines has no method feed. It has fede: is the name misspelt?"

    class Probe(Lines):
        def do_fail(self):
            pass

    assert sentence(Probe) == sentence(Lines)


def test_of_several_classes_the_one_with_the_similar_name_is_named():
    class Lines(Handed):
        def fede(self, data):
            return "mine"

    class Commands(Handed):
        def work(self):
            return "mine"

    both = type("Yours", (Lines, Commands), {})
    assert sentence(both) == "Lines has no method feed. It has fede: is the name misspelt?"
    assert sentence(both, "dispatch") == "None of Lines, Commands has a method dispatch."


def test_super_reaches_the_same_error():
    class Lines(Handed):
        def feed(self, data):
            return super().feed(data)

    assert sentence(Lines).startswith("Lines.feed calls super().feed(), and the base class of this lab has no feed")


@pytest.mark.parametrize("call", ["self.feed(line)", "super().feed(line)"])
def test_a_method_of_ones_own_that_calls_the_missing_one_has_its_line(call, tmp_path, monkeypatch):
    monkeypatch.setenv(checks.PROGRESS_ENV, str(tmp_path))
    setup = (
        "from tests.course import test_handed_base\n"
        "from readiness.course.handed_base import without_methods\n"
        "Session = without_methods(test_handed_base.Session, 'feed', 'dispatch')\n"
    )
    answer = f"class Commands(Session):\n    def dispatch(self, line):\n        {call}\n"
    text = failed(lab_with(answer, setup=setup), "Commands().dispatch(b'')", 'answer="Commands.dispatch"')
    assert "Your code raised AttributeError: Commands has no method feed. It has dispatch instead.\n" in text
    assert f"\n  at: {call}   (dispatch, line 3)\n" in text
    assert "Not written" not in text


def test_the_handed_class_alone_says_that_it_is_yours():
    assert sentence(Handed) == "Session.feed is yours to write, in a class of your own."


def test_a_name_that_the_class_does_not_have_is_an_error_of_the_lab():
    with pytest.raises(AttributeError, match="fede"):
        without_methods(Session, "fede")


def test_classes_of_two_runs_of_the_setup_work_together():
    class Course:
        def feed(self):
            return "course"

        def dispatch(self):
            return "course"

    class Lines(without_methods(Course, "feed", "dispatch")):
        def feed(self):
            return "own"

    class Commands(without_methods(Course, "feed", "dispatch")):
        def dispatch(self):
            return "own"

    class Yours(Lines, Commands):
        pass

    assert (Yours().feed(), Yours().dispatch()) == ("own", "own")
