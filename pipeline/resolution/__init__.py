"""What readings mean beside the roster and the batch: article, authors, signer, day."""
