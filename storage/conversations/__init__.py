"""What is stored about conversations: runs, chats, groups, the outbox, dead letters, locks."""
