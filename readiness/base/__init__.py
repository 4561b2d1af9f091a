"""What all other packages build on: messages, child processes, servers in a thread or in a forked process.

It knows no service, no measurement and no lesson, and it imports no other package of the course.
"""
