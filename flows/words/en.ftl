### The words that every walk shares, in English: the way through it, and the words a person may type for it.

start = Let's start
    .also = start, begin, yes, ok, okay, go, ready
how_kept = How are my answers kept?
    .also = privacy, is it private, who sees this
skip = Skip
    .also = next, pass, no comment
back = ‹ Back
    .also = back, go back, previous, undo
why = Why ask?
    .also = why, why do you ask, why are you asking
stop = Stop for now
    .also = stop, pause, later, not now
carry_on = Carry on
    .also = continue, resume, go on, back, hello, hello again, hi, hi again, hey, i'm back, i am back
send = Send my answers
    .also = send, send it, yes, submit
keep_comment = Keep it as a comment
    .also = keep, keep it, yes, ok
leave_out = Leave it out
    .also = leave, no, drop it, delete it
none_of_these = None of these
    .also = none, neither, no
nothing_to_add = Nothing to add
    .also = nothing, nothing else, no, none, nope, no thanks, no thank you
help = Help
    .also = help, help me

# When a person types one of these, we say at once who to ring, and keep the words all the same.
distress = can't go on, cannot go on, cant go on, kill myself, end my life, want to die, wish i was dead, better off dead, suicide, suicidal, harm myself, hurt myself, no reason to live, can't take any more, can't take it any more, at breaking point
