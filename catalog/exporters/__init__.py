"""What is handed out: listings with their pictures in the words of the platforms, and the lists of the stock desks."""
