"""What is seen of predictions as they are made: metrics, and a log of samples. None of it may slow or break one."""
