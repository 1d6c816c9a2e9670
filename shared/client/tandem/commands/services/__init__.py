"""The services on this machine: run them (`up`), and check their surroundings (`doctor`)."""
