"""Twilio: calls and their recordings by the REST API."""
