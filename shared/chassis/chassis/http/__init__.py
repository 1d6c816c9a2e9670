"""What every request goes through, and the routes that all services have."""
