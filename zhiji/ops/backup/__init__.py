"""Back-ups: the database, the lake and the data folder's files, encrypted, each piece kept once.

A back-up is a manifest that names pieces by a keyed digest of what is in them, so that the next one writes only what
has changed. Pieces and manifests are encrypted under a key derived from the master key, which is never part of a
back-up: who finds one can't read it, and who loses the master key can't restore it. Of the customers' own keys only the
newest state is kept, so that erasing somebody reaches the older back-ups with the next one.
"""
