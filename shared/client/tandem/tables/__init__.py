"""Job results, proposals and publications on a terminal: lines and tables of rich."""
