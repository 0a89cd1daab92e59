### The texts of opening a campaign, in English, for coordinators only.

title = Open a campaign

welcome =
    <b>Open a campaign.</b> A campaign is one link for your group to share. Whoever follows it answers to you.

    It takes two minutes. Nothing is open until you say so, at the end.

kept =
    <b>How is this kept?</b>

    What you type here is read by all who follow the link. So it is kept as you type it, names too.

    Who opened a campaign, and when, is noted for whoever runs this bot.

about =
    <b>What a campaign is for</b>

    People answer about one service or place. What they say is given back to them and to your group, when enough have answered.

    Nobody can be told from it: you never see one person's answers come in.

# The buttons of the steps, where they differ from those for respondents.
how_kept = How is this kept?
    .also = privacy, who sees this
send = Open the campaign
    .also = open, open it, send, yes, done
keep_comment = Keep it
    .also = keep, keep it, yes, ok
delete = Delete what I typed
    .also = delete, delete it

about_what = Which service or place is it about?
    .name = About
    .why = People read this before they answer: “Please think of …”. It also stands over your results.

asker = Who asks? Type the name of your group.
    .name = Who asks
    .why = People want to know whom they answer to. A group's name is best, not a person's.

promise =
    What do people get back for their answers?

    Such as: we read all of it, and tell you what we will change.
    .name = What comes back
    .why = Nobody likes to be asked and never told. A promise that you keep brings more answers next time.

back_in = By when will people hear from you? Counted from today.
    .name = By when
    .why = A day makes a promise real. People see it before they answer.
    .two_weeks = In 2 weeks
    .two_weeks-also = two weeks, 2 weeks
    .four_weeks = In 4 weeks
    .four_weeks-also = four weeks, 4 weeks, a month, one month, in a month
    .eight_weeks = In 8 weeks
    .eight_weeks-also = eight weeks, 8 weeks, two months, 2 months, in two months
    .three_months = In 3 months
    .three_months-also = three months, 3 months
    .skipped = no day
    .no_day = I can't say yet
    .no_day-also = not sure, don't know, no idea, can't say

welcome_line = Is there a line of your own for the first screen?
    .name = Your own line
    .why = A line from people they know helps more than anything we could write.

open_for = How long is it open?
    .name = Open for
    .why = After that nobody can begin. Who is in the middle can still send.
    .two_weeks = 2 weeks
    .two_weeks-also = two weeks
    .four_weeks = 4 weeks
    .four_weeks-also = four weeks, a month, one month
    .eight_weeks = 8 weeks
    .eight_weeks-also = eight weeks, two months, 2 months
    .three_months = 3 months
    .three_months-also = three months
    .skipped = until you close it
    .until_closed = Until I close it
    .until_closed-also = until closed, open end, for ever, forever
