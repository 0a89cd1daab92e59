### The texts of the connection test, in English.
###
### One message for each step, with the step's id as its name:
###   the value         what is asked (selectors may use any earlier choice question by its id)
###   .name             its short name, on the review page and in the result
###   .why              why we ask
###   .said             the key message, shown before its question
###   .helps            what tends to help where this part of the test fails
###   .<choice>         a choice's label; a point of a scale is .point2 … .point-2
###   .<choice>-also    what else a person may type for it, separated by commas

title = The connection test

welcome =
    <b>Hello.</b> This chat asks how a health or care service works for you and the people around you.

    It takes about three minutes, mostly taps. We don't ask your name. You can stop at any time: your place is kept.

kept =
    <b>How are your answers kept?</b>

    Until you send, your place and your answers stay with this chat, for { $days } days.

    When you send, they are cut loose: no name, no date, no chat. Only a mark stays, to tell you that you have answered.

    Nobody sees them until { $others } others have sent. Then people read them, and your words too. So leave names out.

    You can delete them with the button under your result. Keep that message: nothing else can do it.

    If you block this chat, what is not sent is erased. Telegram could read this chat.

about =
    <b>Where this comes from</b>

    Two ideas are behind these questions. One is a test for any service: does it leave people knowing more, more able to cope, and closer to those around them? The other is five messages from a report about health care that is shared between people and services.

    Source: “The Connection Test” and “Collaborative Healthcare – new report”, on the blog of Shared Lives Plus. The five messages come from the report, by the Inclusive Change partnership. The words in this chat are our own.

role = Who are you?
    .name = You
    .why = People who give care and people who get it often see a service differently. This lets us see both.
    .family_carer = I look after family or a friend
    .family_carer-also = carer, family carer, i am a carer, unpaid carer, i look after someone, mum, dad, wife, husband, daughter, son
    .draws_on_support = I have support myself
    .draws_on_support-also = i get support, i get help, patient, i am a patient
    .neighbour = I'm a neighbour or volunteer
    .neighbour-also = neighbour, neighbor, volunteer, friend
    .paid_worker = I'm paid to help
    .paid_worker-also = nurse, doctor, social worker, support worker, paid carer, professional, staff
    .someone_else = Somebody else
    .someone_else-also = someone else, other, none of these
    .rather_not_say = I'd rather not say
    .rather_not_say-also = rather not say, prefer not to say, none of your business, private

viewpoint =
    { $about ->
        [none] Please think of <b>one</b> health or care service that you know.
       *[other] Please think of <b>{ $about }</b>.
    }

    Who do you want to answer for?
    .name = Answering for
    .why = A service can be good for one person and hard on a whole family. So we ask whose side you answer from.
    .myself = Myself
    .myself-also = me, i, just me, for me
    .family = My family
    .family-also = family, us, my mum, my dad, my wife, my husband, my partner
    .community = My community
    .community-also = community, my group, my neighbourhood, everyone here

informed =
    { $viewpoint ->
        [family] Since your family has had this service, how well do they know what is going on, and what they can do?
        [community] Since your community has had this service, how well do people there know what is going on, and what they can do?
       *[other] Since you have had this service, how well do you know what is going on, and what you can do?
    }
    .name = Knowing
    .why = Some services explain things. Some bury people in forms. Knowing what goes on is the first part of the test.
    .helps = share what they know, and keep it simple: plain words, fewer forms.
    .point2 = Much better
    .point2-also = a lot better, far better, loads better
    .point1 = A bit better
    .point1-also = a little better, slightly better, somewhat better
    .point0 = About the same
    .point0-also = the same, same, no change, no difference
    .point-1 = A bit worse
    .point-1-also = a little worse, slightly worse, somewhat worse
    .point-2 = Lost in jargon and forms
    .point-2-also = much worse, a lot worse, far worse, lost
    .not_sure = Not sure
    .not_sure-also = dunno, don't know, do not know, no idea, unsure, not certain, can't say, idk

informed_why =
    { $informed ->
        [point0] What would make a difference?
        [point-1] What made it harder?
        [point-2] What made it harder?
        [not_sure] Is there anything you want to say about that?
       *[other] What made the difference?
    }
    .name = Knowing, in your words
    .why = A tick says how it is. Only your words say why.

confident =
    { $viewpoint ->
        [family] Does your family feel more able to cope, or does it lean more on others now?
        [community] Do people in your community feel more able to cope, or do they lean more on others now?
       *[other] Do you feel more able to cope, or do you lean more on others now?
    }
    .name = Coping
    .why = Help can make people stronger. It can also make them wait for more help. This is the second part of the test.
    .helps = share know-how with family carers, and be easy to reach in an emergency.
    .point2 = Much more able
    .point2-also = a lot more able, far more able
    .point1 = A bit more able
    .point1-also = a little more able, slightly more able
    .point0 = About the same
    .point0-also = the same, same, no change, no difference
    .point-1 = Lean on others a bit more
    .point-1-also = lean a bit more, a bit less able, a little less able
    .point-2 = Lean on others for everything
    .point-2-also = i lean on them for everything, much less able, for everything
    .not_sure = Not sure
    .not_sure-also = dunno, don't know, do not know, no idea, unsure, not certain, can't say, idk

confident_why =
    { $confident ->
        [point0] What would make a difference?
        [point-1] What made it harder?
        [point-2] What made it harder?
        [not_sure] Is there anything you want to say about that?
       *[other] What made the difference?
    }
    .name = Coping, in your words
    .why = A tick says how it is. Only your words say why.

connected =
    { $viewpoint ->
        [family] With this service, are the people in your family closer to each other, to friends and to neighbours, or has it come between them?
        [community] With this service, are people in your community closer to each other, or has it come between them?
       *[other] With this service, are you closer to family, friends and neighbours, or has it come between you?
    }
    .name = Connected
    .why = A service can bring people together, or get in the way. This is the third part of the test.
    .helps = come closer to home, and involve people from the start.
    .point2 = Much closer
    .point2-also = a lot closer, far closer
    .point1 = A bit closer
    .point1-also = a little closer, slightly closer
    .point0 = About the same
    .point0-also = the same, same, no change, no difference
    .point-1 = A bit further apart
    .point-1-also = a little further apart, a bit apart
    .point-2 = It has come between us
    .point-2-also = it came between us, much further apart
    .not_sure = Not sure
    .not_sure-also = dunno, don't know, do not know, no idea, unsure, not certain, can't say, idk

connected_why =
    { $connected ->
        [point0] What would make a difference?
        [point-1] What made it harder?
        [point-2] What made it harder?
        [not_sure] Is there anything you want to say about that?
       *[other] What made the difference?
    }
    .name = Connected, in your words
    .why = A tick says how it is. Only your words say why.

more =
    That was the test.

    You can look over your answers and send them now. Or go on: five more questions, about support where you live.
    .why = The three questions you answered make the test. The five show more of what support is like where you live.
    .send_now = Check and send now
    .send_now-also = send, send now, send it, check, finish
    .go_on = Go on: two more minutes
    .go_on-also = go on, more, continue, carry on, yes

new_choices = Where you live, are there different kinds of support to choose from?
    .said = Money for support is no use if there is nothing to choose from.
    .name = Choice
    .why = New choices do not come by themselves. Somebody has to build them.
    .point2 = A wide choice
    .point2-also = lots, plenty, wide choice, lots of choice
    .point1 = Some choice
    .point1-also = some, quite a few
    .point0 = A little
    .point0-also = a bit, not much
    .point-1 = Hardly any
    .point-1-also = very few, almost none
    .point-2 = None at all
    .point-2-also = none, nothing, no choice, nothing at all
    .not_sure = Not sure
    .not_sure-also = dunno, don't know, do not know, no idea, unsure, not certain, can't say, idk

support_to_choose = Did anybody help you to find out what you want, and to get it?
    .said = Those who would gain most often need most help to choose.
    .name = Help to choose
    .why = A choice is only real when you have what you need to make it.
    .point2 = Yes, all the way
    .point2-also = all the way, yes all of it
    .point1 = Yes, for the most part
    .point1-also = mostly, most of the way
    .point0 = A little
    .point0-also = a bit, some
    .point-1 = Hardly
    .point-1-also = hardly at all, almost nobody
    .point-2 = No, nobody did
    .point-2-also = nobody, no one, no one did, no
    .not_sure = Not sure
    .not_sure-also = dunno, don't know, do not know, no idea, unsure, not certain, can't say, idk

building_on_strengths = Did they ask what you can do, and who and what matters to you?
    .said = Talk that starts with needs and money rarely ends well. Start with what people can do, and who they know.
    .name = Your strengths
    .why = People plan better when they start from what is strong, not from what is wrong.
    .point2 = Yes, first of all
    .point2-also = first of all, yes first
    .point1 = Yes, at some point
    .point1-also = at some point, sometimes
    .point0 = A little
    .point0-also = a bit
    .point-1 = Hardly
    .point-1-also = hardly ever, hardly at all
    .point-2 = Never
    .point-2-also = no, not once, no never
    .not_sure = Not sure
    .not_sure-also = dunno, don't know, do not know, no idea, unsure, not certain, can't say, idk

shared_decisions = Do people like you help to decide about services here, from the start?
    .said = One person's choice needs a whole place that decides together. Asking people at the end is not that.
    .name = Deciding together
    .why = Being asked at the end is not the same as deciding together.
    .point2 = Yes, from the start
    .point2-also = from the start
    .point1 = Yes, but later on
    .point1-also = later on
    .point0 = Now and then
    .point0-also = sometimes
    .point-1 = Only asked at the end
    .point-1-also = at the end, only at the end
    .point-2 = Never
    .point-2-also = no, not once, no never
    .not_sure = Not sure
    .not_sure-also = dunno, don't know, do not know, no idea, unsure, not certain, can't say, idk

wider_support = Does the service work well with the people who help you anyway?
    .said = A service is only one part. Family, friends and neighbours are the rest.
    .name = Family and friends
    .why = Most care comes from people who are not paid for it. A service can help them or get in their way.
    .point2 = Very well
    .point2-also = really well
    .point1 = Quite well
    .point1-also = fairly well, well
    .point0 = So-so
    .point0-also = ok, okay, so so, neither
    .point-1 = Not very well
    .point-1-also = not well, badly
    .point-2 = It works against them
    .point-2-also = against them, very badly
    .not_sure = Not sure
    .not_sure-also = dunno, don't know, do not know, no idea, unsure, not certain, can't say, idk

anything_else = Is there anything you want to add?
    .name = Anything else
    .why = Some things fit no question. This is the place for them.
