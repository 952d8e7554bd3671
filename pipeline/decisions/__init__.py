"""What people decide: the questions that a return asks, the answers, the order of the queue, rows after decisions."""
