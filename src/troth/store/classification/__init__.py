"""What is personal here, whose is it, why may we hold it, for how long, and how does it go?

The reviewed record of processing (GDPR Art. 30): `columns` for the tables, `fields` for what source
systems deliver. A column or field that stands in neither fails the build, so that nobody adds one
without having thought of it.
"""
