"""Images and PDFs, judged as seen: sizes and contrasts are measured on the finished image."""
