"""What the drivers raise, and what is made of it."""

import asyncpg

from bot.store.trouble import TROUBLE, explained, is_lost, is_undone


def test_a_driver_that_a_server_left_in_the_middle_of_something_has_lost_its_connection() -> None:
    error = asyncpg.InternalClientError("cannot switch to state 11; another operation (2) is in progress")

    assert isinstance(error, TROUBLE)
    assert is_lost(error)
    assert is_undone(error)
    assert "connection to the database was lost" in str(explained(error))
