"""From a blank agreement to a form's folder, and how well returns fit it."""
