"""Finding out what a frame is."""

import pytest

from palaver_runtime.transports.websocket import frames
from palaver_runtime.transports.websocket.frames import Tags


@pytest.mark.parametrize(
    ("pointer", "frame", "tag"),
    [
        ("/type", '{"type":"a"}', "a"),
        ("/type", ' {"payload":{"type":"b"}, "type" : "ä\\u0062" } ', "äb"),
        ("/head/kind", '{"head":{"kind":"a"}}', "a"),
        ("/a~1b~0c", '{"a/b~c":"a"}', "a"),
    ],
)
def test_tag_is_found_wherever_it_stands(pointer, frame, tag):
    """The pointer says where the tag is, whatever stands before it."""
    assert Tags(pointer).find(frame) == tag


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "hello",
        "{",
        "null",
        '"type"',
        "[]",
        '["type"]',
        "{}",
        '{"type":7}',
        '{"type":null}',
        '{"type":{"type":"a"}}',
        '{"type":"\\ud800"}',
        '{"type":NaN}',
        "[" * 5_000 + "]" * 5_000,
        '{"type":' * 5_000 + "1" + "}" * 5_000,
    ],
    ids=range(15),
)
def test_frame_without_a_tag_has_none(frame):
    """Whatever is no object with a string in the place of the tag has none, and nothing is raised."""
    assert Tags("/type").find(frame) == ""


def test_nested_tag_needs_its_parents():
    """On the way to a nested tag there have to be objects."""
    assert Tags("/head/kind").find('{"head":"kind"}') == ""


@pytest.mark.parametrize(
    ("frame", "tag"),
    [
        ('{"type":"a","payload":', "a"),
        (' {\n "type" : "ä" ', "ä"),
        ('{"payload":{},"type":"a"}', ""),
        ('{"type":"\\u0061"', ""),
        ('{"type":"a', ""),
        ('{"type":""', ""),
        (f'{{"type":"{"a" * 256}"', ""),
        ('[{"type":"a"', ""),
    ],
)
def test_glance_sees_a_tag_that_stands_first(frame, tag):
    """Of a frame that is not read, a plain tag at its beginning is seen and no other."""
    assert Tags("/type").glance(frame) == tag


def test_glance_sees_no_nested_tag():
    """A nested tag would take reading the frame."""
    assert Tags("/head/kind").glance('{"head":{"kind":"a"}}') == ""


@pytest.mark.parametrize("pointer", ["", "type"])
def test_pointer_has_to_point_into_the_frame(pointer):
    """Neither the whole frame nor something that is no pointer can be the tag."""
    with pytest.raises(ValueError, match="does not point into"):
        Tags(pointer)


def test_size_is_in_bytes():
    """What counts is the size on the wire."""
    assert (frames.size("abc"), frames.size("ü")) == (3, 2)
