"""Settings of nbgrader for the labs of this course. Copy this file to the folder of your nbgrader course.

docs/teachers.md says how the labs are graded.
"""

from nbgrader.converters import Autograde, GenerateAssignment
from nbgrader.preprocessors import DeduplicateIds, NbGraderPreprocessor


class RemoveDiscussion(NbGraderPreprocessor):
    """Leave out the cells with the tag "solution": the discussion, which names the right answers."""

    def preprocess(self, nb, resources):
        """Return the notebook without these cells."""
        nb.cells = [cell for cell in nb.cells if "solution" not in cell.metadata.get("tags", [])]
        return nb, resources


class UnmarkCopies(DeduplicateIds):
    """Make an ordinary cell of a marked cell of which the student has made a copy.

    nbgrader grades the last copy. It empties the marks of the others, and then refuses the notebook as too old.
    """

    def preprocess(self, nb, resources):
        """Return the notebook without empty marks."""
        nb, resources = super().preprocess(nb, resources)
        for cell in nb.cells:
            if not cell.metadata.get("nbgrader", True):
                del cell.metadata["nbgrader"]
        return nb, resources


c = get_config()  # noqa: F821 – nbgrader defines it
c.GenerateAssignment.preprocessors = [RemoveDiscussion, *GenerateAssignment.class_traits()["preprocessors"].default()]
c.Autograde.sanitize_preprocessors = [
    UnmarkCopies if each is DeduplicateIds else each
    for each in Autograde.class_traits()["sanitize_preprocessors"].default()
]
c.ClearSolutions.code_stub = {"python": 'raise NotImplementedError("your code here")'}  # as in labs/
c.Execute.timeout = 120  # seconds for a cell; the checks have shorter time limits of their own

# c.CourseDirectory.course_id = "whos-ready"  # the name of your course
# c.Exchange.root = "/srv/nbgrader/exchange"  # a folder that all users can write to
