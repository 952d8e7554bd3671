"""What the tests make their inputs from, and stand-ins for the slow parts."""
