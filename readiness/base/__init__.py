"""What every other package builds on: messages, worker processes, a server in the background or in a forked process.

It knows nothing of servers, measurements or notebooks, and it imports no other package of the course.
"""
