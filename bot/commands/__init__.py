"""The operator's commands, one file a group: `register` says how each is written, and what runs it."""
