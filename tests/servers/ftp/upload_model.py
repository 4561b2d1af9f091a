"""What uploads do to files, as a model: written from the table in `upload_states.md`, and from nothing of the server.

The model keeps what is on the disk: the content of each file, and of each user's partial of a file. A method returns
the code of the reply that a client must see.
"""


class UploadModel:
    """The files of one server.

    Attributes:
        files: the content of each file, by its name.
        partials: what has arrived of each broken upload, by user and name.
        from_file: True if the last upload keeps bytes of the file, and not of the partial.
        told: the partial whose size each user's client has last asked for, by user and name.
        has_listed: the users whose client has asked for a listing.
    """

    def __init__(self):
        self.files = {}
        self.partials = {}
        self.told = {}
        self.has_listed = set()
        self.from_file = False

    def seen(self, user, name):
        """What SIZE and LIST of the user mean: its partial without the last byte, else the file, else None."""
        partial = self.partials.get((user, name))
        return self.files.get(name) if partial is None else partial[:-1]

    def tell(self, user, name):
        """The client asks for the size of the file."""
        self.told[user, name] = self.partials.get((user, name))

    def disconnect(self, user):
        """The user's client has gone, and the server forgets what it has told."""
        self.told = {key: partial for key, partial in self.told.items() if key[0] != user}
        self.has_listed.discard(user)

    def kept(self, user, name, offset):
        """The bytes that an upload at `offset` keeps; None if it is refused with 554. `offset` None is APPE."""
        partial = self.partials.get((user, name))
        told = partial is not None and self.told.get((user, name)) == partial
        self.from_file = partial is None or (offset is None and name in self.files and not told)
        if self.from_file and partial is not None and user in self.has_listed:
            return None  # the client has seen the size of the partial, and may not know that there is a file
        there = self.files.get(name, b"") if self.from_file else partial
        size = len(there) if self.from_file else max(len(there) - 1, 0)
        count = size if offset is None else offset
        if not (count <= size if self.from_file or told else count in (0, size)):
            return None
        self.told.pop((user, name), None)
        return there[:count]

    def complete(self, user, name, content):
        """An upload ended cleanly: its content is the file."""
        self.partials.pop((user, name), None)
        self.files[name] = content

    def break_off(self, user, name, content):
        """An upload broke off after some bytes had arrived."""
        self.partials[user, name] = content

    def break_off_without_data(self, user, name, kept):
        """An upload broke off before its first byte. If it kept nothing, the partial is empty."""
        if not kept:
            self.partials[user, name] = b""

    def run_out_of_space(self, user, name, kept):
        """The disk was full: the partial gives back what this upload took."""
        self.partials.pop((user, name), None)
        if not (self.from_file and kept):
            self.partials[user, name] = kept

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
        self.has_listed.add(user)
        names = {*self.files, *(name for owner, name in self.partials if owner == user)}
        return {name: len(self.seen(user, name)) for name in names}
