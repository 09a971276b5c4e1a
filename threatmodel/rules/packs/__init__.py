"""Rule packs: an organisation's own rules beside those of frameworks/."""
