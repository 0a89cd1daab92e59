"""Pictures of results, drawn with Pillow. All words come in as arguments: there is no text in here."""
