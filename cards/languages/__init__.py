"""The languages of the catalogue besides English, a file each, and what keeps them to the code."""
