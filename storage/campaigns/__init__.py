"""Campaigns and the coordinators who open them."""
