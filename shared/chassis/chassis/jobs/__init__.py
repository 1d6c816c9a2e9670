"""Jobs at rest: their states, their durable table, and what clients and workers may do with them."""
