"""What the tools know of episodes: their parts, their order, and the rules that `tools.check_lessons` checks."""
