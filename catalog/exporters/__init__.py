"""What is handed out for the platforms: listings with their pictures, and the units that shops show."""
