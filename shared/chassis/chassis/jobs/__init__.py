"""Jobs: their states, their durable table, and the operations of clients and workers on it."""
