"""What the tools know of the words of the course: the phrases to avoid, the sentences of a text, the known words."""
