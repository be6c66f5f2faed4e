"""Arguments of reflected classes, bound to their signatures; a mistake names the class, and what it takes."""

import difflib


def bind(name, signature, args, kwargs):
    """``signature.bind(*args, **kwargs)``, with errors that help."""
    try:
        return signature.bind(*args, **kwargs)
    except TypeError:
        raise TypeError(_mistake(name, signature, args, kwargs)) from None


def _mistake(name, signature, args, kwargs):
    parameters = list(signature.parameters.values())
    takes = f"\nIt takes {name}{signature}"
    by_position = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    for word in kwargs:
        if word not in signature.parameters:
            near = difflib.get_close_matches(word, signature.parameters, 1, 0.6)
            return f"{name}(): no keyword '{word}'" + (f"; did you mean '{near[0]}'?" if near else "") + takes
    if len(args) > len(by_position):
        return f"{name}(): takes at most {len(by_position)} positional arguments, got {len(args)}" + takes
    given = {p.name for p in by_position[:len(args)]}
    for word in kwargs:
        if word in given:
            return f"{name}(): got '{word}' twice, by position and by name" + takes
    missing = [f"'{p.name}'" for p in parameters
               if p.default is p.empty and p.name not in given and p.name not in kwargs]
    return f"{name}(): missing {', '.join(missing)}" + takes
