"""Values as they come from Python programs and go to a service, and as a person reads them."""
