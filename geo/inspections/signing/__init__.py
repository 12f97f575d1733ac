"""What is signed, by key and by seal, and which signatures still stand."""
