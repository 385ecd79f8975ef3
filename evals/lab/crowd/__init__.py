"""Thousands of simulated pods on a real API server, and what a live sweep of them costs."""
