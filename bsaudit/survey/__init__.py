"""A mailbox full of notices: messages → readings → piles → sums. Pure."""
