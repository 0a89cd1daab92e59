"""What the people of a campaign said, all together, for those whom it came from."""
