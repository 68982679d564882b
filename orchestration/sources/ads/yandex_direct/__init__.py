"""Yandex Direct: statistics by the Reports service."""
