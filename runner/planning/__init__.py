"""Storyboard, manifest, lock and ledger to graph, requests and plan. Pure: no clock, no network, no files."""
