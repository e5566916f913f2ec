"""Watching patients after alemtuzumab: what they and the team are given, and what was done.

The rules are those of `adjudication.surveillance.judge`; `facts` reads what it asks with, and the list of all patients
is `worklist`.
"""
