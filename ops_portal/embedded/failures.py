"""What stops the embedded servers; the text says what to do."""


class EmbeddedFailure(RuntimeError):  # noqa: N818 - we name what happened
    """The servers can't be had. Shown to the person at the terminal as it is, without a traceback."""
