"""The history of the tables, each step as it was when it was written."""
