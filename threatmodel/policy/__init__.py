"""What a proxy must enforce: the plan, its formats, what each loses, and what is left over."""
