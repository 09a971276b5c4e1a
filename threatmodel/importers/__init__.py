"""Descriptions made from what people already have: tool lists, configs, cards, manifests."""
