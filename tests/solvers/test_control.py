"""Messages between runtime and fork server, and the frame around a reply."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvers import Layers, Limits, ProtocolError
from solvers.control import (
    ENDING,
    FAULT,
    HEADER_BYTES,
    TOKEN_BYTES,
    Exited,
    Failed,
    NotStarted,
    Ready,
    Report,
    RunRequest,
    Started,
    job_frame,
    read_job_header,
    read_reply,
    reply_frame,
    unpack_report,
)

NUMBERS = st.integers(0, 2**63)
PIDS = st.integers(1, 2**31 - 1)
SECONDS = st.floats(0, 1e9)
TOKENS = st.binary(min_size=TOKEN_BYTES, max_size=TOKEN_BYTES)


@given(NUMBERS, st.builds(Limits, SECONDS, SECONDS, NUMBERS, NUMBERS, NUMBERS))
def test_a_request_is_read_back_as_it_was(run: int, limits: Limits) -> None:
    request = RunRequest(run, limits)
    assert RunRequest.unpack(request.pack()) == request


@given(
    st.one_of(
        st.builds(Ready, st.text(), st.builds(Layers, *[st.booleans()] * 6), st.text(), SECONDS),
        st.builds(Failed, st.text(max_size=4000)),
        st.builds(Started, NUMBERS, PIDS, SECONDS),
        st.builds(NotStarted, NUMBERS, st.integers(0, 200)),
        st.builds(Exited, NUMBERS, st.integers(0, 65535), SECONDS, SECONDS, SECONDS),
    )
)
def test_a_report_is_read_back_as_it_was(report: Report) -> None:
    assert unpack_report(report.pack()) == report


@pytest.mark.parametrize("message", [b"?", b"s", b"x" * 10, b"R{}", b"Rnull", b"F{", b"R[1]"])
def test_a_report_that_is_none_is_refused(message: bytes) -> None:
    with pytest.raises(ProtocolError):
        unpack_report(message)


@given(TOKENS, st.binary(max_size=100))
def test_a_job_header_tells_the_token_and_the_length(token: bytes, job: bytes) -> None:
    frame = job_frame(token, job)
    assert read_job_header(frame[:HEADER_BYTES]) == (token, len(job))
    assert frame[HEADER_BYTES:] == job


@given(TOKENS, st.sampled_from([ENDING, FAULT]), st.binary(max_size=100))
def test_exactly_one_reply_with_the_token_is_a_reply(token: bytes, kind: bytes, body: bytes) -> None:
    frame = reply_frame(token, kind, body)
    assert read_reply(frame, token) == (kind, body)


@given(TOKENS, st.binary(max_size=50), st.data())
def test_anything_else_is_no_reply(token: bytes, body: bytes, data: st.DataObject) -> None:
    frame = reply_frame(token, ENDING, body)
    other = data.draw(TOKENS.filter(lambda drawn: drawn != token))
    cut = data.draw(st.integers(0, len(frame) - 1))
    junk = data.draw(st.binary(min_size=1, max_size=50))
    assert read_reply(frame, other) is None
    assert read_reply(frame[:cut], token) is None
    assert read_reply(frame + junk, token) is None
    assert read_reply(frame + frame, token) is None
    assert read_reply(junk + frame, token) is None
    assert read_reply(reply_frame(token, b"?", body), token) is None
