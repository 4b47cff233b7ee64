"""interim"""


def served(settings):
    return None
