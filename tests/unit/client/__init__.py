"""The client against servers that follow a script, and against the real one."""
