"""Values of several numbers as they are requested; planning turns each into features of one number."""
