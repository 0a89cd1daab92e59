### The bot's own texts, around those of a flow, in English. Short sentences, one idea each. <b> is bold.

## Questions and typed text

numbered = <b>{ $number } of { $total }.</b> { $text }
noted = Noted: <b>{ $label }</b>
given_choice = You said: <b>{ $label }</b>
given_words = You wrote: “{ $words }”
type_words = Type a few words, or skip. Please leave names out.
type_words_campaign = Type it, or skip.
type_needed = Please type it.
add_words = You can add to it, or leave it as it is.
add_words_campaign = Type it again to change it, or leave it as it is.
change_words = Type it again to change it, or leave it as it is.
chosen = ✓ <b>{ $label }</b>
skipped = – Skipped

leave_as_is = Leave it as it is
clear_answer = Take my words out
not_meant = Not what I meant
back_to_questions = ‹ Back to where I was

which = Did you mean one of these?
comment_offered_choice =
    I'm not sure which answer that is. You wrote:

    “{ $words }”

    Press the nearest one, or keep it as a comment.
comment_offered_text =
    You wrote:

    “{ $words }”

    Shall I keep it as a comment? Then we go on where we were.
comment_offered_text_campaign =
    You wrote:

    “{ $words }”

    Shall I keep that here?
comment_offered_fork =
    You wrote:

    “{ $words }”

    Shall I keep it as a comment? Or press where to go next.
comment_offered_check =
    You wrote:

    “{ $words }”

    Shall I add this to your answers?

words_found =
    Some of that may show who somebody is. I would keep it like this:

    “{ $words }”

    Shall I take it out?

## Notices before a question

welcome_back = Welcome back. Here is where you were.
no_hurry = All right. There is no hurry.
welcome_back_asker_about = Welcome back. You are answering <b>{ $asker }</b> about <b>{ $about }</b>. Here is where you were.
welcome_back_asker = Welcome back. You are answering <b>{ $asker }</b>. Here is where you were.
welcome_back_about = Welcome back. You are answering about <b>{ $about }</b>. Here is where you were.
sent_before = Good to see you again. Your answers are in. If this is about another service, press <b>{ $start }</b>.
answered_already =
    Your answers about { $about } are in. Each person answers once.

    To change them, delete them first: press <b>{ delete_sent }</b> under your result. Then follow the link again.
# The person has sent answers before, and now wanted to send others.
answered_already_unsent =
    Your answers about { $about } were in before, so these were not sent. They are still here.

    To send these instead, delete the earlier ones first: press <b>{ delete_sent }</b> under your earlier result. Then press <b>{ $send }</b> here.
all_done = Thank you. It is all done, and you can close this chat. For another service, press /start.
begin_below = To begin, press <b>{ $start }</b> below. To see who reads your answers, press <b>{ $kept }</b>
begin_below_group =
    To begin, press <b>{ $start }</b> below.

    Who asks, and what you get back, stands above. To see who reads your answers, press <b>{ $kept }</b>
after_downtime = Sorry, I was away for a while, and a tap of yours may be lost. Here is where you were.
after_restore = Sorry, something went wrong on my side, and I may be a little behind. Here is the last place that I know.
run_restarted = Sorry, something went wrong on my side, and I could not keep your earlier answers. We have to begin again.
link_unknown = I don't know that link. It may have a slip in it, or be an old one. You can still answer here, without a group.
link_closed =
    The questions about <b>{ $campaign }</b> are closed now. If you answered them, press <b>{ show_results }</b> under your own result.

    You can still answer here, without a group.
link_early = The questions about <b>{ $campaign }</b> open on { $day }. Please come back then. Or answer here now, without a group.
# While the person is in the middle of other answers.
link_unknown_midway = I don't know that link. It may have a slip in it, or be an old one. Here is where you were.
link_closed_midway = That link is closed now. Here is where you were.
link_early_midway = That link is not open yet. Here is where you were.
link_closed_own = This is closed for new people now. You can still send yours. Here is where you were.
words_kept = Your words are kept too. You can take them out before you send.
found_why = Other people will read your words. Names and numbers can show them who you are, or who you write about.
words_kept_without = Your words are kept too, without what may show who somebody is. You can see them before you send.
text_redacted = I took it out.
original_kept = I kept your words as they are.
comment_kept = Kept, as a comment.
comment_kept_campaign = Kept.
nothing_deleted = Nothing was deleted.
needed = This one can't be left out: people read it before they answer.
not_understood = I'm not sure which one you mean. Please press a button.
press_send = Nearly there. Press <b>{ $send }</b>.

## Who asks, and what comes back

asked_asker_about = <b>{ $asker }</b> would like to know about <b>{ $about }</b>.
asked_asker = <b>{ $asker }</b> would like to hear from you.
asked_about = This is about <b>{ $about }</b>.
promise = <b>What you get back:</b> { $promise }{ $by }
# Comes right after the promise.
promised_by = { " " }(by { $date })
other_underway =
    You have answers about { $here } that are not sent yet.

    You can carry on with them. Or delete them, and begin about { $there }.
other_underway_campaign =
    You began to open a campaign, and it is not open yet.

    You can carry on with it. Or delete what you typed, and begin to answer about { $there }.
# A coordinator opens a campaign while they have unfinished answers.
other_opens =
    You have answers about { $here } that are not sent yet.

    You can carry on with them. Or delete them, and open a campaign.
about_anything = a service of your choice

## The review page

check =
    <b>Check your answers</b>, then send them.

    { $lines }

    To add something, just type it. Nothing is sent until you press <b>{ $send }</b>.
check_campaign =
    <b>Check your campaign</b>, then open it.

    { $lines }

    Nothing is open until you press <b>{ $send }</b>. What it says can't be changed after that.
check_about = <b>About:</b> { $about }
check_asker = <b>Asked by:</b> { $asker }
check_choice = <b>{ $name }:</b> { $label }
check_words = <b>{ $name }:</b> “{ $words }”
check_skipped = <b>{ $name }:</b> skipped
change = Change: { $name }

## Stopping and deleting

stopped =
    That's fine. Your place is kept for { $days } days.

    Come back when it suits you: in an hour, or next week.
nothing_to_stop = There is nothing to stop just now. To begin, press /start.
stopped_early = That's fine. To begin another time, press /start.
deletion_asked =
    Delete all the answers of this chat that are not sent yet?

    They can't be brought back.
deletion_asked_campaign =
    Delete what you typed for the campaign that is not open yet?

    It can't be brought back.
run_deleted_campaign = Done. What you typed is deleted. No campaign was opened. To begin again: /coordinator
run_deleted =
    Done. What you had not sent yet is deleted, and so are your place and the number of this chat.

    If you sent answers before, they are not touched. To delete those, use the button under their result.

    To begin again, press /start.
nothing_to_delete =
    There are no unsent answers to delete.

    To delete answers that you have sent, use the button under their result. Nothing else can do it.
withdrawal_asked =
    Delete the answers that you sent?

    They can't be brought back.
withdraw_yes = Yes, delete what I sent
withdrawn_waiting = Done. The answers that you sent are deleted. Nobody has seen them.
withdrawn_released =
    Done. The answers that you sent are deleted.

    They had already been put with those of others, without a name. They leave the group's results with the next update. What somebody has saved, I can't take back.
# An alert: 200 characters at most.
nothing_withdrawn = These answers are not here any more, or the button is from an older page. There is nothing left to delete with it.

## Personal data: /mydata

data_title = <b>What is kept about you just now</b>
data =
    Your place, and these answers, not sent yet:

    { $lines }

    So that I can reach you: the number of this chat, where my newest buttons are, when you last wrote, and whether you blocked me.

    Sending or /delete erases all this. The numbers of your messages stay two days, without whose they were.
data_no_answers = (no answers yet)
data_no_answers_kept = No answers.
data_no_run = No answers, and not the number of this chat.
data_nothing = Nothing: no answers, not the number of this chat, and no mark that you have sent any. So there is no file to give you.
data_dead_letters = Something that you sent, and that failed. It was my fault. It waits, locked, with the number of this chat.
data_mark = A mark that you have sent answers. It shows nobody who you are.
data_sent = Answers that you have sent are in nobody's name. I can't find them. Only the button under your result can, and delete them.

data_coordinator = As you are a coordinator, or were one: the number of this chat, and what you did as one, with the time. You joined, invited, opened a campaign, shared it, read its comments, closed it, or took its answers as a file. Whoever runs this bot can read that. Answers can't be found by it.

# The file: plain text, so without tags.
data_file_name = my-data.txt
data_file = All that is kept about you, as a file. Whoever has the file can read it.
file_title =
    WHAT IS KEPT ABOUT YOU

    This is all that the chat “{ $title }” keeps about you, on { $date }, { $time } UTC. You asked for it with /mydata.

    Whoever has this file can read it.
date = { $day } { $month ->
        [1] January
        [2] February
        [3] March
        [4] April
        [5] May
        [6] June
        [7] July
        [8] August
        [9] September
        [10] October
        [11] November
       *[12] December
    } { $year }
file_chat =
    THIS CHAT

    The number of this chat: { $chat }
    Telegram gave it. I need it to write to you. No name stands beside it.

    You last wrote: just now.
    You have blocked me: no.
file_no_chat =
    THIS CHAT

    I don't keep the number of this chat.
file_run =
    YOUR ANSWERS, NOT SENT YET

    Questions: { $title }, version { $version }
    Language: { $language ->
        [en] English
       *[other] { $language }
    }
    { $campaign ->
        [general] Group: none
       *[other] Group: { $campaign }
    }
    Erased: after { $until }, if you don't write until then. Before that, when you send them, with /delete, or when you block me.
file_run_campaign =
    A CAMPAIGN THAT YOU BEGAN TO OPEN

    Questions: { $title }, version { $version }
    Erased: after { $until }, if you don't write until then. Before that, when you open it, with /delete, or when you block me.
data_campaign =
    Your place, and this, of a campaign that is not open yet:

    { $lines }

    So that I can reach you: the number of this chat, where my newest buttons are, when you last wrote, and whether you blocked me.

    Opening it or /delete erases all this. The numbers of your messages stay two days, without whose they were.
file_no_run =
    YOUR ANSWERS, NOT SENT YET

    None.
file_here =
    { $stopped ->
        [yes] You have stopped here:
       *[no] You are here:
    } { $place }
file_welcome = the beginning
file_check = the page where you check your answers
file_choice = Your answer: { $label }
file_words = Your words: “{ $words }”
file_skipped = Skipped.
file_typed = As you typed it, until you decide: “{ $words }”
file_whole = You chose to keep your words as they are.
file_waiting =
    These words of yours wait. You have not said yet where they belong:
    “{ $words }”
file_beside =
    { $what ->
        [deletion_requested] I asked you whether to delete these answers.
       *[other] You followed another link, or wanted to open a campaign. So I asked you whether to give these answers up for it.
    } You have not said yet.
file_coordinator =
    AS A COORDINATOR

    You are a coordinator, or were one. So I keep the number of this chat, { $chat }, and what you did as one. It stays.

    { $actions }
file_action = { $date }, { $time } UTC: { $action ->
        [opened] you opened the campaign { $campaign }
        [closed] you closed the campaign { $campaign }
        [invited] you invited somebody
        [joined] you became a coordinator
        [left] you stopped being a coordinator
        [removed] you were taken out: you are no coordinator any more
        [transferred] the campaign { $campaign } was given to you
        [shared] you took what the campaign { $campaign } is shared with
        [downloaded] you took the answers of the campaign { $campaign } as a file
        [read] you began to read the comments of { $campaign }
        [approved] you approved a comment of { $campaign }
        [withheld] you withheld a comment of { $campaign }
        [reset] you made a comment of { $campaign } new again
        [undone] you undid what you thought of a comment of { $campaign }
        [redacted] you hid a word in a comment of { $campaign }
        [restored] you showed hidden words again in a comment of { $campaign }
       *[other] { $action } { $campaign }
    }
file_no_actions = Nothing so far.
file_numbers =
    NUMBERS THAT I WORK WITH

    In my buttons, for these answers: { $run }
    Your messages whose words I keep: { $messages }
    What you sent last, so that nothing counts twice: { $updates }
    My newest buttons: { $buttons }
    You came here from the page where you check your answers: { $changing ->
        [1] yes
       *[0] no
    }
    I was away, and asked you again: { $again ->
        [1] yes
       *[0] no
    }
file_no_number = none
file_buttons = in message { $message }
file_buttons_since = in message { $message }, since { $date }, { $time } UTC
file_dead_letters =
    WHAT I COULD NOT TAKE IN

    You sent this, and it failed. It was my fault. It waits, locked, with the number of this chat, { $chat }. After { $days } days at most it is erased.

    This is how Telegram brought it. It may show your name.
file_damaged = This can't be read any more.
file_sent =
    ANSWERS THAT YOU HAVE SENT

    { $marks }

    Nobody can find answers once they are sent, and neither can I. So they are not in this file.

    The button “{ delete_sent }” under your result can delete them. Nothing else leads to them.
file_mark =
    { $campaign ->
        [general] You have sent answers, and did not take them back.
       *[other] You have sent answers to the group { $campaign }, and did not take them back.
    } A mark says so. It shows nobody who you are.
file_no_mark = No mark says that you have sent any.
file_end =
    THIS FILE

    It waited with me, locked, until I sent it. Now I have erased it. In this chat it stays until you delete it.

## The result

sent =
    <b>Thank you. Your answers are sent.</b>

    Nothing joins them to this chat any more. Here is your result.
result =
    From where you stand:
    { $lines }

    <b>{ $result }</b>
result_line = { $mark } <b>{ $name }:</b> { $verdict }{ $label ->
        [none] { "" }
       *[other] { " " }({ $label })
    }
mark_passed = ✓
mark_failed = ✗
mark_undecided = –
verdict_passed = passes
verdict_failed = not yet
verdict_same = no change
verdict_undecided = can't say
skipped_label = skipped
result_passed = This service passes the connection test.
result_failed = This service does not pass the connection test yet.
result_undecided = We can't tell if this service passes the connection test.

helps_title = <b>What tends to help</b>
helps = <b>{ $name }:</b> { $helps }
helps_nothing = Good to hear. It is worth telling the people who run it.
helps_unsure = It can still help to tell the people who run it what you noticed.
also_said = <b>You also said</b>
rule =
    <b>How this is counted:</b> a step above the middle passes, a step below does not. The middle step counts as neither. A service passes when all three pass.
# For scales with an even number of steps.
rule_no_middle =
    <b>How this is counted:</b> a step above the middle passes, a step below does not. A service passes when all three pass.
receipt =
    Nobody sees your answers until { $others } others have sent theirs.

    You can delete these answers at any time, with the button here. Please keep this message: only it can do that.
# The campaign has closed by the time that these answers are sent.
receipt_over =
    This is closed now. Your answers can be seen only once { $others } others have sent theirs too. That may never be: then nobody sees them.

    You can delete these answers at any time, with the button here. Please keep this message: only it can do that.
receipt_results = I can't write to you when there is something to see. To look, press <b>{ show_results }</b> here.
delete_sent = Delete my answers
sent_already =
    These answers are sent already. Nothing was sent twice.

    You can delete them, with the button here.

card_title = The connection test
card_passed = Passes
card_failed = Not yet
card_same = No change
card_undecided = Can't say
card_result_passed = This service passes
card_result_failed = This service: not yet
card_result_undecided = This service: can't say
card_least = worse
card_most = better
card_foot = A step above the middle passes, below does not. All three must pass.

## Results of a group

show_results = What the group said
results_offered = There is more than one. What would you like to see?
# If two campaigns have the same subject.
results_of = { $about } ({ $asker })
results_after = You can see here what the group said once you have sent your own answers.
results_never =
    This is closed. Too few have answered to show anything safely.

    Unless more answers are still on their way, nobody will see these answers.
results_early =
    There is nothing to show yet. Results come once enough people have answered.

    Please look again later.
chart = What people said, picture { $number } of { $many }. Below is the same in words.
results_suppressed =
    <b>What is not shown:</b> anything that could tell who said what. Comments are not shown until somebody has read them. Then they stand on the page to print.
results_unavailable = Sorry, I can't show these results just now. Please try again later.
results_page = One page to print
page_name = results.pdf
page = What people said, on one page to print.
page_undrawn = Sorry, I could not make that page. The results are in words above.
# Answers of people who came without a group, each about a service of their own.
general_about = the services that they use
general_about_label = What everybody here said
general_asker = this chat

## Typed text, and messages that can't be read

too_long = Thank you for telling me so much. I can keep { $most } characters, and this makes { $number }. Could you make it shorter? You can edit your message.
answer_changed = Changed. <b>{ $name }:</b> { $answer }
edit_unclear = I couldn't match your change to one of the answers, so I left your answer as it was.
edit_not_kept = I saw that you changed that message. It does not change any of your answers.
cant_read_voice = Thank you. I can't keep voices without keeping who you are. Could you type it, or press a button?
cant_read_photo = Thank you. I can't keep pictures: they can show who you are. Could you say it in words?
cant_read_video = Thank you. I can't keep videos: they can show who you are. Could you say it in words?
cant_read_sticker = That's a nice one. I can only read words, though. Could you type it, or press a button?
cant_read_document = Thank you. I can't open files. Could you say it in words?
cant_read_location = Thank you. I don't need to know where you are, and I haven't kept it. Could you say it in words?
cant_read_contact = Thank you. I don't need anybody's number, and I haven't kept it. Could you say it in words?
cant_read_other = I can only read words. Could you type it, or press a button?

# Alerts: 200 characters at most.
outdated_question = That one is done already. Look for the newest message, at the end of the chat.
outdated_here = That button is from an earlier message. Look for the newest message: its buttons work.
outdated_sent = That is done already. Nothing was sent twice.
outdated_send = That button is from an earlier time. Nothing was sent just now.
opened_already = That is done already: your campaign is open.
outdated_nowhere = That button is from an earlier time. To begin again, press /start.

## Commands

help =
    <b>How this works</b>

    Press a button, or type your answer. There is no hurry: your place is kept for { $days } days.

    /start – begin, or carry on
    /stop – stop for now
    /results – what the group said
    /mydata – what is kept about you
    /delete – delete your answers
    /about – where these questions come from

    In an emergency, ring 999. If you feel low: Samaritans, 116 123, free, day or night. Nobody is watching this chat.

    Complaints: Citizens Advice or your local Healthwatch can help; I can't.
language = This chat speaks English so far. More languages are on their way.
results =
    I have no group results to show you. Once you have sent answers, you can see here what all of you said.

    I can't see whether you answered something that is closed by now. If you did, press <b>{ show_results }</b> under your own result.
settings = There is nothing to set here yet.
unknown_command = I don't know that command. /help tells what I can do.
helpline_who =
    That sounds very hard. You don't have to carry it alone.

    <b>In danger now:</b> ring 999.
    <b>To talk, day or night:</b> Samaritans, 116 123. It's free.
    <b>To type instead:</b> text SHOUT to 85258.
    <b>For urgent help with your mind:</b> NHS 111, option 2.
    <b>If somebody hurts you:</b> 0808 2000 247, free, day or night.
    <b>For carers:</b> Carers UK, 0808 808 7777, Monday to Friday, in the day.

    Nobody is watching this chat, so please ring one of these.
helpline =
    { helpline_who }

    Would you like to stop here?
helpline_kept =
    { helpline_who }

    Your place is kept, and so is what you wrote. It is not sent, and you can take it out. Would you like to stop here?

command_start = Begin, or carry on
command_stop = Stop for now, keep my place
command_results = What the group said
command_mydata = What is kept about me
command_delete = Delete my answers
command_about = Where these questions come from
command_help = How this works

# Telegram shows these before a person presses START (512 characters), and on the bot's page (120).
description =
    How does a health or care service work for you and the people around you?

    About three minutes, mostly taps. We don't ask your name. You can stop at any time: your place is kept.

    Press START.
short_description = Three minutes on how a health or care service works for you. No names.

## Groups

group_hello =
    <b>Hello, all.</b> I ask how a health or care service works for people, one person at a time, in a chat of their own.

    Nothing is asked or answered here in the group.
open_private = Open a private chat
group_hello_all = <b>Hello, all.</b>
group_how =
    It takes about three minutes, in a chat of your own. <b>Please don't answer here.</b> Nobody in this group sees who answered, or what they said.

    Once enough people have answered, /results shows here what all of you said.
group_answer = Answer in a private chat
group_over = <b>{ $about }:</b> this is closed now. Thank you to all who answered. /results shows here what people said.
group_over_never = <b>{ $about }:</b> this is closed now. Thank you to all who answered. Too few have answered to show anything safely. Unless more answers are still on their way, nobody will see these answers.
group_not_here = Please don't answer here: everybody in this group could read it. I keep nothing of what is written here.
group_elsewhere = That is only between you and me. Please ask me in a private chat.
group_no_campaign = This group has no link to answer yet, so there are no results to show. Whoever asks the questions has a link to add me with.
group_results_early = There is nothing to show yet. Results come once at least { $release_size } people have answered.
group_results_never = This is closed. Too few have answered to show anything safely. Unless more answers are still on their way, nobody will see these answers.
group_suppressed = <b>What is not shown:</b> anything that could tell who said what, and comments.
group_told_above = That stands a little further up, and nothing has changed since.
group_has_one = In this group I ask about <b>{ $about }</b> until that is closed. To change it sooner, take me out of the group and add me again with the other link.
group_link_unknown = I don't know that link. It may have a slip in it, or be an old one.
group_link_closed = That link is closed now.
group_link_early = That link is not open yet. Please try again later.
# If the bot was added with a link that does not work.
group_brought_link_unknown = Whoever added me: I don't know that link. It may have a slip in it, or be an old one. Please take me out, and add me with the new one.
group_brought_link_closed = Whoever added me: that link is closed now. Please take me out, and add me with a new one.
group_brought_link_early = Whoever added me: that link is not open yet. Please take me out, and add me again once it is.

## For coordinators

menu = ‹ All campaigns
menu_open = Open a campaign
menu_invite = Invite somebody
menu_leave = Stop being a coordinator
menu_leave_confirmed = Yes, stop
menu_stay = No, go on
menu_page = See this campaign
menu_close = Close this campaign
menu_close_confirmed = Yes, close it for good
menu_keep_open = No, leave it open
menu_invite_colleague = A colleague: the same campaigns
menu_invite_group = Another group: campaigns of its own
menu_closed_campaign = { $about } (closed)
menu_intro =
    <b>Your campaigns</b>

    Press one to see how it is going.
menu_empty =
    <b>Your campaigns</b>

    There are none yet. A campaign is one link for your group to share. Whoever follows it answers to you.
menu_omitted = { $number ->
        [one] One more, closed earlier, is not shown here.
       *[other] { $number } more are not shown here.
    }
coordinator_now = Welcome. You are a coordinator now: you can open campaigns here. /coordinator brings you back.
coordinator_already = You are a coordinator already. The invitation still waits for somebody else, if nobody has used it.
invitation_gone = That invitation does not work any more. Each works once, for a few days. Please ask for a new one.

campaign_open =
    Open { $until }.

    The link to share:
    { $link }
campaign_upcoming =
    It opens on { $from }, and is open { $until }.

    The link to share:
    { $link }
campaign_closed = It is closed. Nobody can begin there.
campaign_ended = Its last day is over: nobody can begin there. Close it, and the last answers can be seen too.
campaign_flow_missing = Nobody can begin there any more.
campaign_unshown = I don't have the questions of this campaign any more, so nothing of it can be shown. Please tell whoever runs this bot.
until_day = up to and with { $day }
until_closed = until you close it
campaign_says = <b>What people read:</b>
campaign_released = <b>Answers so far:</b> { $number ->
        [0] fewer than { $release_size }. They can be seen when { $release_size } have come in, all at once.
       *[other] at least { $number }. { $all ->
            [yes] All of them can be seen.
           *[no] { $seen } of them can be seen. The others follow, many at once: as more come in, or when you close the campaign.
        }
    }
campaign_released_closed = <b>Answers that can be seen:</b> { $seen ->
        [0] none.
       *[other] { $seen }.
    }
campaign_stops =
    <b>Where people stop before sending</b>
    Rounded, as it was when answers last came. Anywhere else it was 7 people or fewer, or nobody.
campaign_stops_early =
    <b>Where people stop before sending</b>
    You can see that once answers have come in.
campaign_no_stops =
    <b>Where people stop before sending</b>
    When answers last came, it was 7 people or fewer at each place, or nobody.
campaign_stop = { $place }: about { $number }
stop_welcome = The first screen
stop_check = Before sending
stop_fork = Where one can send or go on
campaign_opened =
    <b>Done. Your campaign about { $about } is open</b> { $until }.

    The link to share:
    { $link }

    Answers can be seen when { $release_size } people have sent theirs, all at once.
closing_asked =
    Close the campaign about <b>{ $about }</b>?

    Nobody can begin there any more. Who is in the middle can still send.

    Answers that wait until { $release_size } are together can stay unseen for ever.

    It can't be undone.
campaign_was_closed =
    Done. The campaign about <b>{ $about }</b> is closed for good.

    Answers that were released can still be seen.
leaving_asked =
    Do you want to stop being a coordinator?

    Then you can't see or open campaigns here any more. Those of your group stay with your colleagues. If you are the last one, please tell whoever runs this bot.
menu_left =
    Done. You are no coordinator any more.

    To come back, you need a new invitation.
inviting_asked =
    Whom do you want to invite?

    A colleague sees and opens the same campaigns as you. Another group has campaigns of its own, and you don't see those.
inviting_colleague_asked =
    Do you want to invite a colleague?

    They see and open the same campaigns as you.
invited_colleague =
    Send this to <b>one</b> colleague. It works once, for { $valid } days:

    { $link }

    Whoever follows it sees and opens the same campaigns as you, and can invite colleagues too.
invited_other =
    Send this to <b>one</b> person of the other group. It works once, for { $valid } days:

    { $link }

    Whoever follows it can open campaigns of their own.

## Sharing a campaign

menu_share = Share it
menu_back = ‹ This campaign

# People pass this on, so it is in the campaign's language and needs no other message.
pass_on_asker = { $asker } would like to know how <b>{ $about }</b> works for you.
pass_on = We would like to know how <b>{ $about }</b> works for you.
pass_on_welcome = “{ $welcome }”
pass_on_how = It takes about three minutes, mostly taps, in the app Telegram. Nobody asks your name. You can stop at any time.
pass_on_promise = <b>What you get back:</b> { $promise }
pass_on_link =
    Press here to begin:
    { $link }

share_picture_undrawn = Sorry, I could not make the picture for group chats. Please press “Share it” again later.
share_code = The link as a QR code. A phone's camera opens it.
share_code_undrawn = Sorry, I could not make the QR code. Please press “Share it” again later.
share_poster = A poster for a wall: one page, A4.
share_poster_undrawn = Sorry, I could not make the poster. Please press “Share it” again later.
share_told =
    <b>That is all you need to share your campaign about { $about }.</b>

    The first message above is to pass on: forward it, or copy it. So is the picture under it, such as on WhatsApp.

    To add me to a Telegram group. I say hello there, once:
    { $group }

    To see what people said, once enough have answered:
    { $results }
share_refused = Nobody can begin any more in the campaign about <b>{ $about }</b>. So there is nothing to share.

## Downloads

menu_download = Download the answers
menu_download_more = Another kind of file
menu_xlsx = For Excel
menu_sav = For statistics in SPSS
menu_package = Plain tables, as a zip
download_offered =
    <b>The answers about { $about }, as a file.</b> Which kind?

    For Excel: tables with words, and a chart. Numbers, Google and LibreOffice open it too.

    Plain tables, as a zip: for other programs. A read-me in it says what each column means.

    Nobody's name stands beside an answer. Comments are as they are kept: look through them before you pass the file on.
download_no_release =
    There is nothing to download yet of <b>{ $about }</b>. Answers can be seen when { $release_size } people have sent theirs, all at once.
download_begun =
    I'm putting it together. With many answers that takes a few minutes.

    Whatever you press here meanwhile, I do after that.
given_already = That is on its way already.
download_progress = Done so far: { $part } %
download_xlsx = The answers about <b>{ $about }</b>, for Excel. Whoever has the file can read it.
download_sav = The answers about <b>{ $about }</b>, for SPSS. Whoever has the file can read it. Comments are in the other kinds.
download_package = The answers about <b>{ $about }</b>, as plain tables. Whoever has the file can read it.
download_too_many = These are more than 100,000 answers, too many for that kind of file. Please take plain tables, as a zip.
download_too_large =
    That file is larger than Telegram lets me send: 50 MB. Another kind of file may be smaller.

    If not: whoever runs this bot can make it for you, with this line:
    <code>python -m bot export --campaign { $code } --to answers.zip</code>
download_write_failed = There is no room just now to make that file. Please tell whoever runs this bot, and try again later.
download_unavailable = I can't read the answers just now. Please try again in a few minutes.
download_other = Sorry, I could not make that file. Please try another kind, or again later. If it stays so, please tell whoever runs this bot.

## Moderation of comments

menu_comments = Read the comments
review_comment =
    <b>{ $question }</b>

    “{ $words }”
review_left_new = { $number ->
        [one] One to read.
       *[other] { $number } to read.
    }
review_left_approved = { $number ->
        [one] Approved. The last one.
       *[other] Approved. { $number } to look at.
    }
review_left_withheld = { $number ->
        [one] Withheld. The last one.
       *[other] Withheld. { $number } to look at.
    }
review_approve = Approve: everybody may read it
review_withhold = Withhold: nobody gets it
review_renew = Decide later: as if not read yet
review_words = Hide a word
review_later = Leave it for later
review_next = Leave it as it is
review_undo = ‹ Undo the last one
review_page = ‹ Back to the campaign
review_decided_approved = ✓ <b>Approved.</b> Everybody may read it.
review_decided_withheld = ✓ <b>Withheld.</b> Nobody gets it.
review_decided_new = ✓ It counts as not read yet.
# An alert: the button was pressed as soon as the message came.
review_unread = Please read it first. Then press again.
review_undone = Undone. Here it is again.
review_on = Read on
review_gone = That comment is gone: whoever wrote it took it back.

review_choose = Press each word that nobody should read. It is hidden wherever it stands here. Press it again to show it.
review_hidden = ✓ { $word }
review_words_before = ‹ Words before
review_words_after = More words ›
review_unhide_all = Show hidden words again
review_chosen = Done

review_none = There are no comments to read yet. On each question they come once { $release_size } people have written one.
review_end_new = { $number ->
        [0] <b>That was all of them.</b> Thank you for reading them. More come many at once, as more people answer.
        [one] <b>That was all.</b> One is left for later.
       *[other] <b>That was all.</b> { $number } are left for later.
    }
review_end_approved = <b>That was all that is approved.</b>
review_end_withheld = <b>That was all that is withheld.</b>
review_again = You can change your mind at any time.
review_see_new = { $number ->
        [one] Read the one not read yet
       *[other] Read those not read yet ({ $number })
    }
review_see_approved = See those approved ({ $number })
review_see_withheld = See those withheld ({ $number })

## When something goes wrong

back_soon = I can't write anything down just now. What you sent is not lost: I will take it in as soon as I can.
too_many = That was a lot at once, and I did not take in the last of it. Please wait a moment, then go on.
too_late = Sorry, Telegram could not bring you my answer for more than an hour. It is erased now. To begin, or carry on, press /start.
result_erased =
    Sorry, for more than an hour Telegram could not bring you all of your result. What was missing is erased now.

    Your answers are sent. To delete them, press <b>{ $send }</b> above. Nothing is sent twice.
apology = Sorry, that didn't work. It's my fault, not yours. Your other answers are safe. Please try again in a little while.
