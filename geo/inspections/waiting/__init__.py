"""What waits for whom, a reminder for the other side, and the hand-over to a successor."""
