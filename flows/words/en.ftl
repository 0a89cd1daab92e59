### The texts that all flows share, in English: the buttons of the steps, and what a person may type for them.

start = Let's start
    .also = start, begin, yes, yes please, yep, yeah, ok, okay, ok then, okay then, go, go on, go on then, go ahead, let's go, sure, fine, ready, i'm ready, i am ready, ready when you are, ready when you are love
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
    .also = continue, resume, go on, back, hello, hello again, hello there, hi, hi again, hey, good morning, good afternoon, good evening, i'm back, i am back
send = Send my answers
    .also = send, send it, yes, submit
keep_comment = Keep it as a comment
    .also = keep, keep it, yes, ok
leave_out = Leave it out
    .also = leave, no, drop it, delete it
redact = Take it out
    .also = take out, take it out please, take them out, take that out, remove it, leave it out, yes, yes please, yeah, yep, ok, okay, please, please do, go on, sure
keep_original = Keep my words as they are
    .also = keep, keep it, keep them, keep my words, keep it as it is, keep them as they are, leave it as it is, leave it in, leave them, as they are, as it is, no, no thanks, no thank you, nope, don't, please don't
none_of_these = None of these
    .also = none, neither, no
nothing_to_add = Nothing to add
    .also = nothing, nothing else, no, none, nope, no thanks, no thank you
help = Help
    .also = help, help me

delete = Delete my answers
    .also = delete, delete my answers please, delete all my answers

# Asked beside the current step: whether to delete the answers, or to give them up for something else.
delete_yes = Yes, delete them
    .also = yes, yes please, yeah, yep, delete them, delete it, delete them all, delete all of them, delete everything
delete_no = No, keep them
    .also = no, no thanks, no thank you, nope, keep, keep it, keep them, don't, don't delete, don't delete them, please don't
begin_other = Delete them, begin the other
    .also = delete them, begin the other, begin the other one, the other, the other one
open_instead = Delete them, open a campaign
    .also = delete them, delete it, open a campaign, open the campaign

# Words that say nothing by themselves. They are ignored before and after an answer: "well, a bit better, love".
filler_before = well, um, umm, er, erm, uh, oh, ah, hmm, yeah, yep, love, dear, duck, mate, please, so, i think, i guess, i suppose, i'd say, i would say, to be honest, honestly, if anything, probably, maybe, it's, it is
filler_after = love, dear, duck, mate, pet, please, thanks, thank you, ta, really, i think, i guess, i suppose, i'd say, i would say, to be honest, tbh, honestly, if anything, probably, maybe, yeah, um, er

# When a person types one of these, the helplines are shown at once, and the text is kept all the same.
# One missed, added or swapped letter is allowed in a word of five letters or more; apostrophes are ignored.
distress =
    kill myself, killing myself, kil myself, kill my self, killed myself, suicide, suicidal, sucidal, suiside, end my life, ending my life, end it all, ending it all, end my own life, take my life, take my own life, taking my own life, top myself, topping myself, hang myself, drown myself,
    want to die, wanna die, wanting to die, ready to die, rather be dead, wish i was dead, wish i were dead, better off dead, better off without me,
    wish i wasn't here, wish i was not here, wish i weren't here, wish i wasn't alive, wish i was never born, don't want to be here, do not want to be here, dont wanna be here, don't want to be alive, don't want to live, do not want to live, don't want to wake up, don't want to go on, do not want to go on,
    no point living, no point in living, no point in going on, no point going on, no point carrying on, no reason to live, nothing to live for, not worth living, isn't worth living,
    can't go on, cannot go on, can not go on, can't carry on, cannot carry on, can not carry on,
    i can't cope, i cannot cope, i can not cope, can't cope any more, can't cope anymore, cannot cope any more, cannot cope anymore, can not cope any more, can not cope anymore,
    can't do this any more, can't do this anymore, cannot do this any more, cannot do this anymore, can not do this any more, can not do this anymore, can't do it any more, can't do it anymore, cannot do it any more, cannot do it anymore,
    can't take any more, can't take anymore, cannot take any more, cannot take anymore, can't take it any more, can't take it anymore, cannot take it any more, cannot take it anymore, can't take this any more, can't take this anymore, can't take much more, cannot take much more,
    can't stand it any more, can't stand it anymore, can't live like this, cannot live like this,
    end of my tether, end of my rope, at my wits end, at breaking point, want it to stop, want it all to stop, want it to end, want it all to end, overdose, overdosed,
    harm myself, harming myself, hurt myself, hurting myself, cut myself, cutting myself, self harm, self harming

# The same for danger from someone else.
danger =
    he hits me, she hits me, they hit me, he hit me, she hit me, he hurts me, she hurts me, they hurt me, he hurt me, she hurt me, he beats me, she beats me, they beat me, he's hitting me, she's hitting me, is hitting me, are hitting me, keeps hitting me, keeps hurting me, he's hurting me, she's hurting me, beats me up, beat me up, he punches me, she punches me, he kicks me, she kicks me,
    husband hits me, wife hits me, partner hits me, boyfriend hits me, girlfriend hits me, son hits me, daughter hits me, dad hits me, mum hits me, father hits me, mother hits me, brother hits me, sister hits me, carer hits me,
    husband hurts me, wife hurts me, partner hurts me, boyfriend hurts me, girlfriend hurts me, son hurts me, daughter hurts me, dad hurts me, mum hurts me, father hurts me, mother hurts me, brother hurts me, sister hurts me, carer hurts me,
    going to kill me, gonna kill me, tried to kill me, threatens to kill me, threatened to kill me, threatens me, he threatened me, she threatened me, threatening me,
    not safe at home, not safe in my home, not safe in my own home, don't feel safe at home, do not feel safe at home, unsafe at home,
    scared of him, scared of her, scared of them, scared of my husband, scared of my wife, scared of my partner, scared of my son, scared of my daughter, afraid of him, afraid of her, afraid of them, frightened of him, frightened of her, frightened of them, terrified of him, terrified of her, terrified of them,
    he abuses me, she abuses me, they abuse me, being abused, raped me, locks me in, won't let me leave
