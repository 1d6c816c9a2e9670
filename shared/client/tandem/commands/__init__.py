"""The subcommands of `tandem`, a module each."""
