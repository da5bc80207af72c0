"""What Guestlist is: rules, ports and use cases, on the standard library alone."""
