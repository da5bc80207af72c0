"""The use cases, asynchronous, over ports alone."""
