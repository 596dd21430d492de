"""The cellar: engine, tables, migrations."""
