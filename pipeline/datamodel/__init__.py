"""What passes between the rooms: records, errors, phrases of sentences, text made comparable, records as JSON."""
