"""The installation's own certificate authority: who is who at the broker.

`certificates`, `requests` and `revocation` are pure functions on `cryptography`; `folder` keeps the authority and the
services' identities in files.
"""
