### What stands in downloads around the answers, in English. For people who open them in a spreadsheet or in statistics.

title = { $flow }: answers in “{ $campaign }”, release { $release }
about = Answers that people gave in a chat, one row each, without names. Who gave which, nobody can tell.
source = { $flow }, version { $version }. Each question stands in the codebook as it was asked.
licence = Creative Commons Attribution 4.0
unit_step = steps, from -2 to 2
unit_version = the version's number
unit_release = a release's number
unit_count = answers
unit_rows = rows

## The tables

table_responses = One row for each response, in random order.
table_summary = How often each question was answered so. This table may be shown to everybody.
table_comments = What people wrote, in random order. It can't be joined with the rows. Read it before you pass it on.
table_withheld = What is not shown, and why.

## Columns that no question asks for

language = The language of the chat
version = The version of the questions
release = When, roughly: the first release of a period. Rows come when their period is over.
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

## Answers that no question offers

skipped = Skipped
not_asked = Not asked
withheld = Withheld
total = All together
most = Most: three in five or more, perhaps all
about_half = About half: two in five or more
some = Some: fewer than that, perhaps none
new = Not read yet
approved = Approved
language-en = English

few = Too few people are alike in this.
alike = All people answered this alike.
few_comments = Comments are shown only where there are enough of them.
held_back = Whoever read these comments held them back.

## README.txt, and the first sheet

readme =
    { $title }

    { $about }

    WHAT IS IN IT

    { $files }

    HOW TO READ IT

    Steps go from 2 to -2. A step of 2 passes the test, or is very true. A step of -2 fails it, or is not true at all. A question of the test passes above 0.

    Four things are no steps, and each is something else:
    - not_sure: the person was asked, and was not sure. That is an answer. It has no place on the scale, so leave it out of a mean.
    - skipped: the person was asked, and passed the question over.
    - not_asked: the person sent the answers before the question came, or it did not fit.
    - * (withheld): there is an answer, and it is not shown.

    WHAT IS WITHHELD, AND WHY

    Responses become visible many at a time, never one by one. Within a release, every download shows the same rows and counts. A new one has at least { $size } more responses.
    In “responses”, at least { $alike } rows are alike in who the people are, for whom they answer, their language, the version and the period. What would tell fewer people apart is withheld. So is a question that all answered alike.
    In “summary”, counts of 1 to 7 are withheld, and so are empty ones. All others are rounded to 5, totals too. Now and then a count is moved by 5 more, where it would give a withheld one away. Where a question has fewer than 50 answers, words stand there instead.
    “comments” has a question's comments only if there are { $alike } or more. They are never promised to be without a name. Don't try to find out who wrote them.

    THE COLUMNS

    { $codebook }

    SOURCE AND LICENCE

    { $source }
    { $licence }
readme_file = { $name }: { $about }
readme_column = { $name }: { $label }
readme_value = { "    " }{ $code } = { $label }

## The workbook

sheet_about = about
sheet_codebook = codebook
sheet_chart = chart
asked = What it holds
code = Code
meaning = What it means
missing = No answer?
yes = yes
chart_title = How people answered
chart_about = What share of the answers to each question was which: 2 passes the test, or is very true. Counts are rounded to 5. Small ones are left out.
chart_empty = There is no chart: too few answers for numbers. The sheet “summary” says it in words.
