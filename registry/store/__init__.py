"""What keeps the file: its lock, its changes and their chain, migrations, verification, copies."""
