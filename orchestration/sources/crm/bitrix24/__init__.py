"""Bitrix24, cloud or self-hosted, by its REST methods."""
