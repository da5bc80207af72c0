"""Pure and synchronous: what may happen, decided from values alone."""
