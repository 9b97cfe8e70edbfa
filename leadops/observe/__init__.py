"""What operators see from outside: logs for programs, traces, errors. All of it is off at first."""
