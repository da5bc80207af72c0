"""What is measured and told of Guestlist; OpenTelemetry lives only here, loaded where it is asked for."""
