"""Camera settings, one TOML file per camera model (SFNC feature = value)."""
