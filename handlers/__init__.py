"""The program's behaviour: one package for each kind of event, see docs/architecture.md."""
