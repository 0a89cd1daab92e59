### The texts on posters, charts and reports, in English. Short sentences, one idea each. No markup.

# "rtl" for a language that is written from right to left, else "ltr".
direction = ltr

## Poster, and the picture for group chats

invite_title = Poster: { $about }
invite_lead = { $group } would like to hear about
invite_lead_nameless = We would like to hear about
invite_ask = How does it work for you, and for the people around you?
invite_facts = Three minutes on your phone, mostly taps. No name needed.
invite_scan = Point your phone’s camera here. A chat opens in Telegram.
invite_scan_short = Scan with another phone. Or type this into your browser. It opens in Telegram.
invite_type = Or type this into your phone’s browser:
invite_promise = What comes back to you: { $promise }

## Results, as a chart and in words

group_nameless = a local group
about_nameless = this service
results_title = What people said about { $about }
results_asked = Asked by { $group }.
results_numbers = About { $answers } answers. Results no. { $release }.
results_words = Fewer than 50 answers, so in words. Results no. { $release }.
results_suppressed = Results no. { $release }.
comma = { ", " }
sentence = { $line }.
point_3 = the best
point_2 = very good
point_1 = good
point_0 = in the middle
point_-1 = poor
point_-2 = very poor
point_-3 = the worst
not_sure = not sure
skipped = skipped
shown_most = most
shown_about_half = about half
shown_some = some
shown_suppressed = not shown
words_most = Most: { $points }
words_about_half = About half: { $points }
words_some = Some, or nobody: { $points }
verdict_line = { $name }: { $verdict }
# "some" on its own, as "not sure" and "skipped" show it.
apart_some = some, or nobody
apart = Not sure: { $not_sure }. Skipped: { $skipped }
question_suppressed = Not shown: too few people answered this
verdict_passed = passes
verdict_failed = not yet
verdict_undecided = can’t say
overall_passed = This service passes
overall_failed = This service: not yet
overall_undecided = This service: can’t say
legend_suppressed = not shown
rule_numbers = Rounded to the nearest 5. A * is 0 to 7 people: not shown, so that nobody can be picked out.
# The same rule for screen readers, whose text has no *.
rule_numbers_told = Rounded to the nearest 5. “Not shown” is 0 to 7 people, so that nobody can be picked out.
rule_words = Most: three in five or more, perhaps all. About half: from two to three in five. Some: fewer than two in five, perhaps nobody.
rule_test = A question passes if clearly more said good than poor. All three must pass.
alt_question = { $name }. { $said }
alt_verdict = { $name }: { $verdict }. { $said }
alt_numbers = Answers: { $parts }
alt_part = { $name } { $shown }

## Report for a meeting

report_title = Report: { $about }
report_all = all
report_comments = In people’s own words
report_comments_more = { $more ->
    [one] And { $more } more comment that did not fit on this page.
   *[other] And { $more } more comments that did not fit on this page.
}
report_rows_more = { $more ->
    [one] { $more } more question did not fit on this page.
   *[other] { $more } more questions did not fit on this page.
}
report_method = How this was done
report_method_text = People answered in a chat on Telegram, without a name, and could skip any question. Whoever had the link could answer, so this is not all people’s view. Answers are shown only when at least { $least } came together.
report_suppressed = What is not shown
report_suppressed_numbers = Numbers are rounded to the nearest 5. A * stands for 0 to 7 people. This protects people who answered.
report_suppressed_words = With fewer than 50 answers, numbers could tell who said what. So there are words: most is three in five or more, perhaps all; some is fewer than two in five, perhaps nobody.
report_suppressed_all = Too few people answered to show anything safely.
report_source = The connection test comes from the blog of Shared Lives Plus.
quoted = “{ $words }”
