"""What those cost who mean no good."""
