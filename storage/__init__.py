"""Everything that is stored: conversations, the outbox, campaigns, and the answers that people have sent."""
