"""The shell: everything that speaks to a machine, one folder per vendor."""
