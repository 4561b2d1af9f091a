"""The ground of all other packages: messages, worker processes, servers in a thread or in a forked process.

It knows nothing of what is served, measured or taught, and it imports no other package of the course.
"""
