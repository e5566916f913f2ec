"""Watching patients after alemtuzumab: what they and the team are given, and what was done.

The rules stand in `adjudication.surveillance.ladder`; the list of all patients is `registry.surveillance.worklist`.
"""
