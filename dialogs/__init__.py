"""How Guestlist converses: one module per flow; a turn comes in, a reply goes out; no rule lives here."""
