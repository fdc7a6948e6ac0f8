"""The rooms of the FLARE POC runner: everything that a run of real federated jobs on one machine needs."""
