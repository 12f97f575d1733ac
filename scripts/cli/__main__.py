"""Lets ``python -m scripts.cli`` be ``yutu``."""

from scripts.cli import main

main()
