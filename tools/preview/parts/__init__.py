"""The sections of a comment, each made from a recording and its analysis; None where there is nothing to say."""
