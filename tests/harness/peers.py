"""The same steps with nacelle and with another runtime, compared."""

from .checks import equal


def same_as(peer, verbs):
    """Calls verbs(runtime) with nacelle and with the peer; fails unless every step of the peer gave the same with nacelle. Gives
    nacelle's steps: name -> what it gave."""
    ours, theirs = verbs("nacelle"), verbs(peer)
    for step, said in theirs.items():
        equal(ours[step], said, step)
    return ours
