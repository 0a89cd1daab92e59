"""What was sent: the waiting inbox, releases, who took part. No other module reads or writes these tables."""
