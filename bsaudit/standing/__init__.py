"""How a host stands with others: the DNS lists that name it, and what a listing means."""
