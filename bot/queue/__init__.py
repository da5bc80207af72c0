"""Wakes somebody for a time, nothing more: what is due stands in the store."""
