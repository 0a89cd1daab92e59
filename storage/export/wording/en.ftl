### The texts of exports, in English. For people who open them in a spreadsheet or in a statistics program.

title = { $flow }: answers in “{ $campaign }”, release { $release }
title_about = { $flow }: answers about “{ $about }”, release { $release }
title_asker = { $flow }: answers to “{ $asker }”, release { $release }
title_about_asker = { $flow }: answers about “{ $about }” to “{ $asker }”, release { $release }
about = Answers that people gave in a chat, one row each, without names. Who gave which, nobody can tell.
source = { $flow }, version { $version }. Each question stands in the codebook as it was asked.
licence = Creative Commons Attribution 4.0
unit_point = steps, from { $worst } (worst) to { $best } (best)
unit_version = the version's number
unit_release = a release's number
unit_count = answers
unit_rows = rows

## The tables

table_responses = A row for each response, in random order. The newest may still wait: their rows come later, many together.
table_summary = How often each question was answered so, in the rows of “responses”. This table may be shown to everybody.
table_comments = What people wrote, in random order. The newest may still wait. It can't be joined with the rows. Read it before you pass it on.
table_withheld = What is not shown, and why.

## Columns other than questions

language = The language of the chat
version = The version of the questions
release = When the answers came, roughly: the first release of their period. Releases 2 and 3 can be one period: its rows have a 2, and none has a 3. Rows come when their period is over.
question = The question's column in “responses”. In “comments”: what was asked for words
answer = The answer, as it stands in “responses”. “total” is all of them together.
label = The answer in words
count = How many: rounded to 5. Up to 7 are withheld.
in_words = The same in a word, where a question has fewer than 50 answers
words = What was written
state = What the people who gather the answers think of it
column = The column
reason = Why
rows = In how many rows, or how many comments: rounded to 5. Up to 7 are withheld.

## Answers other than choices

skipped = Skipped
not_asked = Not asked
suppressed = Withheld
total = All together
most = Most: three in five or more, perhaps all
about_half = About half: two in five or more
some = Some: fewer than that, perhaps none
new = Not read yet
approved = Approved
language-en = English

few = Too few people in one group share this.
alike = In one group of people or more, four in five or more said the same.
few_comments = There are too few new comments to show them, or none.
held_back = Somebody read these comments and held them back.

## README.txt, and the first sheet

readme =
    { $title }

    { $about }

    WHAT IS IN IT

    { $files }

    HOW TO READ IT

    { $scale } What it was called in the chat differs from question to question: see the columns.

    Four things are no steps, and each is something else:
    - not_sure, or “Not sure”: the person was asked, and was not sure. That is an answer, but no step: leave it out of a mean.
    - skipped, or “Skipped”: the person was asked, and passed the question over.
    - not_asked, or “Not asked”: the person sent the answers before the question came, or it did not fit.
    - *, or “Withheld”: what stands there, even nothing, is not shown.
    The last three can stand under any question, and the last one in other columns too.

    A mean of the rows can be off. What is withheld is not left out by chance: people who agree with each other are missing from just that question. Say so where you give a mean.

    In “summary”, “total” stands among the answers: leave it out when you add up. Those who skipped the question are in it. Those who were not asked are not.

    WHAT IS WITHHELD, AND WHY

    Answers become visible many at a time, never one by one. Such a batch is a release. Within a release, every download shows the same rows and counts. A new one has at least { $size } more responses.

    In “responses”, rows come by periods. A period is one release, or several in a row, and its rows wait until it is over. In each period, at least { $alike } rows are alike in who the people are, for whom they answer, their language and the version. What would tell fewer people apart is withheld, and stays so in later downloads.

    Whoever knows a person's group must not learn what that person said. So where four in five or more of those in a group who answered a question said the same, it is withheld for the whole group. A group is all rows that are alike in the columns before the questions.

    In “summary”, counts of 1 to 7 are withheld, and so are empty ones. All others are rounded to 5, totals too. Now and then a count is moved by 5 more, where it would give a withheld one away. Where nearly all of a group agree, four in five of them are counted, and the rest stands in the total only. Where a question has fewer than 50 answers, words stand there instead.

    In “comments”, new comments on a question come only if there are { $alike } or more of them. Their language is shown only where all on that question have the same. Comments are never promised to be without a name. Don't try to find out who wrote them.

    THE COLUMNS

    { $columns }

    SOURCE AND LICENCE

    { $source }
    { $licence }
readme_file = { $name }: { $about }
readme_column = { $name }: { $label }
readme_question = { $name } (“{ $short }”): { $label }
readme_value = { "    " }{ $code } = { $label }

readme_scale = A step goes from { $best } (best) to { $worst } (worst).
readme_scale_mixed = A step goes from the highest number of its question (best) to the lowest (worst).

## The workbook

columns_on_sheet = The sheet “codebook” says what each column of “responses” holds, and what each code means.
sheet_about = about
sheet_codebook = codebook
sheet_chart = chart
short = Short name
asked = What it holds
code = Code
meaning = What it means
missing = No answer?
yes = yes
chart_title = How people answered
chart_best = { $point } (best)
chart_worst = { $point } (worst)
chart_rest = Withheld, or rounded off
chart_about =
    What share of all who were asked answered so: from { $best }, the best, to { $worst }, the worst.
    Counts are rounded to 5. Those of 1 to 7 are withheld: what is missing to the total stands at the end of each bar.
chart_about_mixed =
    What share of all who were asked answered so, from the best to the worst. Scales differ: see “codebook” for the ends of each.
    Counts are rounded to 5. Those of 1 to 7 are withheld: what is missing to the total stands at the end of each bar.
chart_empty = There is no chart: too few answers for numbers. The sheet “summary” says it in words.
