"""What a written day means: its readings as text, days against ink, the days that were likely."""
