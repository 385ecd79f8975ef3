"""What an incident on real systems needs: their programs, and the systems themselves."""
