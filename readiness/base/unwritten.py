"""An error that says in a sentence which function a learner has not written yet."""


class UnwrittenError(NotImplementedError):
    """A function is not written yet. The text of this error is a sentence that names the function."""
