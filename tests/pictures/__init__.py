"""Pictures, judged as seen: sizes and contrasts are measured on the finished picture."""
