"""Who looks after which lead, and what people tell each other of one."""
