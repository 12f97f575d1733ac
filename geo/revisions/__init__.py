"""Shared objects: who changed what since somebody last read it, so that no write is lost."""
