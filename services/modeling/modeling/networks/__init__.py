"""The trainable part of a model, one network per file. Its request fields: `contracts.messages.networks`."""
