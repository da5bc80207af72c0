"""A small Teams and a small Entra tenant on this computer, to try and to test Guestlist.

Nothing here is imported by the product, and nothing of the product is imported here.
"""
