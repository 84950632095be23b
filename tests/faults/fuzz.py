"""How a document is spoiled: JSON values put in wrong places, bytes cut, flipped and moved."""

import copy

from hypothesis import strategies as st

ODD = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from([2**31, -(2**53) - 1, 10**40]),
    st.floats(allow_nan=False), st.sampled_from([1e308, -1e308, 5e-324, 0.1 + 0.2]),
    st.text(max_size=6),
    st.sampled_from(["", "\ud800", "NaN", "../x", "=1", "\u202e", "x" * 3000]),
    st.just([]), st.just({}), st.just([[[[]]]]), st.just({"kind": "landmark"}),
)  # fmt: skip
VALUES = st.recursive(
    ODD, lambda of: st.lists(of, max_size=4) | st.dictionaries(st.text(max_size=4), of, max_size=3),
    max_leaves=6,
)  # fmt: skip


def paths_in(data, above=()):
    """Yield the path of every value in a JSON document but the document itself."""
    pairs = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in pairs:
        yield (*above, key)
        if isinstance(value, dict | list):
            yield from paths_in(value, (*above, key))


@st.composite
def spoilt(draw, document):
    """Return a JSON document with up to three values replaced, removed, doubled or added."""
    data = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, 3))):
        paths = sorted(paths_in(data), key=repr)
        if not paths:
            break
        path = draw(st.sampled_from(paths))
        holder = data
        for key in path[:-1]:
            holder = holder[key]
        what = draw(st.sampled_from(["replace", "replace", "remove", "more", "twice"]))
        if what == "replace":
            holder[path[-1]] = copy.deepcopy(draw(VALUES))
        elif what == "remove":
            del holder[path[-1]]
        elif what == "more" and isinstance(holder, dict):
            holder[draw(st.text(max_size=5))] = copy.deepcopy(draw(VALUES))
        elif isinstance(holder, list):
            holder.append(copy.deepcopy(holder[path[-1]]))
    return data


@st.composite
def mangled(draw, body):
    """Return bytes that were flipped, cut, doubled or filled in a few places."""
    found = bytearray(body)
    for _ in range(draw(st.integers(1, 4))):
        if not found:
            break
        at = draw(st.integers(0, len(found) - 1))
        to = min(len(found), at + draw(st.integers(1, 64)))
        what = draw(st.sampled_from(["flip", "cut", "double", "fill", "end"]))
        if what == "flip":
            found[at] ^= 1 << draw(st.integers(0, 7))
        elif what == "cut":
            del found[at:to]
        elif what == "double":
            found[at:at] = found[at:to]
        elif what == "fill":
            found[at:to] = draw(st.binary(min_size=to - at, max_size=to - at))
        else:
            del found[at:]
    return bytes(found)
