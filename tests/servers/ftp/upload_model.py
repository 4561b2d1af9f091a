"""What uploads do to files, as a model: written from the table in `upload_states.md`, and from nothing of the server.

The model keeps what is on the disk: the content of each file, and of each user's partial of a file. A method returns
the code of the reply that a client must see.
"""

UNCOUNTED = b"\0"  # a last byte that does not count


class UploadModel:
    """The files of one server.

    Attributes:
        files: the content of each file, by its name.
        partials: what has arrived of each broken upload, by user and name.
        told: the file whose size each user's client has last asked for.
    """

    def __init__(self):
        self.files = {}
        self.partials = {}
        self.told = {}

    def seen(self, user, name):
        """What SIZE, LIST and APPE of the user mean: its partial without the last byte, else the file, else None."""
        partial = self.partials.get((user, name))
        return self.files.get(name) if partial is None else partial[:-1]

    def kept(self, user, name, offset):
        """The bytes that an upload at `offset` keeps; None if it is refused with 554. `offset` None is APPE."""
        there = self.seen(user, name) or b""
        count = len(there) if offset is None else offset
        if (user, name) not in self.partials:
            return there[:count] if count <= len(there) else None
        possible = count <= len(there) if self.told.get(user) == name else count in (0, len(there))
        return self.partials[user, name][:count] if possible else None

    def complete(self, user, name, content):
        """An upload ended cleanly: its content is the file."""
        self.partials.pop((user, name), None)
        self.files[name] = content

    def break_off(self, user, name, content, reset=False):
        """An upload broke off after some bytes had arrived. After a reset the partial has one byte more."""
        self.partials[user, name] = content + UNCOUNTED * reset

    def run_out_of_space(self, user, name, kept):
        """The disk was full: the partial gives back what this upload took."""
        if self.partials.pop((user, name), None) is not None and kept:
            self.partials[user, name] = kept + UNCOUNTED

    def delete(self, user, name):
        if self.seen(user, name) is None:
            return 550
        self.partials.pop((user, name), None)
        self.files.pop(name, None)
        return 250

    def rename(self, user, old, new):
        if self.seen(user, old) is None:
            return 550
        if old != new:
            partial = self.partials.pop((user, old), None)
            if old in self.files:
                self.files[new] = self.files.pop(old)
                self.partials.pop((user, new), None)
            if partial is not None:
                self.partials[user, new] = partial
        return 250

    def listed(self, user):
        """The names that the user sees, with the sizes."""
        names = {*self.files, *(name for owner, name in self.partials if owner == user)}
        return {name: len(self.seen(user, name)) for name in names}
