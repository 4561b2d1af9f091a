"""Settings of nbgrader for the labs of this course. Copy this file to the folder of your nbgrader course.

docs/teachers.md says how the labs are graded.
"""

from nbgrader.converters import GenerateAssignment
from nbgrader.preprocessors import NbGraderPreprocessor


class RemoveDiscussion(NbGraderPreprocessor):
    """Leave out the cells with the tag "solution": the discussion, which names the right answers."""

    def preprocess(self, nb, resources):
        """Return the notebook without these cells."""
        nb.cells = [cell for cell in nb.cells if "solution" not in cell.metadata.get("tags", [])]
        return nb, resources


c = get_config()  # noqa: F821 – nbgrader defines it
c.GenerateAssignment.preprocessors = [RemoveDiscussion, *GenerateAssignment.class_traits()["preprocessors"].default()]
c.ClearSolutions.code_stub = {"python": 'raise NotImplementedError("your code here")'}  # as in labs/
c.Execute.timeout = 120  # seconds for a cell; the checks have shorter time limits of their own

# c.CourseDirectory.course_id = "whos-ready"  # the name of your course
# c.Exchange.root = "/srv/nbgrader/exchange"  # a folder that all users can write to
