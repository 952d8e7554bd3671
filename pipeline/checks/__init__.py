"""The flags: every coded reason for a person to look, and the rules that raise them."""
