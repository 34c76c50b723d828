# Further settings of the service, see docs/settings.md.
settings = {}
