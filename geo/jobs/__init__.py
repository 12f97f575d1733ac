"""Long work as the user sees it: state, progress, result; the queue itself is procrastinate's."""
