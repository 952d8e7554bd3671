"""What a return's clauses say otherwise than the form's."""
