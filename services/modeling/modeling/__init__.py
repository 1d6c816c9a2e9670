"""Trains TensorFlow models from published datasets and answers predictions; no Spark anywhere near it."""

import os

# Whatever imports TensorFlow comes through here first. It reads this while it loads; 2 leaves its errors.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
