"""Mappings of known laboratory files, one TOML file each."""
