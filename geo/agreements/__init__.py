"""What is carried out once every side has agreed and the authority above has approved."""
