"""Speed, measured. Say figures as ratios within one run: machines differ, and are noisy."""
