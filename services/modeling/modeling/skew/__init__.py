"""What is served beside what a version was trained on, feature by feature."""
