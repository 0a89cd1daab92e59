"""Downloads: what the gate shows of a campaign, as files that explain themselves. Everything comes from the gate."""
