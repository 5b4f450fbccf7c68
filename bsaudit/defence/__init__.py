"""What a victim of backscatter puts into the own server: guides.toml, and how it reads. Pure."""
