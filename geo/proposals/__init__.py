"""Proposed changes of what two governments share: consent of every side, approval from above."""
